// "What can this machine run?" as the rows of a table. Without Qt.
#pragma once

#include <array>
#include <string>
#include <vector>

#include "evaluate/outcome.h"

namespace plimsoll::gui {

enum class RankingColumn { model, quantization, verdict, speed, first_token, context, memory };
inline constexpr std::size_t ranking_columns = 7;

struct RankingCell {
  std::string text;    // empty: not known
  double value = 0.0;  // of numbers, to sort by: the better, the larger
  bool is_number = true;
};

struct RankingRow {
  std::string model;  // id
  bool runs = false;
  std::string warning;  // may be empty
  std::array<RankingCell, ranking_columns> cells;

  const RankingCell& cell(RankingColumn column) const {
    return cells[static_cast<std::size_t>(column)];
  }
};

// In the order of the ranking.
std::vector<RankingRow> ranking_rows(const std::vector<RankedModel>& models);

// True when `a` stands above `b`: words by the alphabet, numbers largest first, times shortest
// first; what is not known comes last.
bool ranks_above(const RankingRow& a, const RankingRow& b, RankingColumn column);

}  // namespace plimsoll::gui

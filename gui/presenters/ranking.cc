#include "presenters/ranking.h"

#include <limits>

#include "report/report_content.h"

namespace plimsoll::gui {
namespace {

constexpr double unknown = -std::numeric_limits<double>::infinity();

RankingCell word_cell(std::string text) {
  return {.text = std::move(text), .is_number = false};
}

RankingCell estimate_cell(const std::optional<Estimate>& estimate,
                          FigureText (*text)(const Estimate&), double sign) {
  if (!estimate) return {.text = {}, .value = unknown};
  return {.text = with_interval(text(*estimate)), .value = sign * estimate->value};
}

// The better, the larger.
double worth(Verdict verdict) {
  switch (verdict) {
    case Verdict::fits:
      return 3;
    case Verdict::fits_with_streaming:
      return 2;
    case Verdict::fits_with_changes:
      return 1;
    case Verdict::does_not_fit:
      break;
  }
  return 0;
}

RankingRow row_of(const RankedModel& model) {
  const bool runs = model.verdict != Verdict::does_not_fit;
  RankingRow row{.model = model.model_id, .runs = runs, .warning = model.warning};
  const auto cell = [&](RankingColumn column) -> RankingCell& {
    return row.cells[static_cast<std::size_t>(column)];
  };
  cell(RankingColumn::model) = word_cell(model.model);
  cell(RankingColumn::quantization) = word_cell(model.quantization);
  cell(RankingColumn::verdict) = {.text = std::string(to_text(model.verdict)),
                                  .value = worth(model.verdict)};
  cell(RankingColumn::speed) = estimate_cell(model.decode_tokens_per_second, rate_text, 1.0);
  cell(RankingColumn::first_token) = estimate_cell(model.time_to_first_token_s, time_text, -1.0);
  if (runs)
    cell(RankingColumn::context) = {.text = count_text(model.largest_context),
                                    .value = static_cast<double>(model.largest_context)};
  else
    cell(RankingColumn::context).value = unknown;
  cell(RankingColumn::memory) = {.text = size_text(model.memory), .value = model.memory.base()};
  return row;
}

}  // namespace

std::vector<RankingRow> ranking_rows(const std::vector<RankedModel>& models) {
  std::vector<RankingRow> rows;
  rows.reserve(models.size());
  for (const RankedModel& model : models) rows.push_back(row_of(model));
  return rows;
}

bool ranks_above(const RankingRow& a, const RankingRow& b, RankingColumn column) {
  const RankingCell& left = a.cell(column);
  const RankingCell& right = b.cell(column);
  return left.is_number ? left.value > right.value : left.text < right.text;
}

}  // namespace plimsoll::gui

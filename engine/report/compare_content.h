// What a comparison says, before it is text or Markdown.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "evaluate/compare.h"
#include "report/report_content.h"

namespace plimsoll {

// By what a difference is called clear; stands beside every comparison.
inline constexpr std::string_view clear_criterion =
    "A difference is clear when the 90 % interval of the ratio does not hold 1. An error that both "
    "scenarios share, as of the same device or engine, cancels in the ratio; what the model cannot "
    "explain counts in full for both.";

// One line over all scenarios: a cell each, empty where unknown.
struct CompareRow {
  std::string what;
  std::vector<std::string> values;
  std::vector<std::string> intervals;                // empty: none has one
  std::vector<std::optional<Estimate>> estimates{};  // of figures; empty for other lines
};
std::vector<CompareRow> compare_rows(const Comparison& comparison);

// "fits", "fits with changes: quantization Q4_K_M to Q3_K_M".
std::string short_verdict(const Outcome& outcome);

struct RatioText {
  std::string what;      // "decode"
  std::string factor;    // "1.24x"
  std::string interval;  // "1.10x … 1.40x"; empty for exact figures
  std::string judgement;
  bool clear = false;
};
// Figures whose ratio says something: not the batch's throughput where it is the sequence's.
std::vector<RatioText> ratio_texts(const Comparison& comparison, const ComparedScenario& scenario);

}  // namespace plimsoll

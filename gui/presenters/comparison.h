// Pinned scenarios side by side: what differs in the questions, and the answers with their ratios.
// Without Qt.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "catalog/catalog.h"
#include "evaluate/compare.h"
#include "scenario/scenario.h"

namespace plimsoll::gui {

struct Pin {
  std::string name;
  ScenarioSpec spec;
};

// "gemma-2b q8_0 on rtx-4090-pc": what a scenario is called that has no name.
std::string pin_name(const ScenarioSpec& spec);
// That name, or "name (2)" and so on where pins have it already.
std::string unused_name(const std::string& name, const std::vector<Pin>& pins);

struct ComparisonCell {
  std::string text;       // "54.1 token/s"; empty where unknown
  std::string interval;   // "47.0 … 62.3"
  std::string ratio;      // against the first: "1.24x (1.10x … 1.40x)"
  std::string judgement;  // of that ratio: "clear"
  bool clear = false;
};

enum class ComparisonPart { question, answer };

struct ComparisonRow {
  ComparisonPart part = ComparisonPart::answer;
  std::string what;
  std::vector<ComparisonCell> cells;                 // one a scenario
  std::vector<std::optional<Estimate>> estimates{};  // of figures; empty for other rows
};

struct ComparisonTable {
  std::vector<std::string> names;   // of the columns
  std::vector<ComparisonRow> rows;  // of the question first
  std::string criterion;            // by what a difference is called clear
};

ComparisonTable comparison_table(const Comparison& comparison);

// What comparing the pins came to. A pin that cannot be answered takes part in nothing: its
// problems stand here, with its name.
struct PinnedComparison {
  ComparisonTable table;
  std::vector<std::size_t> columns;   // the pin of each column
  std::vector<std::string> problems;  // "gemma: there is no model …"
};
PinnedComparison compare_pins(const std::vector<Pin>& pins, Catalog& catalog);

}  // namespace plimsoll::gui

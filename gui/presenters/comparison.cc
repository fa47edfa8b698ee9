#include "presenters/comparison.h"

#include <algorithm>

#include "report/compare_content.h"

namespace plimsoll::gui {
namespace {

ComparisonRow question_row(const ScenarioDifference& difference) {
  ComparisonRow row{.part = ComparisonPart::question, .what = difference.field, .cells = {}};
  for (const std::string& value : difference.values) row.cells.push_back({.text = value});
  return row;
}

ComparisonRow answer_row(const CompareRow& line) {
  ComparisonRow row{.what = line.what, .cells = {}, .estimates = line.estimates};
  for (std::size_t i = 0; i < line.values.size(); ++i)
    row.cells.push_back({.text = line.values[i],
                         .interval = line.intervals.empty() ? std::string() : line.intervals[i]});
  return row;
}

void add_ratios(const Comparison& comparison, std::vector<ComparisonRow>& rows) {
  for (std::size_t i = 1; i < comparison.scenarios.size(); ++i)
    for (const RatioText& ratio : ratio_texts(comparison, comparison.scenarios[i])) {
      const auto row = std::find_if(rows.begin(), rows.end(), [&](const ComparisonRow& each) {
        return each.part == ComparisonPart::answer && each.what == ratio.what;
      });
      if (row == rows.end()) continue;
      ComparisonCell& cell = row->cells[i];
      cell.ratio = ratio.factor + (ratio.interval.empty() ? "" : " (" + ratio.interval + ")");
      cell.judgement = ratio.judgement;
      cell.clear = ratio.clear;
    }
}

// Whether the pin can be answered at all; else what is wrong with it.
bool can_be_compared(const Pin& pin, Catalog& catalog, std::vector<std::string>& problems) {
  Diagnostics wrong;
  if (resolve(pin.spec, catalog, wrong)) return true;
  for (const Diagnostic& problem : wrong.sorted())
    if (problem.severity == Severity::error) problems.push_back(pin.name + ": " + problem.message);
  return false;
}

}  // namespace

std::string pin_name(const ScenarioSpec& spec) {
  if (!spec.name.empty()) return spec.name;
  std::string name = spec.model.value.value_or("no model");
  if (spec.quantization.has()) name += " " + *spec.quantization.value;
  if (spec.cluster.has()) return name + " on " + *spec.cluster.value;
  if (spec.own_cluster)
    return name + " on " + std::to_string(spec.own_cluster->nodes.size()) + " kinds of machines";
  if (!spec.system.has()) return name;
  const int count = spec.count.value.value_or(1);
  return name + " on " + (count > 1 ? std::to_string(count) + "x " : "") + *spec.system.value;
}

std::string unused_name(const std::string& name, const std::vector<Pin>& pins) {
  const auto taken = [&](const std::string& wanted) {
    return std::any_of(pins.begin(), pins.end(),
                       [&](const Pin& pin) { return pin.name == wanted; });
  };
  std::string unused = name;
  for (int n = 2; taken(unused); ++n) unused = name + " (" + std::to_string(n) + ")";
  return unused;
}

ComparisonTable comparison_table(const Comparison& comparison) {
  ComparisonTable table{.names = {}, .rows = {}, .criterion = std::string(clear_criterion)};
  for (const ComparedScenario& each : comparison.scenarios) table.names.push_back(each.name);
  for (const ScenarioDifference& difference : comparison.differences)
    table.rows.push_back(question_row(difference));
  for (const CompareRow& line : compare_rows(comparison)) table.rows.push_back(answer_row(line));
  add_ratios(comparison, table.rows);
  return table;
}

PinnedComparison compare_pins(const std::vector<Pin>& pins, Catalog& catalog) {
  PinnedComparison result;
  std::vector<NamedScenario> scenarios;
  for (std::size_t i = 0; i < pins.size(); ++i) {
    if (!can_be_compared(pins[i], catalog, result.problems)) continue;
    scenarios.push_back({.name = pins[i].name, .file = {}, .spec = pins[i].spec});
    result.columns.push_back(i);
  }
  if (scenarios.empty()) return result;
  try {
    result.table = comparison_table(compare(scenarios, catalog));
  } catch (const InputError& refused) {
    for (const Diagnostic& problem : refused.diagnostics().sorted())
      result.problems.push_back(problem.message);
    result.columns.clear();
  }
  return result;
}

}  // namespace plimsoll::gui

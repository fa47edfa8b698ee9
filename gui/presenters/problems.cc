#include "presenters/problems.h"

#include <algorithm>
#include <filesystem>

#include "presenters/scenario_fields.h"

namespace plimsoll::gui {
namespace {

std::string text_of(const Diagnostic& problem) {
  std::string text = problem.message;
  if (!problem.expected.empty()) text += "; expected " + problem.expected;
  if (!problem.suggestion.empty()) text += "; did you mean '" + problem.suggestion + "'?";
  return text;
}

std::string where_in(const SourcePlace& place) {
  std::string text = std::filesystem::path(place.file).filename().string();
  if (place.line > 0) text += ":" + std::to_string(place.line);
  if (place.line > 0 && place.column > 0) text += ":" + std::to_string(place.column);
  return text;
}

ProblemRow row_of(const Diagnostic& problem, const ScenarioSpec& scenario) {
  ProblemRow row{.severity = problem.severity, .text = text_of(problem)};
  row.field = field_at(scenario, problem.place);
  if (problem.place.line > 0) row.place = problem.place;
  row.where = problem.place.line > 0 || row.field.empty() ? where_in(problem.place) : row.field;
  return row;
}

}  // namespace

std::vector<ProblemRow> problem_rows(const std::vector<Diagnostic>& problems,
                                     const ScenarioSpec& scenario) {
  std::vector<ProblemRow> rows;
  rows.reserve(problems.size());
  for (const Diagnostic& problem : problems) rows.push_back(row_of(problem, scenario));
  std::stable_partition(rows.begin(), rows.end(),
                        [](const ProblemRow& row) { return row.severity == Severity::error; });
  return rows;
}

}  // namespace plimsoll::gui

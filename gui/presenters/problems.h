// What is wrong with a scenario or a file, as a list to act on. Without Qt.
#pragma once

#include <string>
#include <vector>

#include "base/diagnostic.h"
#include "scenario/scenario.h"

namespace plimsoll::gui {

struct ProblemRow {
  Severity severity = Severity::error;
  std::string text;   // "there is no model 'gemna-2b'; did you mean 'gemma-2b'?"
  std::string where;  // "scenario.yaml:3:8", "workload.context" or empty
  SourcePlace place;  // in a file, else empty
  std::string field;  // of the scenario, else empty
};

// In the order of the list: errors first, then as given.
std::vector<ProblemRow> problem_rows(const std::vector<Diagnostic>& problems,
                                     const ScenarioSpec& scenario);

}  // namespace plimsoll::gui

// Scenarios that are in no file: read from a text, and changed by overrides.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "scenario/scenario.h"

namespace plimsoll {

// As read_scenario() reads a file of that text; messages name it `file_name`. Paths in it are
// absolute, as to_yaml() writes them. Throws InputError with every problem.
ScenarioSpec parse_scenario(std::string_view text, const std::string& file_name,
                            const std::vector<std::string>& overrides = {});

// The scenario with `--set path=value` overrides applied in order. Throws InputError where one
// makes no sense.
ScenarioSpec with_overrides(const ScenarioSpec& spec, const std::vector<std::string>& overrides);

}  // namespace plimsoll

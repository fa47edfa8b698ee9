// Reads a scenario written in a test.
#pragma once

#include <string>
#include <vector>

#include "catalog/data_fixture.h"
#include "scenario/scenario.h"

namespace plimsoll {

inline ScenarioSpec read_text(const DataFixture& data, const std::string& text,
                              const std::vector<std::string>& overrides = {}) {
  return read_scenario(data.write("scenario.yaml", text), overrides);
}

}  // namespace plimsoll

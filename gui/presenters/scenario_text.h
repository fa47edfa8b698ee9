// The bytes of a scenario in its file: those it was read from for as long as it says the same, so
// that comments and layout survive, and the engine's form once it is changed. Without Qt.
#pragma once

#include <filesystem>
#include <string>

#include "scenario/scenario.h"

namespace plimsoll::gui {

class ScenarioText {
 public:
  ScenarioText() = default;  // of a new scenario
  ScenarioText(std::string bytes, const ScenarioSpec& read);

  std::string of(const ScenarioSpec& spec) const;

 private:
  std::string bytes_;
  std::string written_form_;  // of what was read; empty: nothing was
};

struct OpenedScenario {
  ScenarioSpec spec;
  ScenarioText text;
};
// Throws InputError with every problem of the file.
OpenedScenario open_scenario(const std::filesystem::path& file);

// The word after `kind:` in a data file; empty where there is none.
std::string kind_of_file(const std::filesystem::path& file);

}  // namespace plimsoll::gui

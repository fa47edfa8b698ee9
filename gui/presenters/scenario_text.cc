#include "presenters/scenario_text.h"

#include <fstream>
#include <iterator>
#include <utility>

#include "config/header_scan.h"

namespace plimsoll::gui {

ScenarioText::ScenarioText(std::string bytes, const ScenarioSpec& read)
    : bytes_(std::move(bytes)), written_form_(to_yaml(read)) {}

std::string ScenarioText::of(const ScenarioSpec& spec) const {
  std::string form = to_yaml(spec);
  return form == written_form_ ? bytes_ : form;
}

OpenedScenario open_scenario(const std::filesystem::path& file) {
  OpenedScenario opened{.spec = read_scenario(file, {})};
  std::ifstream stream(file, std::ios::binary);
  opened.text = ScenarioText(std::string(std::istreambuf_iterator<char>(stream), {}), opened.spec);
  return opened;
}

std::string kind_of_file(const std::filesystem::path& file) {
  return scan_header(file).kind;
}

}  // namespace plimsoll::gui

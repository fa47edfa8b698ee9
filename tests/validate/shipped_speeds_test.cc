// The shipped measurements against today's predictions: what the README shows is current, and no
// cell got worse unnoticed. After a change for the better, or a worse figure for a good reason:
//
//   doc/update-readme.sh
//   PLIMSOLL_UPDATE_GOLDEN=1 build/release/tests/validate_tests '[golden]'
#include <algorithm>
#include <fstream>
#include <iterator>
#include <nlohmann/json.hpp>
#include <sstream>
#include <string>
#include <vector>

#include "report/validation_report.h"
#include "support/catch.h"
#include "support/fewer_cases.h"
#include "support/golden.h"
#include "validate/speed_summary.h"

namespace plimsoll {
namespace {

using nlohmann::json;

const std::vector<std::string> shipped_files = {"hwdb/measurements/published.yaml",
                                                "hwdb/measurements/clusters.yaml"};

// All points take half a minute of a processor, ten times as long with sanitizers.
using test::fewer_cases;

const Validation& shipped_speeds() {
  static const Validation validation = [] {
    std::vector<std::filesystem::path> paths;
    for (const std::string& file : shipped_files)
      paths.push_back(std::filesystem::path(PLIMSOLL_SOURCE_DIR) / file);
    Diagnostics diagnostics;
    return validate(paths, {find_data_folders({})}, diagnostics);
  }();
  return validation;
}

// What stands below the line that says how it is made.
std::string readme_block() {
  std::string command = "<!-- markdown of: ./dev validate";
  for (const std::string& file : shipped_files) command += " " + file;
  command += " --format md -->";
  std::ifstream readme(PLIMSOLL_SOURCE_DIR "/README.md");
  std::string block;
  bool inside = false;
  for (std::string line; std::getline(readme, line);) {
    if (line == "<!-- end of output -->") inside = false;
    if (inside) block += line + "\n";
    if (line == command) inside = true;
  }
  return block;
}

TEST_CASE("the README's table of validation is current", "[validate][long]") {
  if (fewer_cases()) return;
  INFO("doc/update-readme.sh renews it");
  CHECK(readme_block() == "\n" + validation_markdown(shipped_speeds()) + "\n");
}

// How much worse a figure may be before somebody has to look: rounding of other machines, and a
// rearrangement that nobody would call a change.
constexpr double allowed_factor = 1.02;
constexpr double allowed_error = 0.003;
constexpr double allowed_score = 0.02;

void check_no_worse(const json& now, const json& before, const char* key, double allowed) {
  if (!before[key].is_number()) return;
  INFO(key);
  REQUIRE(now[key].is_number());
  CHECK(now[key].get<double>() <= before[key].get<double>() * allowed_factor + allowed);
}

void check_no_worse(const json& now, const json& before) {
  CHECK(now["ok"].get<int>() >= before["ok"].get<int>());
  check_no_worse(now, before, "mean_absolute_error", allowed_error);
  check_no_worse(now, before, "median_absolute_error", allowed_error);
  check_no_worse(now, before, "interval_score", allowed_score);
}

bool same_cell(const json& a, const json& b) {
  return a["metric"] == b["metric"] && a["load"] == b["load"] && a["moe"] == b["moe"];
}

TEST_CASE("no cell of the shipped speeds is worse than it was", "[validate][long][golden]") {
  if (fewer_cases()) return;
  const json summary = json::parse(validation_json({}, shipped_speeds()))["summary"];
  const json before = json::parse(test::golden_text(
      PLIMSOLL_SOURCE_DIR "/tests/validate/golden/summary.json", summary.dump(1) + "\n"));
  check_no_worse(summary, before);
  check_no_worse(summary, before, "headline_mean_absolute_error", allowed_error);
  for (const json& cell : before["cells"]) {
    INFO(cell["metric"] << ", " << cell["load"] << (cell["moe"].get<bool>() ? ", MoE" : ", dense"));
    const auto now = std::find_if(summary["cells"].begin(), summary["cells"].end(),
                                  [&](const json& each) { return same_cell(each, cell); });
    REQUIRE(now != summary["cells"].end());
    check_no_worse(*now, cell);
  }
}

}  // namespace
}  // namespace plimsoll

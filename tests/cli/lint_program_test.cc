// lint and schema from the outside.

#include <fstream>
#include <nlohmann/json.hpp>
#include <string>

#include "cli/run_program.h"
#include "support/catch.h"

using namespace plimsoll::test;
using Catch::Contains;
using nlohmann::json;

namespace {

namespace fs = std::filesystem;

constexpr const char* link_head =
    "kind: link\nid: ethernet-9g\nname: Ethernet 9 Gbit/s\nscope: between_hosts\n"
    "latency: {value: 20 us, source: \"R: a test\", status: claimed, confidence: medium}\n"
    "reached: {value: 8 Gbit/s, source: \"R: a test\", status: claimed, confidence: medium}\n";
constexpr const char* raw_figure = "raw: {value: 9 Gbit/s, source: \"R: a test\", status: claimed";

// A folder of somebody's own with one link; `confidence` closes its last figure.
std::string folder_with_link(const TemporaryFolder& folder, const std::string& confidence) {
  fs::create_directories(folder.path("links"));
  std::ofstream(folder.path("links/ethernet-9g.yaml"))
      << link_head << raw_figure << ", confidence: " << confidence << "}\n";
  return folder.path("").string();
}

json lint_json(const std::vector<std::string>& words) {
  std::vector<std::string> all = {"lint", "--format", "json"};
  all.insert(all.end(), words.begin(), words.end());
  return json::parse(run_program(all, utf8).output);
}

}  // namespace

TEST_CASE("a clean folder of one's own", "[cli][lint]") {
  const TemporaryFolder folder;
  const ProgramResult result = run_program({"lint", folder_with_link(folder, "medium")}, utf8);
  INFO(result.output << result.errors);
  CHECK(result.status == 0);
  CHECK(result.output == "1 file: no errors, no warnings.\n");
  CHECK(result.errors.empty());
}

TEST_CASE("notes are counted, and printed when asked for", "[cli][lint]") {
  const TemporaryFolder folder;
  const std::string path = folder_with_link(folder, "low");
  const ProgramResult result = run_program({"lint", path}, utf8);
  CHECK(result.status == 0);
  CHECK(result.output == "1 file: no errors, no warnings; 1 note (--all prints them).\n");
  // A note is no warning, so that --strict does not mind.
  CHECK(run_program({"lint", path, "--strict"}, utf8).status == 0);
  const ProgramResult all = run_program({"lint", path, "--all"}, utf8);
  CHECK_THAT(all.output, Contains("ethernet-9g.yaml:7:6: note: ") && Contains("[missing-range]"));
  CHECK(lint_json({path})["problems"].empty());
  const json with_notes = lint_json({path, "--all"});
  REQUIRE(with_notes["problems"].size() == 1);
  CHECK(with_notes["problems"][0]["severity"] == "note");
  CHECK(with_notes["notes"] == 1);
}

TEST_CASE("errors have the status 2, warnings with --strict", "[cli][lint]") {
  const TemporaryFolder folder;
  const std::string broken = folder.write("a.yaml", "kind: link\nid: a\nname: A\n");
  const ProgramResult errors = run_program({"lint", broken}, utf8);
  CHECK(errors.status == 2);
  CHECK_THAT(errors.output, Contains(broken + ":1:1: error: ") && Contains("[missing-key]"));
  CHECK_THAT(errors.errors, Contains("[not-clean]"));
  const json found = lint_json({broken});
  CHECK(found["files"] == 1);
  CHECK(found["errors"].get<int>() >= 4);  // scope, raw, reached, latency
  CHECK(found["problems"].size() == found["errors"].get<std::size_t>());

  const std::string twice = folder_with_link(folder, "medium") + "links/ethernet-9g.yaml";
  std::ofstream(twice, std::ios::app) << "names: [Nine, nine]\n";
  CHECK(run_program({"lint", twice}, utf8).status == 0);
  CHECK(run_program({"lint", twice, "--strict"}, utf8).status == 2);
}

TEST_CASE("names in scenarios and requirements resolve", "[cli][lint]") {
  const TemporaryFolder folder;
  const std::string scenario =
      folder.write("s.yaml", "kind: scenario\nmodel: gemma-2b\nsystem: rtx-4090-cp\n");
  CHECK_THAT(run_program({"lint", scenario}, utf8).output,
             Contains("s.yaml:3:9: error: ") && Contains("[unknown-system]"));
  const std::string requirement = folder.write(
      "r.yaml", "kind: requirement\nmodel: gemma-2c\nengine: vlm\nown: [rtx-4090-cp x2]\n");
  const std::string text = run_program({"lint", requirement}, utf8).output;
  CHECK_THAT(text, Contains("r.yaml:2:8: error: ") && Contains("[unknown-model]"));
  CHECK_THAT(text, Contains("[unknown-engine]") && Contains("[unknown-system]"));
}

TEST_CASE("a path that is not there", "[cli][lint]") {
  const ProgramResult result = run_program({"lint", "no-such-folder"}, utf8);
  CHECK(result.status == 2);
  CHECK(result.output.empty());
  CHECK_THAT(result.errors, Contains("[unreadable]"));
}

TEST_CASE("schemas are printed one by one and written together", "[cli][schema]") {
  const ProgramResult one = run_program({"schema", "device"}, utf8);
  REQUIRE(one.status == 0);
  const json device = json::parse(one.output);
  CHECK(device["properties"].contains("memory"));
  CHECK(device["additionalProperties"] == false);

  const TemporaryFolder folder;
  CHECK(run_program({"schema", "--all", "-o", folder.path("schemas").string()}, utf8).status == 0);
  CHECK(read_file(folder.path("schemas/device.schema.json")) == one.output);
  for (const char* kind : {"system", "model", "quantization", "os", "scenario", "requirement"})
    CHECK(fs::exists(folder.path("schemas") / (std::string(kind) + ".schema.json")));

  const ProgramResult typo = run_program({"schema", "devize"}, utf8);
  CHECK(typo.status == 2);
  CHECK_THAT(typo.errors, Contains("did you mean 'device'?"));
  CHECK(run_program({"schema"}, utf8).status == 2);
  CHECK(run_program({"schema", "--all"}, utf8).status == 2);
}

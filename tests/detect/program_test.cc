// The command, `--system here`, and a model that is a file.

#include <nlohmann/json.hpp>

#include "../import/model_files.h"
#include "fake_machine.h"

using namespace plimsoll;
using namespace plimsoll::test;
using Catch::Contains;

namespace {

void make_desktop(const FakeMachine& machine) {
  machine.add_cpu({});
  machine.add_memory(62.5);
  machine.add_modules(2, 6000, true);
}

void check_report(const std::vector<std::string>& machine) {
  std::vector<std::string> words = {"report", "--model", "gemma-2b", "--no-changes"};
  words.insert(words.end(), machine.begin(), machine.end());
  const ProgramResult result = run_program(words, utf8);
  INFO(result.errors);
  CHECK(result.status == 0);
  CHECK_THAT(result.output, Contains("FITS"));
}

}  // namespace

TEST_CASE("what is written is read from where it lies", "[detect][program]") {
  const FakeMachine machine;
  make_desktop(machine);
  const TemporaryFolder folder;
  const auto detect_to = [&](const std::string& file) {
    const ProgramResult result =
        run_program({"detect", "--root", machine.root().string(), "-o", file}, utf8);
    INFO(result.errors);
    CHECK(result.status == 0);
    CHECK_THAT(result.output, Contains("own entry"));
  };
  SECTION("a file by its path") {
    const std::string file = folder.path("mine.yaml").string();
    detect_to(file);
    CHECK(folder.names() == std::vector<std::string>{"mine-cpu.yaml", "mine.yaml"});
    check_report({"--system", file});
  }
  SECTION("a folder of --hwdb") {
    const std::string data = folder.path("data").string();
    detect_to(data + "/systems/mine.yaml");
    check_report({"--hwdb", data, "--system", "mine"});
  }
}

TEST_CASE("a detection as JSON", "[detect][program]") {
  const FakeMachine machine;
  make_desktop(machine);
  const ProgramResult result =
      run_program({"detect", "--root", machine.root().string(), "--format", "json"}, utf8);
  REQUIRE(result.status == 0);
  const auto json = nlohmann::json::parse(result.output);
  CHECK(json["cpu"]["cores"] == 16);
  CHECK(json["memory"]["visible_bytes"] == 62.5 * 1024 * 1024 * 1024);
  CHECK(json["parts"][0]["entry"] == "here-cpu");
  CHECK(json["devices"].size() == 1);
}

TEST_CASE("a machine that shows nothing is described, not written", "[detect][program]") {
  const FakeMachine machine;
  const TemporaryFolder folder;
  machine.write("empty", "");
  const std::string root = machine.root().string();
  CHECK(run_program({"detect", "--root", root}, utf8).status == 0);
  const ProgramResult refused =
      run_program({"detect", "--root", root, "-o", folder.path("a.yaml").string()}, utf8);
  CHECK(refused.status == 2);
  CHECK_THAT(refused.errors, Contains("[not-detected]"));
  CHECK(folder.names().empty());
}

TEST_CASE("the machine we run on answers", "[detect][program]") {
  check_report({"--system", "here", "--quant", "q4_0"});
}

TEST_CASE("a model that is a file comes with its quantization", "[detect][program]") {
  Diagnostics diagnostics;
  const ModelSpec* model = shipped().model("qwen3-0.6b", {}, diagnostics);
  const QuantizationSpec* recipe = shipped().quantization("q8_0", {}, diagnostics);
  REQUIRE(model);
  REQUIRE(recipe);
  std::vector<Tensor> tensors = enumerate_tensors(*model);
  assign_formats(tensors, *model, *recipe, {}, shipped(), diagnostics);
  const TemporaryFolder folder;
  const std::string file = folder.path("mine.gguf").string();
  gguf_of(*model, tensors).write_sparse(file);
  const auto answer = [&](const std::vector<std::string>& what) {
    std::vector<std::string> words = {"report",       "--system", "rtx-4090-pc",
                                      "--no-changes", "--format", "json"};
    words.insert(words.end(), what.begin(), what.end());
    const ProgramResult result = run_program(words, utf8);
    INFO(result.errors);
    REQUIRE(result.status == 0);
    return nlohmann::json::parse(result.output);
  };
  const auto imported = answer({"--model", file});
  const auto known = answer({"--model", "qwen3-0.6b", "--quant", "q8_0"});
  CHECK(imported["memory"] == known["memory"]);
  CHECK(imported["scenario"]["weights_bytes"] == known["scenario"]["weights_bytes"]);
  CHECK(imported["scenario"]["quantization"] == "Q8_0");
  // What the scenario states holds.
  CHECK(answer({"--model", file, "--quant", "q4_0"})["scenario"]["quantization"] == "Q4_0");
  CHECK(run_program({"simulate", "--model", file, "--system", "rtx-4090-pc"}, utf8).status == 0);
  const std::string scenario =
      folder.write("a.yaml", "kind: scenario\nmodel: \"" + file + "\"\nsystem: rtx-4090-pc\n");
  CHECK(run_program({"compare", scenario, scenario}, utf8).status == 0);
}

// Every scenario of examples/ through the built program, against its committed report; and what
// follows from arithmetic about the boxes, whatever the goldens say.
#include "support/golden.h"

#include <algorithm>
#include <cmath>
#include <filesystem>
#include <iostream>
#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "cli/run_program.h"
#include "examples/report_difference.h"
#include "support/catch.h"

using namespace plimsoll::test;
using nlohmann::json;
namespace fs = std::filesystem;

namespace {

const fs::path examples = fs::path(PLIMSOLL_SOURCE_DIR) / "examples";
constexpr double gib = 1024.0 * 1024 * 1024;

// The files examples/*/FOLDER/*EXTENSION, sorted.
std::vector<fs::path> files_of_examples(const std::string& folder, const std::string& extension) {
  std::vector<fs::path> files;
  for (const auto& example : fs::directory_iterator(examples)) {
    const fs::path inside = example.path() / folder;
    if (!fs::is_directory(inside)) continue;
    for (const auto& entry : fs::directory_iterator(inside)) {
      if (entry.path().extension() == extension) files.push_back(entry.path());
    }
  }
  std::sort(files.begin(), files.end());
  return files;
}

std::string report(const fs::path& scenario, const std::vector<std::string>& format) {
  std::vector<std::string> arguments{"report", scenario.string(), "--no-changes"};
  arguments.insert(arguments.end(), format.begin(), format.end());
  const ProgramResult result = run_program(arguments, {.environment = {{"LC_ALL", "C.UTF-8"}}});
  INFO(scenario.string() << "\n" << result.errors);
  REQUIRE(result.status == 0);
  return result.output;
}

void check_report(const fs::path& scenario, const std::string& extension,
                  const std::vector<std::string>& format) {
  const fs::path golden =
      scenario.parent_path() / "expected" / (scenario.stem().string() + extension);
  const std::string actual = report(scenario, format);
  const std::string difference = report_difference(golden_text(golden.string(), actual), actual);
  if (difference.empty()) return;
  // Not through the test framework, which breaks long lines in the middle of a character.
  std::cerr << "--- " << golden.string() << "\n+++ what the program prints\n" << difference << '\n';
  FAIL_CHECK(golden.filename().string() << " is out of date; examples/update.sh rewrites it");
}

json figures(const std::string& scenario) {
  const fs::path file = examples / "enterprise-sizing" / (scenario + ".yaml");
  return json::parse(report(file, {"--format", "json"}));
}

double accelerator_capacity(const json& report) {
  double capacity = 0;
  for (const json& pool : report.at("memory")) {
    if (pool.at("pool").get<std::string>().rfind("GPU", 0) == 0)
      capacity += pool.at("capacity_bytes").get<double>();
  }
  return capacity;
}

}  // namespace

TEST_CASE("the reports of the examples", "[examples][golden]") {
  const std::vector<fs::path> scenarios = files_of_examples("", ".yaml");
  REQUIRE(scenarios.size() >= 20);
  for (const fs::path& scenario : scenarios) {
    check_report(scenario, ".txt", {"--width", "80"});
    check_report(scenario, ".json", {"--format", "json"});
  }
}

TEST_CASE("every expected report belongs to a scenario", "[examples]") {
  for (const std::string extension : {".txt", ".json"}) {
    for (const fs::path& file : files_of_examples("expected", extension)) {
      const fs::path scenario = file.parent_path().parent_path() / (file.stem().string() + ".yaml");
      INFO(file.string());
      CHECK(fs::exists(scenario));
    }
  }
}

TEST_CASE("16 bit are two bytes a parameter", "[examples]") {
  for (const std::string scenario :
       {"mixtral-8x22b-4x-a100-80gb", "llama-3-70b-16bit-2x-a100-80gb"}) {
    const json asked = figures(scenario).at("scenario");
    CHECK(asked.at("weights_bytes").get<double>() == 2 * asked.at("parameters").get<double>());
  }
  // llama.cpp keeps the few vectors (norms, router) at 32 bit: a little more, and never less.
  for (const std::string scenario : {"mixtral-8x22b-6x-4090", "llama-3-70b-16bit-8x-4090"}) {
    const json asked = figures(scenario).at("scenario");
    const double ratio =
        asked.at("weights_bytes").get<double>() / (2 * asked.at("parameters").get<double>());
    CHECK(ratio >= 1);
    CHECK(ratio < 1.001);
  }
}

TEST_CASE("what the press called 260 GB is 262 GiB", "[examples]") {
  // From the published architecture: hidden 6144, 48 heads and 8 key-value heads of 128, 8 experts
  // of width 16384 with three matrices each, two norms, 56 layers, 32,000 words in and out.
  const double attention = 2.0 * 6144 * 6144 + 2.0 * 6144 * 8 * 128;
  const double experts = 8.0 * 3 * 6144 * 16384;
  const double layer = attention + experts + 8 * 6144 + 2 * 6144;
  const double parameters = 56 * layer + 2.0 * 32000 * 6144 + 6144;
  const json asked = figures("mixtral-8x22b-4x-a100-80gb").at("scenario");
  CHECK(asked.at("parameters").get<double>() == parameters);
  CHECK(std::round(2 * parameters / gib) == 262);
  CHECK(std::round(2 * parameters / 1e9) == 281);
}

TEST_CASE("six RTX 4090 hold 144 GiB, not 192", "[examples]") {
  const json mixtral = figures("mixtral-8x22b-6x-4090");
  CHECK(accelerator_capacity(mixtral) == 6 * 24 * gib);
  CHECK(accelerator_capacity(figures("mixtral-8x22b-8x-4090")) == 8 * 24 * gib);
  // What is missing is at least what the weights exceed the cards by, and a card's own share at
  // most.
  const double weights = mixtral.at("scenario").at("weights_bytes").get<double>();
  const double missing = mixtral.at("short_by_bytes").get<double>();
  CHECK(missing >= 0.99 * (weights - 6 * 24 * gib));  // the token embedding stays in main memory
  CHECK(missing < weights);
}

// Weights against card memory by hand: Mixtral 262 GiB, 70B 131 GiB. vLLM claims 0.9 of a card.
TEST_CASE("which boxes hold which model", "[examples]") {
  for (const std::string scenario :
       {"mixtral-8x22b-4x-a100-80gb",      // 262 < 0.9 x 320 = 288
        "mixtral-8x22b-4x-h100",           // the same
        "mixtral-8x22b-8x-a100-40gb",      // the same in eight pieces
        "llama-3-70b-16bit-2x-a100-80gb",  // 131 < 0.9 x 160 = 144
        "llama-3-70b-16bit-2x-h100",       // the same
        "llama-3-70b-16bit-8x-4090",       // 131 < 192
        "llama-3-70b-q4-k-m-a100-sxm",     // 40 < 80
        "mistral-7b-4090-batch-48"}) {     // 13.5 + 48 x 0.06 < 0.9 x 24 = 21.6
    INFO(scenario);
    CHECK(figures(scenario).at("verdict") == "fits");
  }
  for (const std::string scenario : {"mixtral-8x22b-6x-4090",         // 262 > 144
                                     "mixtral-8x22b-6x-4090-vllm",    // 262 > 144
                                     "mixtral-8x22b-8x-4090",         // 262 > 192
                                     "llama-3-70b-16bit-1x-h100"}) {  // 131 > 80
    INFO(scenario);
    const json outcome = figures(scenario);
    CHECK(outcome.at("verdict") == "does-not-fit");
    CHECK(outcome.at("decode_tokens_per_second").is_null());
  }
}

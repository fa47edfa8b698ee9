// Every scenario of examples/ through the built program, against its committed report; and what
// follows from arithmetic about the boxes, whatever the goldens say.
#include "support/golden.h"

#include <algorithm>
#include <cmath>
#include <filesystem>
#include <fstream>
#include <iostream>
#include <iterator>
#include <nlohmann/json.hpp>
#include <string>
#include <utility>
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

std::string text_of(const fs::path& file) {
  std::ifstream in(file, std::ios::binary);
  return {std::istreambuf_iterator<char>(in), {}};
}

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

std::string output_of(std::vector<std::string> command, const fs::path& scenario,
                      const std::vector<std::string>& more) {
  command.insert(command.begin() + 1, scenario.string());
  command.insert(command.end(), more.begin(), more.end());
  const ProgramResult result = run_program(command, {.environment = {{"LC_ALL", "C.UTF-8"}}});
  INFO(scenario.string() << "\n" << result.errors);
  REQUIRE(result.status == 0);
  return result.output;
}

std::string report(const fs::path& scenario, const std::vector<std::string>& format) {
  return output_of({"report", "--no-changes"}, scenario, format);
}

void check_golden(const fs::path& scenario, const std::string& extension,
                  const std::string& actual) {
  const fs::path golden =
      scenario.parent_path() / "expected" / (scenario.stem().string() + extension);
  const std::string difference = report_difference(golden_text(golden.string(), actual), actual);
  if (difference.empty()) return;
  // Not through the test framework, which breaks long lines in the middle of a character.
  std::cerr << "--- " << golden.string() << "\n+++ what the program prints\n" << difference << '\n';
  FAIL_CHECK(golden.filename().string() << " is out of date; examples/update.sh rewrites it");
}

json figures_of(const std::string& folder, const std::string& scenario,
                std::vector<std::string> overlay = {}) {
  const fs::path file = examples / folder / (scenario + ".yaml");
  overlay.insert(overlay.end(), {"--format", "json"});
  return json::parse(report(file, overlay));
}

json figures(const std::string& scenario) {
  return figures_of("enterprise-sizing", scenario);
}

json kimi(const std::string& scenario, const std::vector<std::string>& overlay = {}) {
  return figures_of("kimi-k2.5-on-4x-ryzen-ai-max", scenario, overlay);
}

double token_time(const json& outcome) {
  return 1 / outcome.at("decode_tokens_per_second").at("value").get<double>();
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
  REQUIRE(scenarios.size() >= 40);
  for (const fs::path& scenario : scenarios) {
    const std::string figures = report(scenario, {"--format", "json"});
    check_golden(scenario, ".txt", report(scenario, {"--width", "80"}));
    check_golden(scenario, ".json", figures);
    if (json::parse(figures).at("streaming").is_null()) continue;
    check_golden(scenario, ".simulate.txt", output_of({"simulate"}, scenario, {"--width", "80"}));
  }
}

TEST_CASE("every expected report belongs to a scenario", "[examples]") {
  for (const std::string extension : {".txt", ".json"}) {
    for (const fs::path& file : files_of_examples("expected", extension)) {
      // NAME.txt, NAME.json and NAME.simulate.txt
      fs::path name = file.stem();
      if (name.extension() == ".simulate") name = name.stem();
      const fs::path scenario = file.parent_path().parent_path() / (name.string() + ".yaml");
      INFO(file.string());
      CHECK(fs::exists(scenario));
    }
  }
}

// What tables.py lays beside the program's figures exists, so that no table silently loses a row.
TEST_CASE("the comparisons of the examples name scenarios and published rows", "[examples]") {
  const fs::path measurements = fs::path(PLIMSOLL_SOURCE_DIR) / "hwdb" / "measurements";
  const std::string published = text_of(measurements / "published.yaml") +
                                text_of(measurements / "clusters.yaml") +
                                text_of(measurements / "streaming.yaml");
  const std::vector<fs::path> lists = files_of_examples("", ".json");
  REQUIRE(lists.size() >= 3);
  for (const fs::path& list : lists) {
    for (const json& entry : json::parse(text_of(list))) {
      INFO(list.string() << ": " << entry.dump());
      if (!entry.contains("missing")) {  // an experiment that the model has nothing for
        const std::string scenario = entry.at("scenario");
        CHECK(fs::exists(list.parent_path() / (scenario + ".yaml")));
      }
      if (!entry.contains("id")) continue;
      const std::string id = entry.at("id");
      CHECK(published.find("- id: " + id + "\n") != std::string::npos);
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

// Of 24 GiB each the driver leaves 24081 MiB.
TEST_CASE("six RTX 4090 hold 141 GiB, not 192", "[examples]") {
  const double card = 24081.0 / 1024.0 * gib;
  const json mixtral = figures("mixtral-8x22b-6x-4090");
  CHECK(accelerator_capacity(mixtral) == 6 * card);
  CHECK(accelerator_capacity(figures("mixtral-8x22b-8x-4090")) == 8 * card);
  // What is missing is at least what the weights exceed the cards by, and a card's own share at
  // most.
  const double weights = mixtral.at("scenario").at("weights_bytes").get<double>();
  const double missing = mixtral.at("short_by_bytes").get<double>();
  CHECK(missing >= 0.99 * (weights - 6 * card));  // the token embedding stays in main memory
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

// 120 GiB of four machines are 515 GB; a K-quant of 4 bit takes at least 4.5 bits of a weight.
TEST_CASE("Kimi K2.5 on four desktops: 2 bit fit, 4 bit do not", "[examples]") {
  constexpr double usable = 4 * 120 * gib;
  const json published = kimi("scenario");
  CHECK(published.at("verdict") == "fits");
  const json& asked = published.at("scenario");
  // The eight published shards have 374,764,330,144 bytes.
  CHECK(asked.at("weights_bytes").get<double>() == Approx(374'764'330'144.0).epsilon(0.002));
  const json four_bit = kimi("scenario", {"--quant=q4_k_s"});
  CHECK(four_bit.at("verdict") == "does-not-fit");
  const double weights = four_bit.at("scenario").at("weights_bytes").get<double>();
  CHECK(weights >= 4.5 / 8 * asked.at("parameters").get<double>());
  CHECK(four_bit.at("short_by_bytes").get<double>() >= 0.99 * (weights - usable));
}

// 96 GiB a machine are 412 GB, 64 GiB are 275, against 375 GB of weights. Eight machines of 120 GiB
// are 1,031 GB and hold any 4 bit.
TEST_CASE("Kimi K2.5 on other machines", "[examples]") {
  const std::string desktop = "framework-desktop-128gb";
  const std::string link = " over ethernet-5g";
  CHECK(kimi("scenario", {"--system=4x " + desktop + "-bios-96" + link}).at("verdict") == "fits");
  CHECK(kimi("scenario", {"--system=4x " + desktop + link}).at("verdict") == "fits-with-changes");
  CHECK(kimi("scenario", {"--quant=q4_k_m", "--system=8x " + desktop + "-gtt-120" + link,
                          "--set=placement.nodes=8"})
            .at("verdict") == "fits");
}

// A hidden state is 7168 numbers of 32 bit. By way of the first machine, four stages pass it on
// three times, each of its two directions carrying three of them, the others' one.
TEST_CASE("what a token of Kimi K2.5 sends over the links", "[examples]") {
  constexpr double state = 7168 * 4;
  const json outcome = kimi("scenario");
  REQUIRE(outcome.at("links").size() == 2);  // the first machine's, and the others'
  for (const json& link : outcome.at("links")) {
    INFO(link.dump());
    const bool first = link.at("link").get<std::string>().find("node 1") != std::string::npos;
    CHECK(link.at("bytes_per_step").get<double>() == (first ? 3 : 1) * state);
  }
}

// The claimed link would save what the messages spend on the published one: six of at most 100 us
// (three stages, out and back), and their bytes at 4.6 Gbit/s.
TEST_CASE("a link of a terabyte per second saves next to nothing", "[examples]") {
  const double saved = token_time(kimi("scenario")) -
                       token_time(kimi("scenario", {"--link=cxl-maxlink-as-claimed"}));
  CHECK(saved > 0);
  CHECK(saved < 6 * 100e-6 + 6 * 7168 * 4 / (4.6e9 / 8));
}

TEST_CASE("the claim says what is wrong with it", "[examples]") {
  std::string checks;
  const json outcome = kimi("as-claimed");
  for (const json& note : outcome.at("notes"))
    if (note.at("kind") == "claim-check") checks += note.at("text").get<std::string>() + "\n";
  INFO(checks);
  CHECK(checks.find("has no port for") != std::string::npos);
  CHECK(checks.find("LPDDR6X") != std::string::npos);
  CHECK(checks.find("as published") != std::string::npos);
}

// One stream passes the stages one after the other: a machine more adds at least the software time
// of its boundary, 1.6 ms at the low end of its interval, and divides nothing.
TEST_CASE("layers split over more machines are slower, tensors faster", "[examples]") {
  const std::string split = "gpt-oss-120b-4x-framework";
  const std::string parallel = "qwen3-235b-4x-mac-rdma";
  for (int nodes = 2; nodes <= 4; ++nodes) {
    INFO(nodes << " machines");
    const std::string more = "--nodes=" + std::to_string(nodes);
    const std::string fewer = "--nodes=" + std::to_string(nodes - 1);
    CHECK(token_time(figures_of("desk-clusters", split, {more})) >
          token_time(figures_of("desk-clusters", split, {fewer})) + 1.6e-3);
    if (nodes == 3) continue;  // 4 key-value heads do not divide by three
    const std::string half = "--nodes=" + std::to_string(nodes / 2);
    CHECK(token_time(figures_of("desk-clusters", parallel, {more})) <
          token_time(figures_of("desk-clusters", parallel, {half})));
  }
}

// By hand: 60 layers x 4 experts of 3 matrices of 1024 x 4096 weights. Of 64 weights each, 4-bit
// ones with a scale and an offset of 16 bit take 36 bytes, 2-bit ones 20.
TEST_CASE("a token of Qwen3.5-397B uses 240 experts", "[examples]") {
  constexpr double weights = 60.0 * 4 * 3 * 1024 * 4096;
  for (const auto& [scenario, bytes_of_64] : {std::pair{"scenario", 36.0}, {"two-bit", 20.0}}) {
    const json streaming = figures_of("qwen3.5-397b-on-m3-max-48gb", scenario).at("streaming");
    CHECK(streaming.at("working_set_bytes").get<double>() == weights / 64 * bytes_of_64);
    const double missed = 1 - streaming.at("hit_rate").get<double>();
    CHECK(streaming.at("read_bytes_per_token").get<double>() ==
          Approx(missed * weights / 64 * bytes_of_64));
  }
}

// Past the page cache nothing is found in memory: 1.7 GB a token at the 5.5 GB/s that the drive was
// measured with, and the kernels besides.
TEST_CASE("direct reads of experts are bounded by the drive", "[examples]") {
  const json outcome = figures_of("qwen3.5-397b-on-m3-max-48gb", "scenario", {"--access=direct"});
  const json& streaming = outcome.at("streaming");
  CHECK(streaming.at("hit_rate").get<double>() == 0);
  CHECK(token_time(outcome) > streaming.at("working_set_bytes").get<double>() / 5.5e9);
}

TEST_CASE("more memory keeps more experts", "[examples]") {
  double before = 0;
  for (const std::string memory : {"36gb", "48gb", "64gb", "128gb"}) {
    INFO(memory);
    const json outcome = figures_of("qwen3.5-397b-on-m3-max-48gb", "scenario",
                                    {"--system=macbook-pro-16-m3-max-" + memory});
    const double hits = outcome.at("streaming").at("hit_rate").get<double>();
    CHECK(hits > before);
    before = hits;
  }
}

// What a case sheds for ever is its warmth above the air over its resistance: (48 - 25) / 3.9 W.
TEST_CASE("a phone that streams for long slows down", "[examples]") {
  const json streaming = figures_of("qwen3.5-397b-on-iphone-17-pro", "long-run").at("streaming");
  CHECK(streaming.at("sustained_power_w").get<double>() == Approx((48.0 - 25) / 3.9));
  double speed = 1;
  double warmth = 0;
  for (const json& row : streaming.at("series")) {
    CHECK(row.at("speed").get<double>() <= speed + 1e-9);
    CHECK(row.at("case_temperature_c").get<double>() >= warmth);
    CHECK(row.at("case_temperature_c").get<double>() <= 48);
    speed = row.at("speed").get<double>();
    warmth = row.at("case_temperature_c").get<double>();
  }
  CHECK(speed < 0.95);
}

// The press: 40 to 60 GB of a phone with up to 64. What was published is larger than that phone.
TEST_CASE("the claimed phone would hold the claimed weights only", "[examples]") {
  const std::string folder = "qwen3.5-397b-on-iphone-17-pro";
  const json claimed = figures_of(folder, "as-claimed");
  const double weights = claimed.at("scenario").at("weights_bytes").get<double>();
  CHECK(claimed.at("verdict") == "fits");
  CHECK(weights > 40e9);
  CHECK(weights < 60e9);
  const json published =
      figures_of(folder, "as-claimed", {"--quant=mlx-2bit-experts", "--engine=flash-moe-ios"});
  CHECK(published.at("verdict") == "fits-with-streaming");
  CHECK(published.at("scenario").at("weights_bytes").get<double>() > 64 * gib);
}

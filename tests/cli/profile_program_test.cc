// Profiles in commands that predict, from the outside.

#include <algorithm>
#include <nlohmann/json.hpp>

#include "cli/run_program.h"
#include "support/catch.h"

using namespace plimsoll::test;
using Catch::Contains;
using nlohmann::json;

namespace {

// Reads at 4.4 TB/s where the entry says 4.3.
constexpr const char* h200_profile = R"(kind: profile
name: A machine
machine: {cpu: Imaginary 1, cores: 8, gpus: [NVIDIA H200]}
date: 2026-05-20
program: by hand
backends:
  - backend: cuda
    device: NVIDIA H200
    entry: h200-sxm-141gb
    rates:
      - {family: read, per: bytes, bandwidth: 4.4 TB/s, rate_error: 0.004, range: [1000, 1000000], residual: 0.01, points: 5, samples: 50, noise: 0.004}
    points: []
)";

std::string with_entry(const std::string& entry) {
  std::string text = h200_profile;
  text.replace(text.find("h200-sxm-141gb"), std::string("h200-sxm-141gb").size(), entry);
  return text;
}

using Arguments = std::vector<std::string>;

Arguments asking(const std::string& system, const Arguments& more = {}) {
  Arguments arguments = {"report", "--model",  "llama-3.1-8b", "--quant",
                         "q4_k_m", "--engine", "llama.cpp",    "--system",
                         system,   "--format", "json",         "--no-changes"};
  arguments.insert(arguments.end(), more.begin(), more.end());
  return arguments;
}

json answer_to(const Arguments& arguments, const ProgramOptions& options = utf8) {
  const ProgramResult result = run_program(arguments, options);
  INFO(result.errors);
  REQUIRE(result.status == 0);
  return json::parse(result.output);
}

const json& decode_rate(const json& report) {
  return report["decode_tokens_per_second"];
}

}  // namespace

TEST_CASE("report --profile: the device's figures move, and the report says so", "[cli][profile]") {
  const TemporaryFolder folder;
  const std::string file = folder.write("h200.yaml", h200_profile);
  const json without = answer_to(asking("h200-sxm-box"));
  const json with = answer_to(asking("h200-sxm-box", {"--profile", file}));
  CHECK(without["profiles"].empty());
  REQUIRE(with["profiles"].size() == 1);
  CHECK(with["profiles"][0]["file"] == file);
  CHECK(with["profiles"][0]["date"] == "2026-05-20");
  CHECK(with["profiles"][0]["moved"][0]["key"] == "device:h200-sxm-141gb/gpu:memory");
  CHECK(with["profiles"][0]["moved"][0]["value"] == "4.4 TB/s");
  CHECK(decode_rate(with)["value"] > decode_rate(without)["value"]);
  // Again, and with none.
  CHECK(answer_to(asking("h200-sxm-box", {"--profile", file})) == with);
  CHECK(answer_to(asking("h200-sxm-box", {"--profile", "none"})) == without);
}

TEST_CASE("a profile of another machine leaves a report alone and says so", "[cli][profile]") {
  const TemporaryFolder folder;
  const std::string file = folder.write("h200.yaml", h200_profile);
  const ProgramResult without = run_program(asking("rtx-4090-pc"), utf8);
  const ProgramResult with = run_program(asking("rtx-4090-pc", {"--profile", file}), utf8);
  CHECK(with.status == 0);
  CHECK(with.output == without.output);
  CHECK_THAT(with.errors, Contains("[profile-unused]") && Contains("h200.yaml"));

  const std::string strange = folder.write("strange.yaml", with_entry("h200-sxm-141g"));
  const ProgramResult unknown = run_program(asking("h200-sxm-box", {"--profile", strange}), utf8);
  CHECK(unknown.status == 0);
  CHECK_THAT(unknown.errors, Contains("did you mean 'h200-sxm-141gb'?"));
}

TEST_CASE("what is wrong with a profile is told with its place, of all of them", "[cli][profile]") {
  const TemporaryFolder folder;
  std::string bad = h200_profile;
  bad.replace(bad.find("4.4 TB/s"), 8, "quick");
  const std::string a = folder.write("a.yaml", bad);
  const std::string b = folder.write("b.yaml", "kind: device\n");
  const ProgramResult result =
      run_program(asking("h200-sxm-box", {"--profile", a, "--profile", b}), utf8);
  CHECK(result.status == 2);
  CHECK(result.output.empty());
  CHECK_THAT(result.errors, Contains("a.yaml:11:") && Contains("b.yaml:1:"));

  const ProgramResult both =
      run_program(asking("h200-sxm-box", {"--profile", "none", "--profile", a}), utf8);
  CHECK(both.status == 2);
  CHECK_THAT(both.errors, Contains("--profile none") && Contains("[bad-option]"));
}

TEST_CASE("this machine takes its newest profile, unless it is told not to", "[cli][profile]") {
  const TemporaryFolder folder;
  const ProgramResult detected = run_program({"detect", "--format", "json"}, utf8);
  if (detected.status != 0) return;  // where /proc tells nothing
  std::string cpu, entry;
  const json seen = json::parse(detected.output);
  for (const json& part : seen["parts"]) {
    if (part["what"] == "GPU") return;  // of which the profile would have to be, too
    if (part["what"] != "CPU") continue;
    cpu = part["name"];
    entry = part["entry"];
  }
  const auto profile = [&](const std::string& date, const std::string& rate) {
    return "kind: profile\nname: this\nmachine: {}\ndate: " + date +
           "\nprogram: by hand\nbackends:\n  - backend: cpu\n    device: \"" + cpu +
           "\"\n    entry: " + entry +
           "\n    rates:\n      - {family: read, per: bytes, bandwidth: " + rate +
           ", rate_error: 0.001, range: [1000, 1000000], residual: 0.01, points: 5, samples: 50, "
           "noise: 0.001}\n    points: []\n";
  };
  std::filesystem::create_directories(folder.path("plimsoll/profiles"));
  folder.write("plimsoll/profiles/old.yaml", profile("2026-05-01", "7 GB/s"));
  folder.write("plimsoll/profiles/new.yaml", profile("2026-05-20", "9 GB/s"));
  folder.write("plimsoll/profiles/broken.yaml", "kind: profile\n");
  ProgramOptions own = utf8;
  own.environment.emplace_back("XDG_CONFIG_HOME", folder.path("").string());

  const json found = answer_to(asking("here", {"--set", "model=qwen3-0.6b"}), own);
  REQUIRE(found["profiles"].size() == 1);
  CHECK_THAT(found["profiles"][0]["file"].get<std::string>(), Contains("new.yaml"));
  CHECK_THAT(found["profiles"][0]["moved"].dump(), Contains("\"value\":\"9"));
  const json none =
      answer_to(asking("here", {"--set", "model=qwen3-0.6b", "--profile", "none"}), own);
  CHECK(none["profiles"].empty());
  // Only where this machine is asked about.
  CHECK(answer_to(asking("rtx-4090-pc"), own)["profiles"].empty());
}

TEST_CASE("validate --profile: points on that device are predicted with it", "[cli][profile]") {
  const TemporaryFolder folder;
  const std::string file = folder.write("h200.yaml", h200_profile);
  const auto point = [](const std::string& id, const std::string& device) {
    return "- {id: " + id + ", metric: decode_tps, gen_tokens: 128, hardware: {device: " + device +
           ", count: 1}, model: Llama-3-8B, quant: Q4_K_M, engine: llama.cpp, backend: CUDA, "
           "value: 100}\n";
  };
  const std::string points =
      folder.write("points.yaml", point("a-1", "NVIDIA H200 SXM 141 GB") +
                                      point("b-1", "NVIDIA GeForce RTX 4090"));
  const json document = answer_to({"validate", points, "--profile", file, "--format", "json"});
  CHECK(document["summary"]["profiled"] == 1);
  CHECK(document["points"][0]["profiled"] == true);
  CHECK(document["points"][1]["profiled"] == false);
  const ProgramResult text = run_program({"validate", points, "--profile", file}, utf8);
  CHECK_THAT(text.output, Contains("1 of them is predicted with a profile"));
  const json before = answer_to({"validate", points, "--format", "json"});
  CHECK(document["points"][0]["predicted"] != before["points"][0]["predicted"]);
  CHECK(document["points"][1]["predicted"] == before["points"][1]["predicted"]);
}

TEST_CASE("simulate, compare, sweep and plan take profiles, too", "[cli][profile]") {
  const TemporaryFolder folder;
  const std::string file = folder.write("h200.yaml", h200_profile);
  Arguments arguments = asking("h200-sxm-box", {"--profile", file});
  arguments[0] = "simulate";
  std::erase(arguments, "--no-changes");
  CHECK(answer_to(arguments)["profiles"].size() == 1);

  const std::string scenario =
      folder.write("s.yaml",
                   "kind: scenario\nmodel: llama-3.1-8b\nquantization: q4_k_m\nengine: llama.cpp\n"
                   "system: h200-sxm-box\n");
  const json compared =
      answer_to({"compare", scenario, scenario, "--profile", file, "--format", "json"});
  CHECK(compared["scenarios"][0]["profiles"] == json::array({file}));

  const Arguments sweep = {"sweep", scenario, "--vary", "workload.batch=1"};
  Arguments with = sweep;
  with.insert(with.end(), {"--profile", file});
  const ProgramResult plain = run_program(sweep, utf8);
  const ProgramResult moved = run_program(with, utf8);
  REQUIRE(moved.status == 0);
  CHECK(moved.output != plain.output);

  const Arguments plan = {"plan",      "--model", "llama-3.1-8b", "--systems", "h200-sxm-box",
                          "--profile", file,      "--format",     "json"};
  CHECK(run_program(plan, utf8).status == 0);
}

// `plimsoll calibrate` from the outside.

#include <nlohmann/json.hpp>

#include "cli/run_program.h"
#include "support/catch.h"

using namespace plimsoll::test;
using Catch::Contains;
using nlohmann::json;

namespace {

constexpr const char* profile_text = R"(kind: profile
name: A machine
machine: {cpu: Imaginary 1, cores: 8}
date: 2026-05-20
program: by hand
backends:
  - backend: cuda
    device: NVIDIA H100 SXM5 80GB
    rates:
      - {family: read, per: bytes, bandwidth: 3 TB/s, rate_error: 0.01, range: [1000, 1000000], residual: 0.01, points: 5, samples: 50, noise: 0.01}
    points:
      - {family: matrix_vector, format: q4_0, work: {bytes: 1000000, flop: 4000000}, status: measured, times: {median: 1 us, low: 1 us, high: 1 us, noise: 0, error: 0, samples: 9}}
      - {family: rope, work: {bytes: 1000}, status: wrong, check: {right: false, worst_error: 3, allowed: 1}, why: "element 7"}
)";

std::string with_rate(const char* rate) {
  std::string text = profile_text;
  text.replace(text.find("3 TB/s"), 6, rate);
  return text;
}

}  // namespace

TEST_CASE("calibrate show: rates beside datasheet and earlier profile, and a roofline",
          "[cli][calibrate]") {
  const TemporaryFolder folder;
  const std::string now = folder.write("now.yaml", profile_text);
  const std::string before = folder.write("before.yaml", with_rate("2 TB/s"));
  const std::string plot = folder.path("roofline.svg").string();
  const ProgramResult text = run_program({"calibrate", "show", now, before, "--plot", plot}, utf8);
  INFO(text.errors);
  REQUIRE(text.status == 0);
  CHECK_THAT(text.output, Contains("3 TB/s") && Contains("+50 %") && Contains("element 7"));
  CHECK_THAT(read_file(plot), Contains("matrix_vector q4_0"));

  const ProgramResult result =
      run_program({"calibrate", "show", now, before, "--format", "json"}, utf8);
  REQUIRE(result.status == 0);
  const json rate = json::parse(result.output)["backends"][0]["rates"][0];
  CHECK(rate["rate"] == 3e12);
  CHECK(rate["over_earlier"][0] == 1.5);
  CHECK(rate["changed"] == true);
  CHECK(rate["of_datasheet"] > 0.8);
}

TEST_CASE("calibrate show: what is wrong with a profile has its place", "[cli][calibrate]") {
  const TemporaryFolder folder;
  const std::string file = folder.write("bad.yaml", with_rate("fast"));
  const ProgramResult result = run_program({"calibrate", "show", file}, utf8);
  CHECK(result.status == 2);
  CHECK(result.output.empty());
  CHECK_THAT(result.errors, Contains("bad.yaml:10:") && Contains("[unit]"));
}

TEST_CASE("calibrate from: to standard output, and into a file that show reads",
          "[cli][calibrate]") {
  const TemporaryFolder folder;
  const std::string results = folder.write(
      "iperf.json",
      R"({"start": {"version": "iperf 3.12", "test_start": {"protocol": "TCP", "num_streams": 1}},
          "end": {"sum_received": {"bytes": 1250000000, "bits_per_second": 1e9}}})");
  const ProgramResult yaml = run_program({"calibrate", "from", results}, utf8);
  INFO(yaml.errors);
  REQUIRE(yaml.status == 0);
  CHECK_THAT(yaml.output, Contains("kind: profile") && Contains("bandwidth: 125 MB/s"));
  const std::string file = folder.path("mine.yaml").string();
  REQUIRE(run_program({"calibrate", "from", results, "-o", file}, utf8).status == 0);
  CHECK(run_program({"calibrate", "show", file}, utf8).status == 0);
  CHECK(run_program({"lint", file}, utf8).status == 0);
  const ProgramResult nothing = run_program({"calibrate", "from", file}, utf8);
  CHECK(nothing.status == 2);
  CHECK_THAT(nothing.errors, Contains("[unsupported-file]"));
}

TEST_CASE("calibrate: mistakes of the command line", "[cli][calibrate]") {
  const auto errors = [](std::vector<std::string> arguments) {
    arguments.insert(arguments.begin(), "calibrate");
    const ProgramResult result = run_program(arguments, utf8);
    CHECK(result.status == 2);
    return result.errors;
  };
  CHECK_THAT(errors({"shwo", "x.yaml"}), Contains("did you mean 'show'"));
  CHECK_THAT(errors({"show"}), Contains("no profile of this machine"));
  CHECK_THAT(errors({"from"}), Contains("[missing-argument]"));
  CHECK_THAT(errors({"--quick", "--full"}), Contains("[bad-option]"));
  CHECK_THAT(errors({"--backend", "cdua"}), Contains("did you mean 'cuda'"));
  CHECK_THAT(errors({"show", "x.yaml", "--full"}), Contains("measures nothing"));
  CHECK_THAT(errors({"-o", "profile.txt"}), Contains("[bad-value]"));
}

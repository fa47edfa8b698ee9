// `plimsoll simulate … --load`: short forms, their mistakes, and what is printed.
#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "cli/run_program.h"
#include "support/catch.h"

using namespace plimsoll::test;
using Catch::Contains;
using nlohmann::json;

namespace {

std::vector<std::string> served(const std::vector<std::string>& more) {
  std::vector<std::string> words = {"simulate", "--model",          "gemma-2b",
                                    "--quant",  "bf16-safetensors", "--engine",
                                    "vllm",     "--system",         "rtx-4090-pc"};
  words.insert(words.end(), more.begin(), more.end());
  return words;
}

json serving_of(const std::vector<std::string>& more) {
  std::vector<std::string> words = served(more);
  words.insert(words.end(), {"--format", "json"});
  const ProgramResult result = run_program(words, utf8);
  INFO(result.errors);
  REQUIRE(result.status == 0);
  return json::parse(result.output)["serving"];
}

TEST_CASE("A load on the command line", "[cli][load]") {
  const json closed = serving_of({"--load", "closed:4", "--lengths", "200/20", "--requests", "40"});
  CHECK(closed["requests"] == 40);
  CHECK(closed["load"] == "4 clients, 200 tokens in and 20 out");
  CHECK(closed["server"]["max_step_tokens"] == 2048);
  CHECK(closed["time_to_first_token_s"]["p95"]["value"] > 0.0);
  CHECK(closed["output_tokens_per_second"]["low"] <= closed["output_tokens_per_second"]["value"]);
  CHECK(closed["goodput_requests_per_second"].is_null());
  const json slow =
      serving_of({"--load", "closed:4", "--lengths", "200/20", "--requests", "40", "--every-step"});
  for (const char* latency : {"time_to_first_token_s", "time_per_output_token_s",
                              "inter_token_latency_s", "end_to_end_s"})
    for (const char* figure : {"mean", "p50", "p90", "p95", "p99"})
      CHECK(slow[latency][figure]["value"].get<double>() ==
            Approx(closed[latency][figure]["value"].get<double>()));
  CHECK(slow["duration_s"]["value"] == closed["duration_s"]["value"]);
  CHECK(slow["steps"] == closed["steps"]);
  // Another seed is another load.
  const auto mean = [](const json& outcome) {
    return outcome["time_to_first_token_s"]["mean"]["value"].get<double>();
  };
  const std::vector<std::string> poisson = {"--load",     "poisson:20", "--lengths", "200/20",
                                            "--requests", "100",        "--seed",    "1"};
  std::vector<std::string> other = poisson;
  other.back() = "2";
  CHECK(serving_of(poisson) == serving_of(poisson));
  CHECK(mean(serving_of(poisson)) != mean(serving_of(other)));
}

TEST_CASE("Without a load nothing is served", "[cli][load]") {
  CHECK(serving_of({}).is_null());
}

TEST_CASE("A load as text, and over that of a file", "[cli][load]") {
  const ProgramResult text =
      run_program(served({"--load", "all", "--requests", "20", "--width", "80"}), utf8);
  REQUIRE(text.status == 0);
  CHECK_THAT(text.output, Contains("Under load"));
  CHECK_THAT(text.output, Contains("first token"));
  CHECK_THAT(text.output, Contains("p99"));
  const TemporaryFolder folder;
  const std::string file = folder.write("served.yaml",
                                        "kind: scenario\nmodel: gemma-2b\n"
                                        "quantization: bf16-safetensors\nsystem: rtx-4090-pc\n"
                                        "engine: vllm\nload:\n  arrivals: closed\n"
                                        "  concurrency: 2\n  lengths: 100/10\n  requests: 12\n");
  const ProgramResult report = run_program(
      {"report", file, "--no-changes", "--load", "poisson:3", "--format", "json"}, utf8);
  INFO(report.errors);
  REQUIRE(report.status == 0);
  const json serving = json::parse(report.output)["serving"];
  CHECK(serving["load"] == "3 requests a second (Poisson), 100 tokens in and 10 out");
  CHECK(serving["requests"] == 12);
}

TEST_CASE("Loads that are none are refused", "[cli][load]") {
  for (const char* load : {"often", "closed", "closed:0", "poisson:fast", "trace:/not/there"}) {
    const ProgramResult result = run_program(served({"--load", load}), utf8);
    INFO(load);
    CHECK(result.status == 2);
    CHECK(result.output.empty());
    CHECK_FALSE(result.errors.empty());
  }
}

}  // namespace

// Offsets from a server's log: a log that the program itself made with known offsets gives them
// back, and the requests that were not looked at are predicted.
#include "fit/serving_fit.h"

#include <cmath>
#include <string>
#include <vector>

#include "catalog/data_fixture.h"
#include "evaluate/prepared_fixture.h"
#include "evaluate/serving_run.h"

namespace plimsoll {
namespace {

// Requests every 0.4 s, of prompts and answers that differ.
std::string recorded_load() {
  std::string text = "arrival,prompt,output\n";
  for (int i = 0; i < 40; ++i)
    text += std::to_string(0.4 * i) + "," + std::to_string(200 + 137 * i % 900) + "," +
            std::to_string(20 + 53 * i % 90) + "\n";
  return text;
}

// A card that adds up products of 16 bits at their full rate: prompts take as long as the matrix
// efficiency says, and requests do not queue.
ScenarioSpec served_on_a6000(const std::string& trace) {
  return spec_of({{"model", "llama-3.1-8b"},
                  {"quantization", "bf16-safetensors"},
                  {"system", "rtx-a6000-pc"},
                  {"engine", "vllm"},
                  {"context", "4096"}},
                 {"load.arrivals=trace", "load.trace=\"" + trace + "\""});
}

// As a server would log it on which these figures are other ones.
std::vector<AnsweredRequest> log_of(const ScenarioSpec& spec, FitTable table,
                                    const std::vector<DataFolders>& data) {
  std::vector<DataFolders> moved = data;
  moved.back().fit = to_yaml(table, {});
  Catalog catalog(moved);
  const auto ready = prepared(spec, catalog);
  Diagnostics diagnostics;
  const ServingRun run(*ready, catalog.roofs(diagnostics), {.intervals = false});
  const double overhead = ready->scenario.engine->serving.request_overhead.value.base();
  const auto seconds = [&](serving::Picoseconds time) {
    return Seconds(static_cast<double>(time) * 1e-12 + overhead);
  };
  std::vector<AnsweredRequest> log;
  for (const serving::RequestTimes& times : run.requests())
    log.push_back({.request = {.arrival = seconds(times.arrival), .output = times.output},
                   .first_token = seconds(times.first_token - times.arrival),
                   .last_token = seconds(times.last_token - times.arrival)});
  return log;
}

const FittedParameter& offset(const ServingFitResult& result, const std::string& key) {
  for (const FittedParameter& each : result.parameters)
    if (each.key == key) return each;
  throw std::logic_error("no offset " + key);
}

TEST_CASE("offsets come back from a log that they made", "[fit]") {
  const DataFixture folder;
  const ScenarioSpec spec = served_on_a6000(folder.write("load.csv", recorded_load()));
  const std::vector<DataFolders> data = {find_data_folders({})};
  FitTable table = *prepared(spec)->scenario.engine->fit;
  auto& figures = table.factors.at("vllm/cuda");
  figures.at("bandwidth:f16").value *= 0.9;
  figures.at("matrix:default").value *= 0.8;
  const auto log = log_of(spec, table, data);

  // Everything but these two stays.
  const ServingFitOptions options{
      .first = 25,
      .fixed = {"device:", "vllm:", "vllm/cuda:attention", "vllm/cuda:gap", "vllm/cuda:prompt",
                "vllm/cuda:step", "vllm/cuda:issue", "vllm/cuda:vector", "vllm/cuda:core",
                "vllm/cuda:half"}};
  const ServingFitResult result = fit_serving(spec, log, data, options);
  REQUIRE(result.parameters.size() == 2);
  CHECK(result.requests == 40);
  CHECK(result.first == 25);
  const auto within_its_range = [&](const std::string& key, double moved) {
    const FittedParameter& found = offset(result, key);
    INFO(key << " " << found.log_shift);
    CHECK(std::abs(found.log_shift - std::log(moved)) < z90 * found.log_sigma);
  };
  within_its_range("vllm/cuda:bandwidth:f16", 0.9);
  within_its_range("vllm/cuda:matrix:default", 0.8);
  // Steps that decode tell the bandwidth; half a per cent of a step is what a residual leaves open.
  CHECK(offset(result, "vllm/cuda:bandwidth:f16").log_shift == Approx(std::log(0.9)).margin(0.02));
  REQUIRE(result.held_out.size() == 3);
  for (const LatencyComparison& each : result.held_out) {
    INFO(each.what);
    // An arrival lies anywhere in a step, of 0.18 s with a prompt in it: the mean of 15 first
    // tokens errs by 0.18 s / sqrt(12) / sqrt(15).
    const double phase = std::string(each.what) == "first token" ? 0.0134 : 0.0;
    CHECK(each.after.mean == Approx(each.measured.mean).epsilon(0.02).margin(phase));
    CHECK(each.after.p95 == Approx(each.measured.p95).epsilon(0.03));
    CHECK(std::abs(each.before.mean / each.measured.mean - 1.0) > 0.04);
  }
  // A catalogue with the table predicts what the fit says.
  const auto again = log_of(spec, result.table, data);
  double mean = 0.0;
  for (std::size_t i = 25; i < again.size(); ++i)
    mean += again[i].last_token.base() / static_cast<double>(again.size() - 25);
  CHECK(mean == Approx(result.held_out.back().after.mean).epsilon(1e-3));
}

TEST_CASE("a log that cannot be fitted to is refused", "[fit]") {
  const DataFixture folder;
  const std::vector<DataFolders> data = {find_data_folders({})};
  const std::string trace = folder.write("load.csv", recorded_load());
  CHECK_THROWS_AS(
      fit_serving(served_on_a6000(trace), std::vector<AnsweredRequest>(40), data, {.first = 40}),
      InputError);
  CHECK_THROWS_AS(fit_serving(served_on_a6000(trace), std::vector<AnsweredRequest>(39), data, {}),
                  InputError);
}

}  // namespace
}  // namespace plimsoll

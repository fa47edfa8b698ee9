// Published speeds as scenarios and back: which figure answers a point, in which unit and scope.
#include "validate/speed_points.h"

#include <cmath>
#include <string>

#include "config/document.h"
#include "evaluate/evaluate.h"
#include "support/catch.h"

namespace plimsoll {
namespace {

Catalog& shipped_catalog() {
  static Catalog catalog(std::vector<DataFolders>{find_data_folders({})});
  return catalog;
}

std::vector<Measurement> measurements_of(const std::string& yaml) {
  Diagnostics diagnostics;
  const Document document = Document::parse(yaml, "points.yaml", diagnostics);
  std::vector<Measurement> measurements = read_measurements(document.root(), diagnostics);
  REQUIRE(diagnostics.empty());
  return measurements;
}

const std::string llama_bench =
    "hardware: {device: NVIDIA GeForce RTX 4090, count: 1, memory_gb: 24}, model: Llama-3-8B, "
    "quant: Q4_K_M, engine: llama.cpp, backend: CUDA, batch: 1";

SpeedPoint predicted(const std::string& fields) {
  return predict_speed(measurements_of("- {" + fields + "}\n").front(), shipped_catalog());
}

TEST_CASE("a predicted speed does not look at the value of its point", "[validate][speed]") {
  const std::string fields = "id: a-1, metric: decode_tps, gen_tokens: 128, " + llama_bench;
  const SpeedPoint slow = predicted(fields + ", value: 0.001");
  const SpeedPoint fast = predicted(fields + ", value: 1e6");
  REQUIRE(slow.status == ValidationStatus::ok);
  CHECK(slow.predicted == fast.predicted);
  CHECK(slow.measured == 0.001);
}

TEST_CASE("a prediction is what report says of the point's scenario", "[validate][speed]") {
  const std::vector<Measurement> points = measurements_of(
      "- {id: a-1, metric: decode_tps, gen_tokens: 128, value: 1, " + llama_bench +
      "}\n- {id: a-2, metric: prefill_tps, prompt_tokens: 512, value: 1, " + llama_bench + "}\n");
  for (const Measurement& m : points) {
    const MeasuredScenario scenario = scenario_of(m, shipped_catalog());
    REQUIRE(scenario.spec);
    const Outcome outcome = evaluate(*scenario.spec, shipped_catalog()).outcome;
    const Estimate& figure = m.metric == "decode_tps" ? *outcome.decode_tokens_per_second
                                                      : *outcome.prefill_tokens_per_second;
    CHECK(predict_speed(m, shipped_catalog()).predicted->value == Approx(figure.value));
  }
}

Outcome outcome_of_a_batch() {
  Outcome outcome;
  outcome.facts.batch = 4;
  outcome.facts.generate = 100;
  outcome.decode_tokens_per_second = Estimate{50, 40, 60};
  outcome.throughput_tokens_per_second = Estimate{200, 160, 240};
  outcome.prefill_tokens_per_second = Estimate{1000, 900, 1200};
  outcome.time_to_first_token_s = Estimate{0.5, 0.4, 0.6};
  outcome.total_time_s = Estimate{2.5, 2.0, 4.0};
  ServingOutcome serving;
  serving.first_token.mean = {3, 2, 4};
  serving.first_token.p50 = {1, 1, 1};
  serving.output_token.mean = {0.02, 0.01, 0.04};
  serving.output_tokens_per_second = {900, 800, 1000};
  outcome.serving = serving;
  return outcome;
}

Estimate read_as(MeasuredFigure figure, double factor = 1.0,
                 MeasuredStatistic statistic = MeasuredStatistic::mean) {
  const MeasuredScenario scenario{
      .spec = ScenarioSpec(),
      .reading = {.figure = figure, .statistic = statistic, .factor = factor},
      .assumed = {},
      .reason = {},
      .why_not = {}};
  return *predicted_speed(scenario, outcome_of_a_batch());
}

void check_estimate(const Estimate& actual, const Estimate& expected) {
  CHECK(actual.value == Approx(expected.value));
  CHECK(actual.low == Approx(expected.low));
  CHECK(actual.high == Approx(expected.high));
}

TEST_CASE("every figure is read off the outcome in the unit of the point", "[validate][speed]") {
  check_estimate(read_as(MeasuredFigure::decode_rate, 4.0), {200, 160, 240});
  check_estimate(read_as(MeasuredFigure::prefill_rate), {1000, 900, 1200});
  // 4 sequences of 100 tokens in 2.5 s.
  check_estimate(read_as(MeasuredFigure::run_throughput), {160, 100, 200});
  check_estimate(read_as(MeasuredFigure::time_to_first_token), {0.5, 0.4, 0.6});
  check_estimate(read_as(MeasuredFigure::step_time, 1000.0), {20, 1000.0 / 60, 25});
  check_estimate(read_as(MeasuredFigure::served_throughput, 1.0 / 8), {112.5, 100, 125});
  check_estimate(read_as(MeasuredFigure::served_first_token), {3, 2, 4});
  check_estimate(read_as(MeasuredFigure::served_first_token, 1.0, MeasuredStatistic::median),
                 {1, 1, 1});
  check_estimate(read_as(MeasuredFigure::served_between_tokens, 1000.0), {20, 10, 40});
}

TEST_CASE("what a source leaves open widens the interval", "[validate][speed]") {
  MeasuredScenario scenario;
  scenario.reading.figure = MeasuredFigure::time_to_first_token;
  const Outcome outcome = outcome_of_a_batch();
  check_estimate(*predicted_speed(scenario, outcome), {0.5, 0.4, 0.6});
  scenario.assumed = {{.what = "the quantization", .log_sigma = 0.3},
                      {.what = "the lengths", .log_sigma = 0.4}};
  // Independent deviations of logarithms add in squares: 0.3 and 0.4 make 0.5.
  const double wide = std::exp(std::hypot(std::log(0.6 / 0.5), z90 * 0.5));
  CHECK(predicted_speed(scenario, outcome)->value == Approx(0.5));
  CHECK(predicted_speed(scenario, outcome)->high == Approx(0.5 * wide));
}

TEST_CASE("an outcome that does not say what was measured predicts nothing", "[validate][speed]") {
  MeasuredScenario scenario;
  scenario.reading.figure = MeasuredFigure::served_throughput;
  CHECK_FALSE(predicted_speed(scenario, Outcome()));
  scenario.reading.figure = MeasuredFigure::decode_rate;
  CHECK_FALSE(predicted_speed(scenario, Outcome()));
}

TEST_CASE("points without a prediction say why", "[validate][speed]") {
  const std::string rest = ", metric: decode_tps, gen_tokens: 128, value: 1, ";
  const SpeedPoint part = predicted("id: a-1, metric: micro, value: -3");
  CHECK(part.status == ValidationStatus::unsupported);
  CHECK(part.reason == "micro");
  const SpeedPoint unknown = predicted(
      "id: a-2, model: nothing-of-that-name, metric: decode_tps, value: 1, quant: Q4_0, "
      "engine: llama.cpp, hardware: {device: NVIDIA GeForce RTX 4090}");
  CHECK(unknown.status == ValidationStatus::unresolved);
  CHECK_FALSE(unknown.predicted);
  CHECK_THAT(unknown.why, Catch::Contains("nothing-of-that-name"));
  const SpeedPoint doubtful = predicted("id: a-3, flags: [suspect]" + rest + llama_bench);
  CHECK(doubtful.status == ValidationStatus::suspect);
  CHECK(doubtful.predicted);
}

TEST_CASE("many points at once are predicted as each by itself, on any number of threads",
          "[validate][speed]") {
  std::string yaml;
  int id = 0;
  for (const char* work :
       {"metric: decode_tps, gen_tokens: 128", "metric: micro",
        "metric: prefill_tps, prompt_tokens: 512", "metric: decode_tps, gen_tokens: 128"})
    yaml += "- {id: a-" + std::to_string(++id) + ", value: 1, " + work + ", " + llama_bench + "}\n";
  const std::vector<Measurement> points = measurements_of(yaml);
  const std::vector<DataFolders> data = {find_data_folders({})};
  for (const int threads : {1, 3}) {
    const std::vector<SpeedPoint> together = predict_speeds(points, data, {.threads = threads});
    REQUIRE(together.size() == points.size());
    for (std::size_t i = 0; i < points.size(); ++i) {
      const SpeedPoint alone = predict_speed(points[i], shipped_catalog());
      CHECK(together[i].id == alone.id);
      CHECK(together[i].status == alone.status);
      CHECK(together[i].predicted == alone.predicted);
      CHECK(together[i].device == alone.device);
    }
  }
}

}  // namespace
}  // namespace plimsoll

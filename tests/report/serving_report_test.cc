// The block about a served load, in text, Markdown and JSON.
#include "report/serving_report.h"

#include <nlohmann/json.hpp>
#include <sstream>
#include <string>

#include "report/characters.h"
#include "report/report_json.h"
#include "report/report_markdown.h"
#include "report/report_text.h"
#include "support/catch.h"

using namespace plimsoll;
using Catch::Contains;
using nlohmann::json;

namespace {

LatencyFigures latencies(double scale) {
  const auto figure = [scale](double value) {
    return Estimate{.value = value * scale, .low = value * scale / 2, .high = value * scale * 2};
  };
  return {.mean = figure(1.0),
          .p50 = figure(0.9),
          .p90 = figure(2.0),
          .p95 = figure(3.0),
          .p99 = figure(4.0)};
}

Outcome served_outcome() {
  ServingOutcome serving;
  serving.load = "10 requests a second (Poisson), 1136 tokens in and 212 out";
  serving.requests = 1000;
  serving.refused = 2;
  serving.replicas = 2;
  serving.devices = 4;
  serving.first_token = latencies(0.1);
  serving.output_token = latencies(0.02);
  serving.token_gap = latencies(0.015);
  serving.end_to_end = latencies(5.0);
  serving.duration_s = Estimate::exact(100.0);
  serving.requests_per_second = {9.8, 8.0, 10.0};
  serving.output_tokens_per_second = {2000.0, 1500.0, 2100.0};
  serving.total_tokens_per_second = {13000.0, 10000.0, 14000.0};
  serving.output_tokens_per_second_and_device = {500.0, 375.0, 525.0};
  serving.goodput_requests_per_second = Estimate{9.0, 1.0, 10.0};
  serving.within_targets = 0.92;
  serving.busy = 0.75;
  serving.mean_running = 12.5;
  serving.cache_mean = 0.25;
  serving.cache_peak = 0.5;
  serving.preemptions = 3;
  serving.step_s = Estimate::exact(0.018);
  serving.max_sequences = 256;
  serving.max_step_tokens = 8192;
  serving.cache_tokens = 450'000;
  Outcome outcome;
  outcome.serving = serving;
  return outcome;
}

}  // namespace

TEST_CASE("A load is a block of the report at any width", "[report][serving]") {
  for (const int width : {80, 140}) {
    const std::string text =
        report_text(served_outcome(), {.width = width, .colour = false, .unicode = true});
    CHECK_THAT(text, Contains("Under load"));
    CHECK_THAT(text, Contains("1,000 requests: 10 requests a second (Poisson)"));
    CHECK_THAT(text, Contains("100 ms"));
    CHECK_THAT(text, Contains("50 … 200"));
    CHECK_THAT(text, Contains("92.0 % of the requests"));
    CHECK_THAT(text, Contains("preemptions"));
    CHECK_THAT(text, Contains("2 requests refused"));
    std::istringstream lines(text);
    for (std::string line; std::getline(lines, line);) CHECK(terminal_columns(line) <= width);
  }
}

TEST_CASE("A load in JSON keeps every figure", "[report][serving]") {
  const json serving = json::parse(report_json(served_outcome()))["serving"];
  CHECK(serving["requests"] == 1000);
  CHECK(serving["window"] == "whole run");
  CHECK(serving["time_to_first_token_s"]["p95"]["value"].get<double>() == Approx(0.3));
  CHECK(serving["inter_token_latency_s"]["mean"]["high"].get<double>() == Approx(0.03));
  CHECK(serving["end_to_end_s"]["p99"]["low"].get<double>() == Approx(10.0));
  CHECK(serving["output_tokens_per_second_per_device"]["value"] == 500.0);
  CHECK(serving["server"]["cache_tokens"] == 450'000);
  CHECK(serving["within_targets"] == 0.92);
  CHECK(json::parse(report_json(Outcome()))["serving"].is_null());
}

TEST_CASE("The highest rate is a row, and a sentence says what holds it", "[report][serving]") {
  Outcome outcome = served_outcome();
  CHECK(json::parse(report_json(outcome))["serving"]["highest_rate"].is_null());
  outcome.serving->highest_rate = HighestRateOutcome{
      .requests_per_second = {10.0, 8.0, 12.0}, .share = 0.95, .binding = "TPOT"};
  const auto text = [&] {
    return report_text(outcome, {.width = 120, .colour = false, .unicode = true});
  };
  CHECK_THAT(text(), Contains("highest rate within the targets"));
  CHECK_THAT(text(),
             Contains("fewer than 95.0 % of the requests would be within the target of TPOT"));
  const json rate = json::parse(report_json(outcome))["serving"]["highest_rate"];
  CHECK(rate["requests_per_second"]["low"] == 8.0);
  CHECK(rate["share"] == 0.95);
  CHECK(rate["binding"] == "TPOT");
  outcome.serving->highest_rate->none = true;
  CHECK_THAT(text(), Contains("No rate is low enough"));
  outcome.serving->highest_rate->none = false;
  outcome.serving->highest_rate->unlimited = true;
  CHECK_THAT(text(), Contains("All requests at once are within the targets"));
}

TEST_CASE("A load in Markdown is two tables", "[report][serving]") {
  const std::string page = report_markdown(served_outcome());
  CHECK_THAT(page, Contains("## Under load"));
  CHECK_THAT(page, Contains("| TTFT |"));
  CHECK_THAT(page, Contains("goodput"));
}

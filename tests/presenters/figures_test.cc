#include "presenters/figures.h"

#include <cmath>

#include "evaluate/evaluate.h"
#include "support/catch.h"

using namespace plimsoll;
using namespace plimsoll::gui;

namespace {

Outcome running() {
  Outcome outcome{.verdict = Verdict::fits};
  outcome.decode_tokens_per_second = {.value = 50.0, .low = 25.0, .high = 100.0};
  outcome.time_to_first_token_s = {.value = 2.0, .low = 1.8, .high = 2.2};
  outcome.price_usd = Estimate::exact(1999.0);
  outcome.claim_checks = {"faster than the memory allows"};
  outcome.notes = {"a note"};
  return outcome;
}

}  // namespace

TEST_CASE("figures are the report's, with their estimates", "[figures]") {
  const Outcome outcome = running();
  const AnswerFigures figures = answer_figures(outcome);
  REQUIRE(figures.rows.size() == speed_rows(outcome).size());
  CHECK(with_interval(figures.rows.front().figure) ==
        with_interval(rate_text(*outcome.decode_tokens_per_second)));
  CHECK(figures.rows.front().estimate == *outcome.decode_tokens_per_second);
  CHECK(figures.verdict.word == verdict_text(outcome).word);
  CHECK(figures.tone == AnswerTone::good);
  CHECK(figures.notes == std::vector<std::string>{"faster than the memory allows", "a note"});
}

TEST_CASE("the speed is held against reading", "[figures]") {
  const auto words = [](double low, double high) {
    return reading_text({.value = std::sqrt(low * high), .low = low, .high = high});
  };
  CHECK(words(reading_speed * 2, reading_speed * 3).starts_with("faster"));
  CHECK(words(reading_speed / 3, reading_speed / 2).starts_with("slower"));
  CHECK(words(reading_speed / 2, reading_speed * 2).starts_with("about as fast"));
}

TEST_CASE("intervals share one logarithmic axis around their values", "[figures]") {
  const std::vector<SpeedRow> rows = answer_figures(running()).rows;
  // 25 … 50 … 100 is the widest: a factor of two either way.
  CHECK(widest_factor(rows) == Approx(2.0));
  const IntervalEnds widest = interval_ends(rows[0].estimate, 2.0);
  CHECK(widest.low == Approx(-1.0));
  CHECK(widest.high == Approx(1.0));
  const IntervalEnds narrow =
      interval_ends({.value = 1.0, .low = 1.0 / std::sqrt(2.0), .high = std::sqrt(2.0)}, 2.0);
  CHECK(narrow.low == Approx(-0.5));
  CHECK(narrow.high == Approx(0.5));
  const IntervalEnds exact = interval_ends(Estimate::exact(3.0), 2.0);
  CHECK(exact.low == 0.0);
  CHECK(exact.high == 0.0);
  CHECK(widest_factor({}) == 1.0);
}

TEST_CASE("costs a month that are known are figures", "[figures]") {
  Outcome outcome = running();
  outcome.costs = MonthlyCosts{};
  outcome.costs->ways = {
      {.way = "rent", .what = "1x card", .usd_per_month = Estimate{500.0, 400.0, 600.0}},
      {.way = "API", .what = "somewhere", .usd_per_month = std::nullopt, .why_not = "no price"}};
  const AnswerFigures figures = answer_figures(outcome);
  REQUIRE(figures.costs.size() == 1);
  CHECK(figures.costs[0].what == "a month, rent: 1x card");
  CHECK(figures.costs[0].figure.value == price_text({500.0, 400.0, 600.0}).value);
}

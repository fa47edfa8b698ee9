// Owning. The worked checks are of a desk machine of 4,000 USD that draws 140 W at 20 tokens a
// second: doc/money.md, "Checks".
#include <cmath>
#include <stdexcept>

#include "small_book.h"

namespace plimsoll::money {
namespace {

constexpr Estimate exact(double value) {
  return Estimate::exact(value);
}

TEST_CASE("worked checks of cost per million tokens", "[money]") {
  // 140 W at 20 tokens/s are 7 J/token: 0.2778 x 7 x 0.30 = 0.58 USD.
  CHECK(electricity_usd_per_million_tokens(exact(7.0), exact(0.30), exact(1.0)).value ==
        Approx(0.5833).margin(5e-5));
  // 4,000 USD over four years (1.262e8 s), a quarter of the time at 20 tokens/s: 6.34 USD.
  CHECK(capital_usd_per_million_tokens(exact(4000), 4.0, 0.25, exact(20)).value ==
        Approx(6.34).margin(0.005));
  // 2.70 USD/h at 1,500 tokens/s: 0.50 USD.
  CHECK(rent_usd_per_million_tokens(exact(2.7), exact(1500)).value == Approx(0.50));
}

TEST_CASE("a machine that is idle for nothing costs capital and energy per token", "[money]") {
  const ServiceRate rate = rate_of(1000, 20);
  const MonthlyLoad load = load_at(rate, 1, 0.25);
  const PowerDraw power{.load = exact(140), .idle = exact(0.0)};
  const auto cost = cost_of_owning(costing(4000), 1, power, plain_terms(), load, rate);
  REQUIRE(cost);
  CHECK(cost->utilisation.value == Approx(0.25));
  CHECK(load.output == Approx(0.25 * 730.5 * 3600 * 20));
  // 6.34 + 0.58 as above.
  CHECK(cost->usd_per_million_output_tokens->value == Approx(6.3376 + 0.5833).margin(1e-3));
  CHECK(cost->depreciation_usd_per_month.value == Approx(4000.0 / 48));
  CHECK(cost->kwh_per_month.value == Approx(0.140 * 730.5 / 4));
  CHECK(cost->usd_per_hour.value == Approx(cost->usd_per_month.value / 730.5));
  CHECK(cost->notes.empty());
}

TEST_CASE("idle hours, overhead, power supply, spares and residual value", "[money]") {
  OwnTerms terms = plain_terms();
  terms.pue = plain("PUE", 1.5);
  terms.replacements = plain("replacements", 0.06);
  terms.residual_share = 0.25;
  const ServiceRate rate = rate_of(1000, 20);
  const PowerDraw power{.load = exact(400), .idle = exact(100), .at_wall = false};
  const auto cost = cost_of_owning(costing(8000), 2, power, terms, load_at(rate, 2, 0.5), rate);
  REQUIRE(cost);
  // Two machines: 50 + 50 % of 100 and 400 W are 500 W together, over 0.8 and times 1.5.
  CHECK(cost->kwh_per_month.value == Approx(0.5 / 0.8 * 1.5 * 730.5));
  CHECK(cost->electricity_usd_per_month.value == Approx(0.5 / 0.8 * 1.5 * 730.5 * 0.30));
  CHECK(cost->purchase_usd.value == 16000.0);
  CHECK(cost->depreciation_usd_per_month.value == Approx(16000 * 0.75 / 48));
  CHECK(cost->upkeep_usd_per_month.value == Approx(16000 * 0.06 / 12));
  CHECK(cost->usd_per_month.value ==
        Approx(cost->depreciation_usd_per_month.value + cost->electricity_usd_per_month.value +
               cost->upkeep_usd_per_month.value));
  CHECK(cost->cash.upfront.median() == Approx(16000));
  CHECK(cost->cash.per_month.median() ==
        Approx(cost->electricity_usd_per_month.value + cost->upkeep_usd_per_month.value));
  CHECK(*cost->cash.life_months == Approx(48));
}

TEST_CASE("an unknown idle power is charged as if busy, and said", "[money]") {
  const ServiceRate rate = rate_of(1000, 20);
  const PowerDraw power{.load = exact(140), .idle = {}};
  const auto cost =
      cost_of_owning(costing(4000), 1, power, plain_terms(), load_at(rate, 1, 0.1), rate);
  REQUIRE(cost);
  CHECK(cost->kwh_per_month.value == Approx(0.140 * 730.5));
  REQUIRE(cost->notes.size() == 1);
  CHECK(cost->notes[0] == "the idle power of box is not known: it is charged as if busy all month");
}

TEST_CASE("uncertain inputs combine", "[money]") {
  const ServiceRate rate = rate_of(1000, 20);
  Purchase purchase = costing(4000);
  purchase.whole->value = {4000, 2000, 8000};
  const PowerDraw power{.load = exact(1e-9), .idle = {}};
  const auto cost = cost_of_owning(purchase, 1, power, plain_terms(), load_at(rate, 1, 0.1), rate);
  REQUIRE(cost);
  // Nothing but the purchase weighs: the interval keeps its factor of two.
  CHECK(cost->usd_per_month.high / cost->usd_per_month.value == Approx(2.0).epsilon(1e-6));
  CHECK(cost->usd_per_month.value / cost->usd_per_month.low == Approx(2.0).epsilon(1e-6));
}

TEST_CASE("what is not known is said and never zero", "[money]") {
  const ServiceRate rate = rate_of(1000, 20);
  const MonthlyLoad load = load_at(rate, 1, 0.5);
  const PowerDraw power{.load = exact(140), .idle = {}};
  Purchase unknown{.id = "box", .whole = {}, .parts = {}, .unpriced = {"the rest of the machine"}};
  CHECK_FALSE(unknown.at_least());
  auto cost = cost_of_owning(unknown, 1, power, plain_terms(), load, rate);
  CHECK_FALSE(cost);
  CHECK(cost.why_not == "no price of box is known");

  unknown.parts = {plain("2x card", 3000.0), plain("cpu", 500.0)};
  CHECK(unknown.at_least()->value == 3500.0);
  CHECK(cost_of_owning(unknown, 1, power, plain_terms(), load, rate).why_not ==
        "no price of box is known; 2x card, cpu alone cost $3,500, and there is no price of the "
        "rest of the machine");

  cost = cost_of_owning(costing(4000), 1, std::nullopt, plain_terms(), load, rate);
  CHECK(cost.why_not == "no power of box is known");
}

TEST_CASE("a load beyond the machines is refused with the number", "[money]") {
  const ServiceRate rate = rate_of(1000, 20);
  const MonthlyLoad load = load_at(rate, 2, 0.85);
  const PowerDraw power{.load = exact(140), .idle = {}};
  CHECK(machines_for(load, rate) == 2);
  CHECK(machines_for(load, rate, 0.5) == 4);  // 1.7 / 0.5
  CHECK(cost_of_owning(costing(1), 1, power, plain_terms(), load, rate).why_not ==
        "the load keeps 1.7 machines of this kind busy, and there is 1");
  CHECK(cost_of_owning(costing(1), 2, power, plain_terms(), load, rate));
  CHECK(cost_of_owning(costing(1), 1, power, plain_terms(), load_at(rate, 1, 1.0, 3.0), rate));
}

TEST_CASE("the load of users", "[money]") {
  // 10 users x 20 requests x 30 days = 6,000 requests.
  const MonthlyLoad load = load_of_users(10, 20, 1000, 200, 0.5, 30);
  CHECK(load.input == Approx(6e6));
  CHECK(load.cached == Approx(3e6));
  CHECK(load.output == Approx(1.2e6));
  CHECK(load.longest_prompt == 1000);
  // Half of the input is prefilled at 1,000 tokens/s, all output comes at 100.
  CHECK(busy_seconds(load, rate_of(1000, 100), "box").median() == Approx(3000 + 12000));
  CHECK_THROWS_AS(busy_seconds({.input = 1, .cached = 2}, rate_of(1, 1), "box"),
                  std::invalid_argument);
}

TEST_CASE("a load for a utilisation with input", "[money]") {
  // A token out takes 1/100 s and its four in 4/1000 s.
  const MonthlyLoad load = load_at(rate_of(1000, 100), 3, 0.2, 4.0);
  CHECK(load.output == Approx(3 * 0.2 * 730.5 * 3600 / 0.014));
  CHECK(busy_seconds(load, rate_of(1000, 100), "box").median() == Approx(3 * 0.2 * 730.5 * 3600));
}

PriceBook small_book() {
  PriceBook book;
  book.electricity["us"] = {
      .id = "us",
      .name = "United States",
      .prices = {{ElectricityClass::residential, exactly(usd_per_kwh(0.20))}}};
  book.overheads.pue = {{"home", exactly(1.0)}, {"colocation", exactly(1.5)}};
  book.overheads.psu_efficiency = exactly(0.9);
  book.overheads.depreciation_years = {{"default", exactly(6.0)}};
  book.failures.classes["desk"] = {
      .id = "desk", .name = "Desk", .events = {}, .replacements = exactly(0.03)};
  return book;
}

TEST_CASE("terms come from the catalogue with date and source", "[money]") {
  const auto terms = own_terms(small_book());
  REQUIRE(terms);
  CHECK(terms->electricity.value.value == Approx(0.20));
  CHECK(terms->electricity.unit == "USD/kWh");
  CHECK(terms->electricity.date == "2026-05");
  CHECK(terms->electricity.source == "S");
  CHECK(terms->pue.value.value == 1.0);
  CHECK(terms->life_years.value.value == 6.0);
  CHECK(terms->replacements.value.value == 0.03);
  CHECK(own_terms(small_book(), {.life_years = 3.0})->life_years.value == Estimate::exact(3.0));
}

TEST_CASE("terms that the catalogue lacks are all named", "[money]") {
  const auto terms = own_terms(small_book(), {.region = "atlantis",
                                              .site = Site::hyperscale,
                                              .upkeep = Upkeep::data_centre,
                                              .life_years = {}});
  CHECK_FALSE(terms);
  CHECK(terms.why_not ==
        "no electricity price of region 'atlantis' is known (known: us); no PUE 'hyperscale' is "
        "known; no replacement rate 'data-centre-gpu' is known");
  CHECK(own_terms(small_book(), {.tariff = ElectricityClass::industrial}).why_not ==
        "no industrial electricity price of region 'us' is known (known: residential)");
}

}  // namespace
}  // namespace plimsoll::money

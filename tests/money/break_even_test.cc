#include <cmath>
#include <optional>
#include <stdexcept>

#include "small_book.h"
// after Catch2
#include <rapidcheck/catch.h>

namespace plimsoll::money {
namespace {

const Date start{.year = 2026, .month = 11};

double normal_share_below(double z) {
  return 0.5 * std::erfc(-z / std::sqrt(2.0));
}

CashFlow owning(const Amount& price, const Amount& running, double life_months) {
  return {.name = "owning", .upfront = price, .per_month = running, .life_months = life_months};
}
CashFlow renting(const Amount& per_month) {
  return {.name = "renting", .upfront = {}, .per_month = per_month, .life_months = {}};
}

TEST_CASE("hand-solved: 12,000 USD and 100 a month against 1,100 a month", "[money]") {
  // 12,000 / (1,100 - 100) = 12 months, without uncertainty in every draw.
  const BreakEven result = break_even(owning(12000.0, 100.0, 48), renting(1100.0), start);
  CHECK(*result.months == Approx(12));
  CHECK(*result.low == Approx(12));
  CHECK(*result.high == Approx(12));
  CHECK(result.chance == 1.0);
  CHECK(*result.date == Date{2027, 11, 0});
  CHECK(result.reason.empty());
}

TEST_CASE("never: running costs as high as the rent", "[money]") {
  const BreakEven result = break_even(owning(12000.0, 1100.0, 48), renting(1100.0), start);
  CHECK_FALSE(result.months);
  CHECK_FALSE(result.low);
  CHECK_FALSE(result.high);
  CHECK_FALSE(result.date);
  CHECK(result.chance == 0.0);
  CHECK(result.reason == "owning runs at $1,100 a month, not below the $1,100 a month of renting");
}

TEST_CASE("never: the machine is worn out before", "[money]") {
  const BreakEven result = break_even(owning(12000.0, 100.0, 10), renting(1100.0), start);
  CHECK_FALSE(result.months);
  CHECK(result.reason ==
        "owning would take 12 months to pay back, longer than the 10 months of its life");
}

TEST_CASE("at once: nothing to pay back", "[money]") {
  CHECK(*break_even(owning({}, 2000.0, 10), renting(1100.0), start).months == 0.0);
  CHECK(*break_even(owning({}, 2000.0, 10), renting(1100.0), start).date == start);
}

TEST_CASE("an uncertain purchase price gives its own interval", "[money]") {
  // T = P / 1,000 is as log-normal as P: 12.6 months, a third less or half as much again.
  const Factor price{.name = "price", .median = 12600, .log_sigma = std::log(1.5) / z90};
  const BreakEven result = break_even(owning(price, 100.0, 48), renting(1100.0), start);
  CHECK(*result.months == Approx(12.6));
  CHECK(*result.low == Approx(8.4).epsilon(0.001));
  CHECK(*result.high == Approx(18.9).epsilon(0.001));
  CHECK(*result.earliest == Date{2027, 7, 0});
  CHECK(*result.latest == Date{2028, 5, 0});
  CHECK(result.chance ==
        Approx(normal_share_below(std::log(48 / 12.6) / price.log_sigma)).margin(2e-4));
}

TEST_CASE("an uncertain rent: the unlucky end is never", "[money]") {
  // T <= 48 when the rent is at least 100 + 12,000 / 48 = 350; T = 12,000 / (rent - 100).
  const Factor rent{.name = "rent", .median = 500, .log_sigma = 0.4};
  const BreakEven result = break_even(owning(12000.0, 100.0, 48), renting(rent), start);
  CHECK(*result.months == Approx(30));
  const double high_rent = 500 * std::exp(z90 * 0.4);
  CHECK(*result.low == Approx(12000 / (high_rent - 100)).epsilon(0.002));
  CHECK_FALSE(result.high);
  CHECK_FALSE(result.latest);
  // In the hypercube the share is right to one stratum.
  CHECK(result.chance == Approx(normal_share_below(std::log(500.0 / 350) / 0.4)).margin(2e-4));
}

TEST_CASE("never at the medians and yet possible", "[money]") {
  const Factor rent{.name = "rent", .median = 300, .log_sigma = 0.4};
  const BreakEven result = break_even(owning(12000.0, 100.0, 48), renting(rent), start);
  CHECK_FALSE(result.months);
  CHECK(result.low);
  CHECK_FALSE(result.high);
  CHECK(result.reason ==
        "owning would take 60 months to pay back, longer than the 48 months of its life");
}

TEST_CASE("what both sides share does not widen the interval", "[money]") {
  // Both pay the same uncertain electricity on top: the saving is 1,000 in every draw.
  const Factor electricity{.name = "electricity", .median = 300, .log_sigma = 0.5};
  const BreakEven result =
      break_even(owning(12000.0, electricity, 48), renting(Amount(electricity) + 1000.0), start);
  CHECK(*result.low == Approx(12));
  CHECK(*result.high == Approx(12));
}

TEST_CASE("two independent factors against an integral", "[money]") {
  // P(T <= t) = P(price <= rent t) for running costs of zero: the difference of the logarithms is
  // normal with sigma hypot(0.3, 0.4) = 0.5, so that T is log-normal around 10 months.
  const Factor price{.name = "price", .median = 10000, .log_sigma = 0.3};
  const Factor rent{.name = "rent", .median = 1000, .log_sigma = 0.4};
  const BreakEven result = break_even(owning(price, {}, 1000), renting(rent), start);
  CHECK(*result.low == Approx(10 * std::exp(-z90 * 0.5)).epsilon(0.02));
  CHECK(*result.high == Approx(10 * std::exp(z90 * 0.5)).epsilon(0.02));
}

double or_never(const std::optional<double>& months) {
  return months.value_or(std::numeric_limits<double>::infinity());
}

bool no_earlier(const BreakEven& a, const BreakEven& b) {
  return or_never(a.months) >= or_never(b.months) && or_never(a.low) >= or_never(b.low) &&
         or_never(a.high) >= or_never(b.high) && a.chance <= b.chance;
}

TEST_CASE("dearer machines pay back later, dearer rent earlier", "[money]") {
  rc::prop("monotone in every price, at every quantile", [] {
    const auto positive = [](const char* name, int most) {
      return Factor{.name = name,
                    .median = *rc::gen::inRange(1, most) * 1.0,
                    .log_sigma = *rc::gen::inRange(0, 60) / 100.0};
    };
    const Factor price = positive("price", 50000);
    const Factor running = positive("running", 1000);
    const Factor rent = positive("rent", 3000);
    const double life = *rc::gen::inRange(6, 120);
    const double more = 1.0 + *rc::gen::inRange(1, 100) / 100.0;
    const BreakEven base = break_even(owning(price, running, life), renting(rent), start);
    RC_ASSERT(no_earlier(
        break_even(owning(Amount(price) * more, running, life), renting(rent), start), base));
    RC_ASSERT(no_earlier(
        break_even(owning(price, Amount(running) * more, life), renting(rent), start), base));
    RC_ASSERT(no_earlier(
        base, break_even(owning(price, running, life), renting(Amount(rent) * more), start)));
    RC_ASSERT(
        no_earlier(base, break_even(owning(price, running, life * more), renting(rent), start)));
    RC_ASSERT(or_never(base.low) <= or_never(base.high));
  });
}

TEST_CASE("months of the calendar", "[money]") {
  CHECK(months_after({2026, 11, 20}, 0.99) == Date{2026, 11, 0});
  CHECK(months_after({2026, 11, 0}, 1) == Date{2026, 12, 0});
  CHECK(months_after({2026, 11, 0}, 2.5) == Date{2027, 1, 0});
  CHECK(months_after({2026, 0, 0}, 25) == Date{2028, 2, 0});
  CHECK_THROWS_AS(months_after(start, -1.0), std::invalid_argument);
  CHECK_THROWS_AS(months_after(start, NAN), std::invalid_argument);
}

Answer<OwnCost> own_at(const Amount& monthly) {
  OwnCost cost;
  cost.monthly = monthly;
  cost.cash = owning(1000.0, 10.0, 48);
  return Answer<OwnCost>::known(cost);
}
Answer<RentCost> rent_at(const Amount& monthly) {
  RentCost cost;
  cost.monthly = monthly;
  cost.cash = renting(monthly);
  return Answer<RentCost>::known(cost);
}

TEST_CASE("the cheapest way and how sure that is", "[money]") {
  // P(rent < 100) for a rent of median 120 and sigma 0.2.
  const Factor rent{.name = "rent", .median = 120, .log_sigma = 0.2};
  const Comparison result =
      compare(own_at(100.0), rent_at(rent), Answer<ApiCost>::unknown("not sold"), start);
  CHECK(*result.cheapest == WayToPay::own);
  CHECK(result.chance_cheapest == Approx(normal_share_below(std::log(1.2) / 0.2)).margin(2e-4));
  CHECK(result.own_against_rent);
  CHECK_FALSE(result.own_against_api);
  CHECK(result.api.why_not == "not sold");
}

TEST_CASE("nothing is known, or one way only", "[money]") {
  const auto no_own = Answer<OwnCost>::unknown("x");
  const auto no_rent = Answer<RentCost>::unknown("y");
  const auto no_api = Answer<ApiCost>::unknown("z");
  CHECK_FALSE(compare(no_own, no_rent, no_api, start).cheapest);
  const Comparison one = compare(no_own, rent_at(5.0), no_api, start);
  CHECK(*one.cheapest == WayToPay::rent);
  CHECK(one.chance_cheapest == 1.0);
  CHECK_FALSE(one.own_against_rent);
}

}  // namespace
}  // namespace plimsoll::money

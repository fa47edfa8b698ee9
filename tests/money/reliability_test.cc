#include "money/reliability.h"

#include <cmath>
#include <stdexcept>

#include "small_book.h"
// after Catch2
#include <rapidcheck/catch.h>

namespace plimsoll::money {
namespace {

// Sums over all outcomes of `units` coins; for small numbers.
double by_enumeration(int needed, int units, double a) {
  double sum = 0.0;
  for (unsigned up = 0; up < (1U << units); ++up) {
    const int count = __builtin_popcount(up);
    if (count >= needed) sum += std::pow(a, count) * std::pow(1.0 - a, units - count);
  }
  return sum;
}

TEST_CASE("worked check: a job on eight hosts for a day", "[money]") {
  // 1.4 events per host-year: exp(-8 x 1.4 / 365) = 0.970.
  CHECK(survival(8, 1.4, 24.0) == Approx(0.970).margin(5e-4));
  CHECK(survival(8, 0.0, 24.0) == 1.0);
}

TEST_CASE("worked check: spares for 64 units of availability 0.995", "[money]") {
  const double expected[] = {0.726, 0.958, 0.9955, 0.9996, 0.99997};
  const double last_digit[] = {5e-4, 5e-4, 5e-5, 5e-5, 5e-6};
  for (int spares = 0; spares < 5; ++spares) {
    CAPTURE(spares);
    CHECK(at_least_up(64, 64 + spares, 0.995) ==
          Approx(expected[spares]).margin(last_digit[spares]));
  }
  CHECK(*spares_for(64, 0.995, 0.7) == 0);
  CHECK(*spares_for(64, 0.995, 0.95) == 1);
  CHECK(*spares_for(64, 0.995, 0.99) == 2);
  CHECK(*spares_for(64, 0.995, 0.999) == 3);
  CHECK(*spares_for(64, 0.995, 0.9999) == 4);
}

TEST_CASE("binomial sums against all outcomes", "[money]") {
  for (int units = 1; units <= 10; ++units) {
    for (int needed = 0; needed <= units; ++needed) {
      for (const double a : {0.01, 0.5, 0.9, 0.999}) {
        CAPTURE(units, needed, a);
        CHECK(at_least_up(needed, units, a) == Approx(by_enumeration(needed, units, a)));
        CHECK(fewer_up(needed, units, 1.0 - a) ==
              Approx(1.0 - by_enumeration(needed, units, a)).margin(1e-12));
      }
    }
  }
}

TEST_CASE("small chances of an outage keep their digits", "[money]") {
  // Three units needed of five, each down 1e-6 of the time: 10 ways to lose three, 1e-17.
  CHECK(fewer_up(3, 5, 1e-6) == Approx(1e-17).epsilon(1e-5));
  CHECK(at_least_up(5000, 5050, 0.995) > 0.99999);  // 25 down in the mean, sigma 5
  CHECK(at_least_up(5000, 5000, 0.5) == 0.0);       // 2^-5000
}

TEST_CASE("units that are always or never up", "[money]") {
  CHECK(at_least_up(3, 3, 1.0) == 1.0);
  CHECK(at_least_up(3, 5, 0.0) == 0.0);
  CHECK(at_least_up(0, 5, 0.0) == 1.0);
  CHECK(fewer_up(3, 3, 0.0) == 0.0);
  CHECK(fewer_up(3, 3, 1.0) == 1.0);
  CHECK_FALSE(spares_for(2, 0.0, 0.9, 50));
  CHECK(*spares_for(2, 1.0, 0.999999) == 0);
}

TEST_CASE("arguments of reliability without meaning are our mistake", "[money]") {
  CHECK_THROWS_AS(at_least_up(3, 2, 0.9), std::invalid_argument);
  CHECK_THROWS_AS(at_least_up(-1, 2, 0.9), std::invalid_argument);
  CHECK_THROWS_AS(at_least_up(1, 2, 1.1), std::invalid_argument);
  CHECK_THROWS_AS(fewer_up(1, 2, NAN), std::invalid_argument);
  CHECK_THROWS_AS(spares_for(1, 0.9, 1.0), std::invalid_argument);
}

TEST_CASE("more units, better units and fewer needed are never worse", "[money]") {
  rc::prop("monotone, and the fewest spares are the fewest", [] {
    const int needed = *rc::gen::inRange(1, 200);
    const int spares = *rc::gen::inRange(0, 20);
    const double a = *rc::gen::inRange(1, 1000) / 1000.0;
    const double up = at_least_up(needed, needed + spares, a);
    RC_ASSERT(0.0 <= up && up <= 1.0);
    RC_ASSERT(at_least_up(needed, needed + spares + 1, a) >= up - 1e-12);
    RC_ASSERT(at_least_up(needed - 1, needed + spares, a) >= up - 1e-12);
    RC_ASSERT(at_least_up(needed, needed + spares, std::min(1.0, a + 1e-3)) >= up - 1e-12);
    RC_ASSERT(std::fabs(up + fewer_up(needed, needed + spares, 1.0 - a) - 1.0) < 1e-9);
    if (const auto fewest = spares_for(needed, a, 0.99)) {
      RC_ASSERT(at_least_up(needed, needed + *fewest, a) >= 0.99);
      RC_ASSERT(*fewest == 0 || at_least_up(needed, needed + *fewest - 1, a) < 0.99);
    }
  });
}

FailureTable small_table() {
  FailureTable table;
  table.classes["host"] = {
      .id = "host", .name = "Host", .events = exactly(1.4), .replacements = exactly(0.4)};
  table.classes["disk"] = {
      .id = "disk", .name = "Disk", .events = {}, .replacements = exactly(0.01)};
  table.classes["counted"] = {
      .id = "counted", .name = "Counted", .events = exactly(1.0), .replacements = {}};
  table.soft_repair = exactly(Seconds(1800.0));
  table.hard_repair = exactly(Seconds(86400.0));
  return table;
}

FailureModel model_of(const PriceBook& book, const char* failure_class, Age age = Age::settled) {
  const auto model = failure_model(book, failure_class, age);
  INFO(model.why_not);
  REQUIRE(model);
  return *model;
}

TEST_CASE("availability of a unit from soft and hard events", "[money]") {
  PriceBook book;
  book.failures = small_table();
  // One reset of half an hour and 0.4 swaps of a day: 0.5 + 9.6 = 10.1 hours in 8,766.
  const FailureModel host = model_of(book, "host");
  CHECK(host.events_per_year.median() == Approx(1.4));
  CHECK(host.down_hours_per_year.median() == Approx(10.1));
  CHECK(availability(host).value == Approx(8766 / 8776.1));
  CHECK(unavailability(host).value == Approx(10.1 / 8776.1));
  // Without a count of events all are replacements.
  CHECK(model_of(book, "disk").down_hours_per_year.median() == Approx(0.24));
  book.failures.early_life = exactly(2.0);
  CHECK(model_of(book, "host", Age::first_90_days).events_per_year.median() == Approx(2.8));
  CHECK(model_of(book, "host", Age::first_90_days).down_hours_per_year.median() == Approx(20.2));
}

TEST_CASE("what nobody knows of failures is said", "[money]") {
  PriceBook book;
  CHECK(failure_model(book, "host").why_not == "no failure rate of 'host' is known");
  book.failures = small_table();
  CHECK(failure_model(book, "counted").why_not ==
        "nobody says how many of the events of 'counted' are replacements");
  book.failures.soft_repair.reset();
  CHECK(failure_model(book, "host").why_not == "no repair times are known");
}

TEST_CASE("a group is down with any of its members", "[money]") {
  PriceBook book;
  book.failures = small_table();
  const GroupMember members[] = {{model_of(book, "host"), 3}, {model_of(book, "disk"), 6}};
  const FailureModel group = group_of(members);
  CHECK(group.events_per_year.median() == Approx(3 * 1.4 + 6 * 0.01));
  CHECK(group.down_hours_per_year.median() == Approx(3 * 10.1 + 6 * 0.24));
  CHECK(availability(group).value < availability(members[0].model).value);
}

TEST_CASE("members of one class fail at one uncertain rate", "[money]") {
  PriceBook book;
  book.failures = small_table();
  book.failures.classes["disk"].replacements = between(0.005, 0.01, 0.02);
  const FailureModel disk = model_of(book, "disk");
  const GroupMember members[] = {{disk, 4}, {disk, 4}};
  const Estimate hours = group_of(members).down_hours_per_year.estimate();
  CHECK(hours.high / hours.value == Approx(2.0));  // no averaging out
  CHECK(hours.value / hours.low == Approx(2.0));
}

TEST_CASE("redundancy: outages, hours and requests", "[money]") {
  PriceBook book;
  book.failures = small_table();
  const FailureModel host = model_of(book, "host");
  const double u = 10.1 / 8776.1;
  const Redundancy bare = redundancy(2, 0, host, 1e6);
  const double bare_down = 1.0 - (1.0 - u) * (1.0 - u);
  CHECK(bare.availability.value == Approx(1.0 - bare_down));
  CHECK(bare.down_hours_per_year.value == Approx(bare_down * 8766));
  CHECK(bare.lost_requests_per_year.value == Approx(bare_down * 12e6));
  // N+1: down when two or three of three are.
  const Redundancy spare = redundancy(2, 1, host, 1e6);
  CHECK(spare.down_hours_per_year.value == Approx((3 * u * u * (1 - u) + u * u * u) * 8766));
}

TEST_CASE("an uncertain repair time makes an ordered interval", "[money]") {
  PriceBook book;
  book.failures = small_table();
  book.failures.hard_repair = between(Seconds(14400.0), Seconds(86400.0), Seconds(604800.0));
  const FailureModel host = model_of(book, "host");
  for (int spares = 0; spares < 3; ++spares) {
    const Redundancy result = redundancy(3, spares, host, 1e6);
    CHECK(result.availability.low < result.availability.value);
    CHECK(result.availability.value < result.availability.high);
    CHECK(result.down_hours_per_year.low < result.down_hours_per_year.value);
    CHECK(result.down_hours_per_year.value < result.down_hours_per_year.high);
  }
}

}  // namespace
}  // namespace plimsoll::money

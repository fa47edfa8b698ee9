// The search for the highest rate against rates that are known.
#include "evaluate/highest_rate.h"

#include <stdexcept>

#include "support/catch.h"

namespace plimsoll {
namespace {

struct CountedSearch {
  RateSearch found;
  int calls = 0;
};
CountedSearch search(double start, double limit) {
  CountedSearch counted;
  counted.found = highest_rate(start, [&](double rate) {
    ++counted.calls;
    return rate <= limit;
  });
  return counted;
}

TEST_CASE("The highest rate is found to one per cent, from wherever it is begun", "[load]") {
  for (const double limit : {0.02, 0.9, 1.0, 7.0, 300.0}) {
    const CountedSearch counted = search(1.0, limit);
    CHECK(counted.found.rate <= limit);
    CHECK(counted.found.rate > limit / 1.011);
    CHECK_FALSE(counted.found.none);
    CHECK_FALSE(counted.found.unlimited);
    CHECK(counted.calls <= 16);
  }
  // Bracketed at the second call, in [8, 10]: ln 1.25 / ln 1.01 = 22.4, five halvings.
  CHECK(search(10.0, 9.0).calls == 7);
}

TEST_CASE("A rate that nothing limits, and one that nothing is low enough for", "[load]") {
  const RateSearch all = highest_rate(2.0, [](double) { return true; });
  CHECK(all.unlimited);
  CHECK(all.rate >= 2000.0);
  const RateSearch nothing = highest_rate(2.0, [](double) { return false; });
  CHECK(nothing.none);
  CHECK(nothing.rate <= 0.002);
  CHECK_THROWS_AS(highest_rate(0.0, [](double) { return true; }), std::invalid_argument);
}

}  // namespace
}  // namespace plimsoll

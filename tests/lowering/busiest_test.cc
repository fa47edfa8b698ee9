// How many items the busiest of several members gets, against every way they can fall.
#include <algorithm>
#include <array>
#include <cmath>
#include <random>
#include <vector>

#include "lowering/operators.h"
#include "support/catch.h"

namespace plimsoll {
namespace {

// All members^items ways are equally likely.
double by_trying(int items, int members) {
  std::vector<int> load(static_cast<std::size_t>(members), 0);
  double sum = 0.0;
  double ways = 0.0;
  const auto place = [&](const auto& self, int left) -> void {
    if (left == 0) {
      sum += *std::max_element(load.begin(), load.end());
      ways += 1.0;
      return;
    }
    for (int& one : load) {
      ++one;
      self(self, left - 1);
      --one;
    }
  };
  place(place, items);
  return sum / ways;
}

// Mean of many draws, and its standard error.
struct Drawn {
  double mean = 0.0;
  double error = 0.0;
};
Drawn by_drawing(int items, int members) {
  constexpr int draws = 20000;
  std::mt19937 generator(20261121);
  std::uniform_int_distribution<std::size_t> member(0, static_cast<std::size_t>(members) - 1);
  double sum = 0.0;
  double squares = 0.0;
  std::vector<int> load(static_cast<std::size_t>(members));
  for (int draw = 0; draw < draws; ++draw) {
    std::fill(load.begin(), load.end(), 0);
    for (int item = 0; item < items; ++item) ++load[member(generator)];
    const double most = *std::max_element(load.begin(), load.end());
    sum += most;
    squares += most * most;
  }
  const double mean = sum / draws;
  return {.mean = mean, .error = std::sqrt((squares / draws - mean * mean) / draws)};
}

TEST_CASE("what is certain about the busiest is exact", "[lowering]") {
  for (double items : {0.0, 1.0, 2.5, 7.0, 1e6}) CHECK(expected_busiest(items, 1) == items);
  for (int members : {2, 3, 8, 64}) {
    CHECK(expected_busiest(0.0, members) == 0.0);
    CHECK(expected_busiest(1.0, members) == 1.0);
  }
}

// Members share the items: who has many leaves few to the others. Such counts are negatively
// associated (Joag-Dev and Proschan 1983), so P(all <= m) is at most the product of the members'
// own, and taking them as independent never gives too much. Too little it gives by the correlation
// of -1 / (members - 1) that it leaves out, and more so the fewer items there are, because the
// spread of a member is large against its mean then. The header promises 12 % at most.
TEST_CASE("the busiest member of few, by every way items can fall", "[lowering]") {
  for (int members = 2; members <= 4; ++members)
    for (int items = 1; items <= (members == 2 ? 16 : members == 3 ? 11 : 9); ++items) {
      INFO(items << " items, " << members << " members");
      const double exact = by_trying(items, members);
      const double expected = expected_busiest(items, members);
      CHECK(expected <= exact * (1 + 1e-12));
      CHECK(expected >= exact * (1 - 0.12));
      CHECK(expected >= std::ceil(static_cast<double>(items) / members));
    }
  // By hand: two items on two members are together half of the time, (2 + 1) / 2.
  CHECK(by_trying(2, 2) == 1.5);
  // Independent: F(0) = 1/4, F(1) = 3/4, so 1 - 1/16 + 1 - 9/16.
  CHECK(expected_busiest(2.0, 2) == Approx(1.375).epsilon(1e-12));
}

// The lack falls with the number of items, and above 512 the normal distribution takes over.
TEST_CASE("the busiest member of many, by drawing", "[lowering]") {
  struct Case {
    int items;
    int members;
    double too_little;  // at most
  };
  for (const Case& c :
       {Case{8, 8, 0.07}, Case{32, 4, 0.05}, Case{64, 8, 0.035}, Case{256, 16, 0.025},
        Case{512, 8, 0.02}, Case{513, 8, 0.02}, Case{4096, 8, 0.01}, Case{4096, 2, 0.01}}) {
    INFO(c.items << " items, " << c.members << " members");
    const Drawn drawn = by_drawing(c.items, c.members);
    const double expected = expected_busiest(c.items, c.members);
    CHECK(expected <= drawn.mean + 4.0 * drawn.error);
    CHECK(expected >= drawn.mean * (1.0 - c.too_little) - 4.0 * drawn.error);
  }
}

TEST_CASE("the busiest of members is monotone and bounded", "[lowering]") {
  for (int members : {2, 4, 8, 32}) {
    double before = 0.0;
    for (int items = 1; items <= 2000; items += items < 600 ? 1 : 100) {
      INFO(items << " items, " << members << " members");
      const double now = expected_busiest(items, members);
      CHECK(now <= items);
      CHECK(now >= static_cast<double>(items) / members);
      // Counting ends at 512 items. The normal distribution behind it is not skewed; with the
      // skewness g = (1 - 2 p) / sigma of the binomial distribution the largest of n lies about
      // sigma g (z^2 - 1) / 6 higher (Cornish and Fisher), z of one in n: for 32 members 0.39 of
      // 24.6, 1.6 %.
      CHECK(now >= before * (items == 513 ? 0.98 : 1.0 - 1e-12));
      before = now;
    }
  }
  // Few of many members get anything: the more there are, the less for the busiest.
  for (int members = 2; members < 64; ++members)
    CHECK(expected_busiest(64.0, members + 1) <= expected_busiest(64.0, members) * (1 + 1e-12));
}

}  // namespace
}  // namespace plimsoll

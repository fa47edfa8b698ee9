#include "base/rng.h"

#include <array>
#include <cmath>
#include <initializer_list>
#include <set>
#include <stdexcept>

#include "support/catch.h"

namespace plimsoll {
namespace {

// First outputs of Vigna's splitmix64.c for seed 1234567, as published on Rosetta Code
// ("Pseudo-random numbers/Splitmix64").
TEST_CASE("SplitMix64 gives the published numbers", "[base]") {
  std::uint64_t state = 1234567;
  for (const std::uint64_t expected :
       {6457827717110365317u, 3203168211198807973u, 9817491932198370423u, 4593380528125082431u,
        16408922859458223821u}) {
    CHECK(split_mix64(state) == expected);
  }
}

// First outputs of the reference C code for the state 1, 2, 3, 4, as in the test of the Rust crate
// rand_xoshiro.
TEST_CASE("xoshiro256** gives the published numbers", "[base]") {
  Rng rng(std::array<std::uint64_t, 4>{1, 2, 3, 4});
  for (const std::uint64_t expected : std::initializer_list<std::uint64_t>{
           11520u, 0u, 1509978240u, 1215971899390074240u, 1216172134540287360u, 607988272756665600u,
           16172922978634559625u, 8476171486693032832u, 10595114339597558777u,
           2904607092377533576u}) {
    CHECK(rng.next() == expected);
  }
}

TEST_CASE("a stream is a function of seed and name", "[base]") {
  CHECK(Rng(1, "arrivals").next() == Rng(1, "arrivals").next());
  std::set<std::uint64_t> first;
  for (std::uint64_t seed = 0; seed < 100; ++seed) {
    for (const char* name : {"", "arrivals", "lengths", "failures"})
      first.insert(Rng(seed, name).next());
  }
  CHECK(first.size() == 400);
}

// The bounds are five standard deviations of the mean of n independent draws.
TEST_CASE("draws have the mean of their distribution", "[base]") {
  constexpr int n = 100'000;
  Rng rng(7, "test");
  double uniform = 0.0, exponential = 0.0, dice = 0.0;
  for (int i = 0; i < n; ++i) {
    const double u = rng.uniform();
    REQUIRE((u >= 0.0 && u < 1.0));
    uniform += u / n;
    const double e = rng.exponential(3.0);
    REQUIRE((e >= 0.0 && std::isfinite(e)));
    exponential += e / n;
    const std::uint64_t die = rng.below(6);
    REQUIRE(die < 6);
    dice += static_cast<double>(die) / n;
  }
  CHECK(std::fabs(uniform - 0.5) < 5.0 * std::sqrt(1.0 / 12.0 / n));
  CHECK(std::fabs(exponential - 3.0) < 5.0 * 3.0 / std::sqrt(n));
  CHECK(std::fabs(dice - 2.5) < 5.0 * std::sqrt(35.0 / 12.0 / n));
}

TEST_CASE("below covers edge bounds", "[base]") {
  Rng rng(7, "edges");
  CHECK(rng.below(1) == 0);
  // With a bound just above 2^63 nearly half of all draws are rejected; a biased version would
  // favour the low half.
  constexpr std::uint64_t bound = (std::uint64_t{1} << 63) + 1;
  for (int i = 0; i < 1000; ++i) REQUIRE(rng.below(bound) < bound);
  CHECK_THROWS_AS(rng.below(0), std::invalid_argument);
}

}  // namespace
}  // namespace plimsoll

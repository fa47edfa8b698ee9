#include "sim/sim_time.h"

#include <limits>

#include "support/catch.h"

namespace plimsoll::sim {
namespace {

TEST_CASE("a cost rounds up to whole picoseconds, once") {
  CHECK(to_time(Seconds(0.0)) == Duration(0));
  CHECK(to_time(Seconds(1.0)) == Duration(1'000'000'000'000));
  CHECK(to_time(Seconds(1e-12)) == Duration(1));
  CHECK(to_time(Seconds(1.25e-12)) == Duration(2));
  CHECK(to_time(Seconds(1e-30)) == Duration(1));
}

TEST_CASE("whole picoseconds survive the way to seconds and back") {
  // Up to 2^53 ps the quotient by 1e12 is the nearest double and its product rounds back to the
  // integer or the next double above it: at most one picosecond up, never down.
  for (const std::int64_t ps : {1LL, 7LL, 999'999'999'999LL, 123'456'789'012'345LL}) {
    const Duration back = to_time(to_seconds(Duration(ps)));
    CHECK(back >= Duration(ps));
    CHECK(back <= Duration(ps + 1));
  }
}

TEST_CASE("what is no duration of a run is an error") {
  CHECK_THROWS_AS(to_time(Seconds(-1e-12)), std::invalid_argument);
  CHECK_THROWS_AS(to_time(Seconds(std::numeric_limits<double>::quiet_NaN())),
                  std::invalid_argument);
  CHECK_THROWS_AS(to_time(Seconds(std::numeric_limits<double>::infinity())), TimeOverflow);
  CHECK_THROWS_AS(to_time(Seconds(101.0 * 86'400.0)), TimeOverflow);
  CHECK(to_time(Seconds(100.0 * 86'400.0)) == kLongestDuration);
  CHECK_THROWS_AS(later(kEndOfTime, Duration(1)), TimeOverflow);
  CHECK(later(Time(Duration(5)), kLongestDuration - Duration(5)) == kEndOfTime);
}

}  // namespace
}  // namespace plimsoll::sim

// Simulated time: whole picoseconds in std::chrono types with a clock of their own, so that
// simulated time mixes with no other time by accident. Costs stay `Seconds` (a double) until
// to_time() rounds them, up and once.
#pragma once

#include <chrono>
#include <cstdint>
#include <ratio>
#include <stdexcept>

#include "base/quantity.h"

namespace plimsoll::sim {

struct SimClock {
  using rep = std::int64_t;
  using period = std::pico;
  using duration = std::chrono::duration<rep, period>;
  using time_point = std::chrono::time_point<SimClock, duration>;
  static constexpr bool is_steady = true;
};

using Duration = SimClock::duration;  // picoseconds
using Time = SimClock::time_point;    // picoseconds since the start of the run

constexpr double kPicosecondsPerSecond = 1e12;

// The end of simulated time, 100 days: int64 holds 106.75 days of picoseconds, and the rest keeps a
// sum of two valid times from wrapping unnoticed into the past.
constexpr Duration kLongestDuration = std::chrono::hours(24 * 100);
constexpr Time kEndOfTime = Time(kLongestDuration);

// Thrown when a duration or a point in time lies beyond kEndOfTime.
class TimeOverflow : public std::overflow_error {
 public:
  using std::overflow_error::overflow_error;
};

// The smallest whole number of picoseconds that is not less than `cost` (as the double cost * 1e12
// says). Throws std::invalid_argument for a negative cost or NaN, TimeOverflow beyond
// kLongestDuration.
constexpr Duration to_time(Seconds cost) {
  const double picoseconds = cost.base() * kPicosecondsPerSecond;
  if (!(picoseconds >= 0.0)) throw std::invalid_argument("a duration is negative or not a number");
  if (picoseconds > static_cast<double>(kLongestDuration.count())) {
    throw TimeOverflow("a duration is longer than the 100 days of simulated time");
  }
  const auto whole = static_cast<std::int64_t>(picoseconds);
  return Duration(whole + (static_cast<double>(whole) < picoseconds ? 1 : 0));
}

// The nearest double; exact up to 2^53 ps (2.5 hours), 1 part in 10^16 beyond.
constexpr Seconds to_seconds(Duration duration) {
  return Seconds(static_cast<double>(duration.count()) / kPicosecondsPerSecond);
}
constexpr Seconds to_seconds(Time time) {
  return to_seconds(time.time_since_epoch());
}

// Throws TimeOverflow beyond kEndOfTime. Both arguments are valid times, so that the sum itself
// cannot wrap: the difference is compared instead.
constexpr Time later(Time time, Duration by) {
  if (by > kEndOfTime - time)
    throw TimeOverflow("an event lies beyond the 100 days of simulated time");
  return time + by;
}

}  // namespace plimsoll::sim

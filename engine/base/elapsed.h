// Time that has passed, by the clock that nobody sets.
#pragma once

#include <chrono>

namespace plimsoll {

using SteadyClock = std::chrono::steady_clock;

inline double seconds_since(SteadyClock::time_point begin) {
  return std::chrono::duration<double>(SteadyClock::now() - begin).count();
}

// Since some moment in the past, the same for the life of the process.
inline double steady_seconds() {
  return seconds_since(SteadyClock::time_point());
}

}  // namespace plimsoll

// Time that has passed while something was read or written.
#pragma once

#include <chrono>

namespace plimsoll::calibrate::storage {

using Clock = std::chrono::steady_clock;

inline double seconds_since(Clock::time_point begin) {
  return std::chrono::duration<double>(Clock::now() - begin).count();
}

}  // namespace plimsoll::calibrate::storage

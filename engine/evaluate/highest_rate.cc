#include "evaluate/highest_rate.h"

#include <cmath>
#include <stdexcept>

namespace plimsoll {

RateSearch highest_rate(double start, const std::function<bool(double rate)>& holds,
                        double stride) {
  if (!(start > 0.0)) throw std::invalid_argument("highest_rate: no rate to begin with");
  constexpr double farthest = 1000.0;
  constexpr double precision = 1.01;

  const bool up = holds(start);
  double near = start;  // of those tried the last that is as `start` is
  double far = start;
  do {
    near = far;
    if (near / start >= farthest || start / near >= farthest)
      return {.rate = near, .none = !up, .unlimited = up};
    far = up ? near * stride : near / stride;
    stride *= stride;
  } while (holds(far) == up);
  double low = up ? near : far;
  double high = up ? far : near;
  while (high > low * precision) {
    const double middle = std::sqrt(low * high);
    (holds(middle) ? low : high) = middle;
  }
  return {.rate = low};
}

}  // namespace plimsoll

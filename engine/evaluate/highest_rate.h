// The highest rate of requests at which a server keeps what it promises.
#pragma once

#include <functional>

namespace plimsoll {

struct RateSearch {
  double rate = 0.0;  // highest found that holds; where none does, the lowest tried
  bool none = false;
  bool unlimited = false;  // the highest tried holds, too
};

// `holds` is true of low rates and false of high ones. From `start` on, strides that grow bracket
// the rate where it turns, at most a factor of 1000 away, the first by the factor `stride`;
// halvings of the bracket find it to 1 %, about what the draws of a thousand requests leave open.
// The last call that was true is that of the rate found. From afar some eight calls, from nearby
// four.
inline constexpr double far_stride = 1.25;
inline constexpr double guess_stride = 1.08;
inline constexpr double near_stride = 1.02;
RateSearch highest_rate(double start, const std::function<bool(double rate)>& holds,
                        double stride = far_stride);

}  // namespace plimsoll

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
// the rate where it turns, at most a factor of 1000 away; halvings of the bracket find it to
// `precision`, a factor: 1 % is about what the draws of a thousand requests leave open. Some eight
// calls.
inline constexpr double usual_precision = 1.01;
RateSearch highest_rate(double start, const std::function<bool(double rate)>& holds,
                        double precision = usual_precision);

}  // namespace plimsoll

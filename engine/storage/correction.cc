#include "storage/correction.h"

#include <algorithm>
#include <cmath>

namespace plimsoll {

void LogCurve::add(double x, double y) {
  const Point added{std::log(x), std::log(y)};
  const auto at =
      std::lower_bound(points_.begin(), points_.end(), added.log_x,
                       [](const Point& point, double log_x) { return point.log_x < log_x; });
  if (at != points_.end() && at->log_x == added.log_x) {
    *at = added;
  } else {
    points_.insert(at, added);
  }
}

double LogCurve::operator()(double x) const {
  if (points_.empty()) return 1.0;
  const double log_x = std::log(x);
  const auto above =
      std::upper_bound(points_.begin(), points_.end(), log_x,
                       [](double value, const Point& point) { return value < point.log_x; });
  if (above == points_.begin()) return std::exp(points_.front().log_y);
  if (above == points_.end()) return std::exp(points_.back().log_y);
  const Point& below = *(above - 1);
  const double share = (log_x - below.log_x) / (above->log_x - below.log_x);
  return std::exp(below.log_y + share * (above->log_y - below.log_y));
}

}  // namespace plimsoll

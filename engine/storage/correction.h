// What a formula is multiplied with so that it meets the points somebody measured.
#pragma once

#include <vector>

namespace plimsoll {

// A curve through points, linear between them in the logarithm of x and y, held constant outside.
// Without points it is 1.
class LogCurve {
 public:
  void add(double x, double y);  // both > 0; of two y at one x the later one counts
  double operator()(double x) const;
  bool empty() const { return points_.empty(); }

 private:
  struct Point {
    double log_x;
    double log_y;
  };
  std::vector<Point> points_;  // ascending
};

}  // namespace plimsoll

#include "collective/last_arrival.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <limits>
#include <vector>

#include "base/estimate.h"

namespace plimsoll {

namespace {

// Deviations from the mean beyond which a normal tail (6e-16) counts as nothing.
constexpr int tail = 8;

// Gauss-Legendre quadrature with 8 points on [-1, 1]; symmetric (Abramowitz and Stegun, table
// 25.4).
struct QuadraturePoint {
  double at;
  double weight;
};
constexpr std::array<QuadraturePoint, 4> half_of_the_points{
    {{0.183434642495650, 0.362683783378362},
     {0.525532409916329, 0.313706645877887},
     {0.796666477413627, 0.222381034453374},
     {0.960289856497536, 0.101228536290376}}};

template <class F>
double integral(double from, double to, const F& f) {
  const double middle = (from + to) / 2.0;
  const double half = (to - from) / 2.0;
  double sum = 0.0;
  for (const auto& [at, weight] : half_of_the_points) {
    sum += weight * (f(middle - half * at) + f(middle + half * at));
  }
  return half * sum;
}

// The uncertain messages that can be the last at all.
class Lateness {
 public:
  explicit Lateness(std::span<const Delays> delays) {
    for (const Delays& each : delays) {
      start_ = std::max(start_, (each.mean - tail * each.deviation).base());
    }
    for (const Delays& each : delays) {
      if (each.deviation > Seconds(0.0) && latest(each) > start_) uncertain_.push_back(each);
    }
  }

  // E max = a + integral from a of P(max > x), where a is a time before which the last does not
  // arrive.
  double expected() const {
    double sum = start_;
    const std::vector<double> cuts = panel_ends();
    for (std::size_t i = 1; i < cuts.size(); ++i) {
      sum += integral(cuts[i - 1], cuts[i], [this](double x) { return later_than(x); });
    }
    return sum;
  }

 private:
  static double latest(const Delays& delays) {
    return (delays.mean + tail * delays.deviation).base();
  }

  double later_than(double x) const {
    double all_there = 1.0;
    for (const Delays& each : uncertain_) {
      const double z = (x - each.mean.base()) / each.deviation.base();
      all_there *= std::pow(standard_normal_below(z), each.messages);
    }
    return 1.0 - all_there;
  }

  // Every deviation of every kind of message, as far as they lie half the smallest deviation apart.
  std::vector<double> panel_ends() const {
    std::vector<double> wanted;
    double smallest = std::numeric_limits<double>::infinity();
    for (const Delays& each : uncertain_) {
      smallest = std::min(smallest, each.deviation.base());
      for (int k = -tail; k <= tail; ++k) {
        const double at = (each.mean + static_cast<double>(k) * each.deviation).base();
        if (at > start_) wanted.push_back(at);
      }
    }
    std::sort(wanted.begin(), wanted.end());
    std::vector<double> ends{start_};
    for (double at : wanted) {
      if (at - ends.back() >= smallest / 2.0 || at == wanted.back()) ends.push_back(at);
    }
    return ends;
  }

  double start_ = -std::numeric_limits<double>::infinity();
  std::vector<Delays> uncertain_;
};

}  // namespace

Seconds expected_last(std::span<const Delays> delays) {
  return Seconds(Lateness(delays).expected());
}

double expected_largest_normal(int count) {
  const Delays unit{.deviation = Seconds(1.0), .messages = count};
  return expected_last({&unit, 1}).base();
}

}  // namespace plimsoll

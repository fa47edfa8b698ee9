#include "fit/one_machine.h"

#include <algorithm>
#include <cmath>
#include <map>
#include <string>
#include <utility>

namespace plimsoll {
namespace {

constexpr std::size_t fewest_points = 3;

// Value below which that share of them lies; the values in any order, one at least.
double quantile_of(std::vector<double> values, double share) {
  std::sort(values.begin(), values.end());
  const double place = share * static_cast<double>(values.size() - 1);
  const auto below = static_cast<std::size_t>(place);
  const std::size_t above = std::min(below + 1, values.size() - 1);
  return std::lerp(values[below], values[above], place - static_cast<double>(below));
}

// Logarithmic errors of a kind of figure.
struct Deviations {
  std::vector<double> from_predicted;
  std::vector<double> from_machine;

  void add_machine(const std::vector<double>& errors) {
    if (errors.size() < fewest_points) return;
    const double n = static_cast<double>(errors.size());
    const double middle = quantile_of(errors, 0.5);
    // The median lies nearer to its own points than to others.
    const double others = std::sqrt(n / (n - 1.0));
    for (const double error : errors) {
      from_predicted.push_back(std::abs(error));
      from_machine.push_back(others * std::abs(error - middle));
    }
  }
  double share() const {
    const double all = quantile_of(from_predicted, 0.9);
    return all > 0.0 ? std::min(1.0, quantile_of(from_machine, 0.9) / all) : 1.0;
  }
};

std::string machine_of(const SpeedPoint& point) {
  return point.id.substr(0, point.id.find('-')) + '|' + point.device + '|' + point.variant + '|' +
         point.engine + '|' + point.backend;
}

}  // namespace

double one_machine_share(const std::vector<SpeedPoint>& points) {
  using Kind = std::pair<std::string, bool>;
  std::map<Kind, std::map<std::string, std::vector<double>>> errors;
  for (const SpeedPoint& point : points)
    if (point.predicted && point.load == Traffic::single &&
        (point.metric == "decode_tps" || point.metric == "prefill_tps"))
      errors[{point.metric, point.moe}][machine_of(point)].push_back(point.log_error());
  double sum = 0.0;
  double count = 0.0;
  for (const auto& [kind, machines] : errors) {
    Deviations deviations;
    for (const auto& [machine, own] : machines) deviations.add_machine(own);
    const auto n = static_cast<double>(deviations.from_machine.size());
    if (n == 0.0) continue;
    sum += n * deviations.share();
    count += n;
  }
  return count > 0.0 ? sum / count : 1.0;
}

}  // namespace plimsoll

#include "report/speed_words.h"

#include <algorithm>
#include <cmath>

#include "base/quantity_text.h"

namespace plimsoll {
namespace {

const MetricWord* find_metric(std::string_view metric) {
  const auto* found = std::find_if(speed_metrics.begin(), speed_metrics.end(),
                                   [&](const MetricWord& each) { return each.metric == metric; });
  return found == speed_metrics.end() ? nullptr : found;
}

}  // namespace

std::string metric_word(std::string_view metric) {
  const MetricWord* found = find_metric(metric);
  return std::string(found ? found->word : metric);
}

std::string speed_text(double value, std::string_view metric) {
  const MetricWord* found = find_metric(metric);
  const std::string number = print_number(value, 3);
  return found ? number + " " + std::string(found->unit) : number;
}

std::string_view kind_word(bool moe) {
  return moe ? "MoE" : "dense";
}

std::string label(const SpeedCell& cell) {
  return metric_word(cell.metric) + ", " + std::string(to_text(cell.load)) + ", " +
         std::string(kind_word(cell.moe));
}

std::string label(const SpeedGroup& group) {
  return (group.several ? "several " : "") + group.device + ", " + group.engine +
         (group.backend.empty() ? "" : " " + group.backend) + ", " + metric_word(group.metric) +
         ", " + std::string(kind_word(group.moe));
}

std::string label(const EngineGroup& group) {
  return (group.engine.empty() ? "no engine stated" : group.engine) + ", " +
         metric_word(group.metric) + ", " + std::string(kind_word(group.moe));
}

std::string label(const std::string& device) {
  return device;
}

std::string error_text(double share) {
  constexpr double one_decimal_below = 9.95;
  const double percent = 100.0 * std::abs(share);
  return print_number(
             percent < one_decimal_below ? std::round(10.0 * percent) / 10.0 : std::round(percent),
             6) +
         " %";
}

std::string signed_error_text(double share) {
  return (share < 0.0 ? "-" : "+") + error_text(share);
}

}  // namespace plimsoll

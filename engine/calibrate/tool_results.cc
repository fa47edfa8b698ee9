#include "calibrate/tool_results.h"

#include <algorithm>
#include <cmath>

#include "config/node_fields.h"

namespace plimsoll::calibrate {

BackendResult& ToolResults::backend(const std::string& id, const std::string& device) {
  const auto same = [&](const BackendResult& each) {
    return each.id == id && each.device == device;
  };
  const auto found = std::find_if(backends.begin(), backends.end(), same);
  if (found != backends.end()) return *found;
  backends.push_back({.id = id, .device = device, .version = program});
  return backends.back();
}

PointResult sampled_point(KernelCase kernel_case, const std::vector<double>& seconds) {
  return {.kernel_case = std::move(kernel_case),
          .status = PointStatus::measured,
          .times = summarize(seconds),
          .slowing = slowing(seconds)};
}

PointResult told_point(KernelCase kernel_case, double seconds, double noise, int count) {
  // Quartiles of a normal distribution lie 0.6745 standard deviations beside its middle.
  constexpr double quartile = 0.6744897501960817;
  const double low = std::max(0.0, 1.0 - quartile * noise);
  return {.kernel_case = std::move(kernel_case),
          .status = PointStatus::measured,
          .times = {.median = seconds,
                    .low = seconds * low,
                    .high = seconds * (1.0 + quartile * noise),
                    .noise = noise,
                    .error = count > 0 ? noise / std::sqrt(count) : noise,
                    .count = count}};
}

std::vector<double> numbers_of(const Node& map, std::string_view key) {
  std::vector<double> numbers;
  const Node* list = map.find(key);
  if (!list) return numbers;
  for (const Node& item : list->items())
    if (const auto number = parse_number(item.text())) numbers.push_back(*number);
  return numbers;
}

std::optional<double> positive_of(const Node& map, std::string_view key) {
  const auto number = number_of(map, key);
  return number && *number > 0.0 ? number : std::nullopt;
}

std::string backend_word(std::string_view name) {
  std::string word;
  for (const char c : name) {
    if (!((c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z'))) break;  // "CUDA0", "BLAS,CPU"
    word += c >= 'A' && c <= 'Z' ? static_cast<char>(c + ('a' - 'A')) : c;
  }
  if (word == "rocm") return "hip";
  if (word == "mtl") return "metal";
  if (word == "blas" || word.empty()) return "cpu";
  return word;
}

}  // namespace plimsoll::calibrate

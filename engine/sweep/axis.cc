#include "sweep/axis.h"

#include <cmath>
#include <limits>
#include <optional>
#include <set>
#include <string_view>
#include <utility>

#include "base/quantity_text.h"
#include "sweep/assignments.h"
#include "sweep/csv.h"

namespace plimsoll {
namespace {

constexpr std::string_view opening = "[{";
constexpr std::string_view closing = "]}";
constexpr const char* vary_form = "PATH=a,b,c or PATH=lo:hi:n or PATH=lo:hi:n:log";

std::string_view trimmed(std::string_view text) {
  while (!text.empty() && text.front() == ' ') text.remove_prefix(1);
  while (!text.empty() && text.back() == ' ') text.remove_suffix(1);
  return text;
}

// At `separator`, but not inside quotes or brackets.
std::vector<std::string> split(std::string_view text, char separator) {
  std::vector<std::string> parts(1);
  int depth = 0;
  char quote = 0;
  for (const char c : text) {
    if (quote != 0) {
      if (c == quote) quote = 0;
    } else if (c == '"' || c == '\'') {
      quote = c;
    } else if (opening.find(c) != std::string_view::npos) {
      ++depth;
    } else if (closing.find(c) != std::string_view::npos) {
      --depth;
    }
    if (c == separator && depth == 0 && quote == 0)
      parts.emplace_back();
    else
      parts.back() += c;
  }
  for (std::string& part : parts) part = std::string(trimmed(part));
  return parts;
}

// "64 GB" as 64 and "GB"; "32k" of a count as 32768 and nothing.
struct End {
  double value = 0.0;
  std::string unit;
};

std::optional<End> read_end(const std::string& text, PathKind kind) {
  const std::size_t last = text.find_last_of("0123456789.");
  if (last == std::string::npos) return std::nullopt;
  const std::optional<double> number = parse_number(std::string_view(text).substr(0, last + 1));
  if (!number) return std::nullopt;
  End end{.value = *number, .unit = std::string(trimmed(std::string_view(text).substr(last + 1)))};
  if (kind == PathKind::quantity) return end;
  constexpr double k = 1024.0;
  if (kind == PathKind::whole_number && (end.unit == "k" || end.unit == "K"))
    return End{.value = end.value * k, .unit = {}};
  return end.unit.empty() ? std::optional(end) : std::nullopt;
}

std::string written(double value, const std::string& unit, PathKind kind) {
  if (kind == PathKind::whole_number) return std::to_string(std::llround(value));
  return csv_number(value) + (unit.empty() ? "" : " " + unit);
}

class AxisReader {
 public:
  AxisReader(const std::string& text, std::span<const std::string> base, Diagnostics& diagnostics)
      : text_(text), base_(base), diagnostics_(diagnostics) {}

  std::optional<Axis> read() {
    const std::size_t equals = text_.find('=');
    if (equals == std::string::npos || equals == 0) return refuse("this varies nothing", vary_form);
    axis_.path = text_.substr(0, equals);
    kind_ = kind_of_path(axis_.path, base_);
    if (kind_ == PathKind::unknown) return refuse_path();
    for (const std::string& item : split(std::string_view(text_).substr(equals + 1), ','))
      if (!add_item(item)) return std::nullopt;
    return std::move(axis_);
  }

 private:
  std::nullopt_t refuse(std::string message, std::string expected) {
    diagnostics_.error("bad-vary", place(), std::move(message), std::move(expected));
    return std::nullopt;
  }
  std::nullopt_t refuse_path() {
    diagnostics_.error("unknown-path", place(), "a scenario has no value '" + axis_.path + "'", {},
                       nearest_path(axis_.path));
    return std::nullopt;
  }
  SourcePlace place() const { return {.file = "--vary " + text_}; }

  void add(std::string value) {
    if (seen_.insert(value).second) axis_.values.push_back(std::move(value));
  }

  bool add_item(const std::string& item) {
    if (item.empty()) {
      refuse("a value is missing", vary_form);
      return false;
    }
    const std::vector<std::string> parts = split(item, ':');
    if (kind_ != PathKind::other && parts.size() > 1) return add_range(parts);
    const std::optional<End> count =
        kind_ == PathKind::whole_number ? read_end(item, kind_) : std::nullopt;
    const bool in_thousands = count && (item.back() == 'k' || item.back() == 'K');
    add(in_thousands ? written(count->value, {}, kind_) : item);
    return true;
  }

  bool add_range(const std::vector<std::string>& parts) {
    const bool logarithmic = parts.size() == 4 && parts[3] == "log";
    if (parts.size() != 3 && !logarithmic) return bad_range("a range has three parts");
    const auto low = read_end(parts[0], kind_);
    const auto high = read_end(parts[1], kind_);
    const auto count = parse_integer(parts[2]);
    if (!low || !high) return bad_range("the ends of a range are numbers");
    if (low->unit != high->unit) return bad_range("the ends of a range have the same unit");
    if (!count || *count < 2 || *count > static_cast<long long>(most_points))
      return bad_range("a range has from 2 to " + std::to_string(most_points) + " values");
    if (logarithmic && !(low->value > 0.0 && high->value > 0.0))
      return bad_range("equal ratios need positive ends");
    constexpr double largest_whole = 9007199254740992.0;  // 2^53: whole numbers are exact up to it
    if (std::fabs(low->value) > largest_whole || std::fabs(high->value) > largest_whole)
      return bad_range("the ends of a range are at most 2^53");
    for (long long i = 0; i < *count; ++i) {
      const double u = static_cast<double>(i) / static_cast<double>(*count - 1);
      const double between = logarithmic ? low->value * std::pow(high->value / low->value, u)
                                         : low->value + (high->value - low->value) * u;
      add(written(i + 1 == *count ? high->value : between, low->unit, kind_));
    }
    return true;
  }

  bool bad_range(std::string message) {
    refuse(std::move(message), vary_form);
    return false;
  }

  const std::string& text_;
  std::span<const std::string> base_;
  Diagnostics& diagnostics_;
  Axis axis_;
  PathKind kind_ = PathKind::other;
  std::set<std::string> seen_;
};

void refuse_twice(std::span<const Axis> axes, Diagnostics& diagnostics) {
  for (std::size_t i = 0; i < axes.size(); ++i)
    for (std::size_t j = 0; j < i; ++j)
      if (axes[i].path == axes[j].path)
        diagnostics.error("bad-vary", {.file = "--vary " + axes[i].path},
                          "this path is varied twice", "all its values in one --vary");
}

}  // namespace

std::vector<Axis> read_axes(std::span<const std::string> texts, std::span<const std::string> base,
                            Diagnostics& diagnostics) {
  std::vector<Axis> axes;
  for (const std::string& text : texts)
    if (auto axis = AxisReader(text, base, diagnostics).read()) axes.push_back(std::move(*axis));
  refuse_twice(axes, diagnostics);
  if (point_count(axes) > most_points)
    diagnostics.error("too-many-points", {.file = "command line"},
                      "these are more than " + std::to_string(most_points) + " points",
                      "fewer values, or several sweeps");
  return axes;
}

std::size_t point_count(std::span<const Axis> axes) {
  constexpr std::size_t largest = std::numeric_limits<std::size_t>::max();
  std::size_t count = 1;
  for (const Axis& axis : axes) {
    const std::size_t values = axis.values.size();
    count = count > largest / values ? largest : count * values;
  }
  return count;
}

std::vector<std::string> values_at(std::span<const Axis> axes, std::size_t point) {
  std::vector<std::string> values(axes.size());
  for (std::size_t i = axes.size(); i-- > 0;) {
    values[i] = axes[i].values[point % axes[i].values.size()];
    point /= axes[i].values.size();
  }
  return values;
}

}  // namespace plimsoll

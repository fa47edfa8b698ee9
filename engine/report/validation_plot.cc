// Predicted against measured speeds as SVG 1.1, both axes logarithmic.
#include <algorithm>
#include <cmath>
#include <map>

#include "base/quantity_text.h"
#include "base/svg_text.h"
#include "report/speed_words.h"
#include "report/validation_report.h"

namespace plimsoll {
namespace {

constexpr double picture = 800.0;  // width and height
constexpr double left = 78.0;
constexpr double top = 92.0;
constexpr double side = 682.0;  // of the square between the axes

constexpr double log_decade = 2.302585092994046;

// Whole decades that hold every value.
struct Axis {
  int low = 0;
  int high = 1;

  double at(double value) const {
    const double decades = std::log(value) / log_decade;
    return std::clamp((decades - low) / (high - low), 0.0, 1.0) * side;
  }
};

Axis axis_of(const SpeedPoints& points) {
  double low = points.front()->measured;
  double high = low;
  for (const SpeedPoint* point : points) {
    low = std::min({low, point->measured, point->predicted->value});
    high = std::max({high, point->measured, point->predicted->value});
  }
  const int first = static_cast<int>(std::floor(std::log(low) / log_decade));
  const int last = static_cast<int>(std::ceil(std::log(high) / log_decade));
  return {.low = first, .high = std::max(last, first + 1)};
}

std::string x_of(const Axis& axis, double value) {
  return svg_number(left + axis.at(value));
}

std::string y_of(const Axis& axis, double value) {
  return svg_number(top + side - axis.at(value));
}

// Colours after Okabe and Ito, told apart by all kinds of colour vision; lighter on dark. No
// variables: simple viewers know none.
constexpr std::string_view style = R"(<style>
text { font: 14px system-ui, sans-serif; fill: #1f2328 }
.title { font-size: 17px; font-weight: 600 } .faint { fill: #59636e }
.page { fill: #ffffff } .band { fill: #8c959f; opacity: 0.22 }
.grid { stroke: #d9dee3; fill: none } .even { stroke: #1f2328; stroke-width: 1.2 }
.range { fill: none; stroke-width: 1; opacity: 0.22 } .dot { opacity: 0.75 }
.missed { fill: #ffffff; stroke-width: 1.4 }
.f0 { fill: #0072b2 } .f1 { fill: #d55e00 } .f2 { fill: #00835f } .f3 { fill: #a8467f } .f4 { fill: #8a6d00 }
.s0 { stroke: #0072b2 } .s1 { stroke: #d55e00 } .s2 { stroke: #00835f } .s3 { stroke: #a8467f } .s4 { stroke: #8a6d00 }
@media (prefers-color-scheme: dark) {
text { fill: #e6edf3 } .faint { fill: #9198a1 }
.page, .missed { fill: #0d1117 } .band { fill: #6e7681 }
.grid { stroke: #2b3138 } .even { stroke: #e6edf3 }
.f0 { fill: #56b4e9 } .f1 { fill: #f0883e } .f2 { fill: #3fc99a } .f3 { fill: #e29ac6 } .f4 { fill: #e6c229 }
.s0 { stroke: #56b4e9 } .s1 { stroke: #f0883e } .s2 { stroke: #3fc99a } .s3 { stroke: #e29ac6 } .s4 { stroke: #e6c229 }
}
</style>
)";

std::string tag(std::string_view name, const std::string& attributes) {
  return "<" + std::string(name) + " " + attributes + "/>\n";
}

std::string text_at(double x, double y, std::string_view anchor, std::string_view cls,
                    std::string_view content, const std::string& more = {}) {
  return "<text x=\"" + svg_number(x) + "\" y=\"" + svg_number(y) + "\" text-anchor=\"" +
         std::string(anchor) + "\" class=\"" + std::string(cls) + "\"" + more + ">" +
         svg_text(content) + "</text>\n";
}

std::string power_of_ten(int exponent) {
  return print_number(std::pow(10.0, exponent), 1);
}

std::string grid(const Axis& axis) {
  std::string svg;
  std::string lines;
  for (int decade = axis.low; decade <= axis.high; ++decade) {
    const double at = axis.at(std::pow(10.0, decade));
    const std::string x = svg_number(left + at);
    const std::string y = svg_number(top + side - at);
    lines += "M" + x + " " + svg_number(top) + "v" + svg_number(side) + "M" + svg_number(left) +
             " " + y + "h" + svg_number(side);
    svg += text_at(left + at, top + side + 20.0, "middle", "faint", power_of_ten(decade));
    svg += text_at(left - 8.0, top + side - at + 5.0, "end", "faint", power_of_ten(decade));
  }
  return tag("path", "class=\"grid\" d=\"" + lines + "\"") + svg;
}

double median(std::vector<double> values) {
  const auto middle = values.begin() + static_cast<std::ptrdiff_t>(values.size() / 2);
  std::nth_element(values.begin(), middle, values.end());
  return *middle;
}

// The 90 % interval of the median point, drawn along the line of exact predictions.
std::string median_band(const Axis& axis, const SpeedPoints& points) {
  std::vector<double> above;
  std::vector<double> below;
  for (const SpeedPoint* point : points) {
    above.push_back(std::log(point->predicted->high / point->predicted->value) / log_decade);
    below.push_back(std::log(point->predicted->value / point->predicted->low) / log_decade);
  }
  const double decade = side / (axis.high - axis.low);
  const double up = std::min(median(above) * decade, side);
  const double down = std::min(median(below) * decade, side);
  const auto corner = [](double x, double y) {
    return svg_number(left + x) + "," + svg_number(top + side - y) + " ";
  };
  const std::string corners = corner(0.0, 0.0) + corner(0.0, up) + corner(side - up, side) +
                              corner(side, side) + corner(side, side - down) + corner(down, 0.0);
  return tag("polygon", "class=\"band\" points=\"" + corners + "\"") +
         tag("path", "class=\"even\" d=\"M" + svg_number(left) + " " + svg_number(top + side) +
                         "L" + svg_number(left + side) + " " + svg_number(top) + "\"");
}

std::string intervals(const Axis& axis, const SpeedPoints& points, const std::string& colour) {
  std::string lines;
  for (const SpeedPoint* point : points)
    lines += "M" + x_of(axis, point->measured) + " " + y_of(axis, point->predicted->low) + "V" +
             y_of(axis, point->predicted->high);
  return tag("path", "class=\"range s" + colour + "\" d=\"" + lines + "\"");
}

// Full where the interval covers the measurement, else hollow; a title for the mouse.
std::string dot(const Axis& axis, const SpeedPoint& point, const std::string& colour) {
  const std::string cls = point.covered() ? "dot f" + colour : "dot missed s" + colour;
  return "<circle class=\"" + cls + "\" r=\"3\" cx=\"" + x_of(axis, point.measured) + "\" cy=\"" +
         y_of(axis, point.predicted->value) + "\"><title>" +
         svg_text(point.id + ": measured " + speed_text(point.measured, point.metric) +
                  ", predicted " + speed_text(point.predicted->value, point.metric) + " (" +
                  signed_error_text(point.error()) + ")") +
         "</title></circle>\n";
}

struct Series {
  std::string colour;
  MetricWord metric;
  SpeedPoints points;
};

std::vector<Series> series_of(const SpeedPoints& points) {
  std::vector<Series> all;
  for (std::size_t i = 0; i < speed_metrics.size(); ++i) {
    Series series{.colour = std::to_string(i), .metric = speed_metrics[i], .points = {}};
    for (const SpeedPoint* point : points)
      if (point->metric == series.metric.metric) series.points.push_back(point);
    if (!series.points.empty()) all.push_back(std::move(series));
  }
  return all;
}

std::string legend(const std::vector<Series>& all) {
  constexpr double character = 8.0;  // about, of 14 pixels
  constexpr double gap = 36.0;
  std::string svg;
  double x = left;
  for (const Series& series : all) {
    const std::string text =
        std::string(series.metric.word) + " (" + std::to_string(series.points.size()) + ")";
    svg += tag("circle", "class=\"f" + series.colour + "\" r=\"5\" cx=\"" + svg_number(x + 5.0) +
                             "\" cy=\"52\"");
    svg += text_at(x + 15.0, 57.0, "start", "", text);
    x += character * static_cast<double>(text.size()) + gap;
  }
  return svg + text_at(left, 78.0, "start", "faint",
                       "hollow: outside the 90 % interval (thin line); band: interval of the "
                       "median point");
}

}  // namespace

std::string validation_plot(const Validation& validation) {
  SpeedPoints points;
  for (const SpeedPoint& point : validation.speeds)
    if (point.status == ValidationStatus::ok) points.push_back(&point);
  std::string svg = "<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"" + svg_number(picture) +
                    "\" height=\"" + svg_number(picture + 30.0) + "\" viewBox=\"0 0 " +
                    svg_number(picture) + " " + svg_number(picture + 30.0) +
                    "\" role=\"img\" aria-label=\"Predicted against measured speeds\">\n";
  svg += style;
  svg += "<rect class=\"page\" width=\"100%\" height=\"100%\"/>\n";
  svg +=
      text_at(left, 28.0, "start", "title",
              "Predicted against measured: " + std::to_string(points.size()) + " published speeds");
  if (!points.empty()) {
    const Axis axis = axis_of(points);
    const std::vector<Series> all = series_of(points);
    svg += legend(all) + grid(axis) + median_band(axis, points);
    for (const Series& series : all) svg += intervals(axis, series.points, series.colour);
    for (const Series& series : all)
      for (const SpeedPoint* point : series.points) svg += dot(axis, *point, series.colour);
    svg += text_at(left + side / 2.0, top + side + 44.0, "middle", "",
                   "measured (token/s; TTFT in s, ITL in ms)");
    svg += text_at(20.0, top + side / 2.0, "middle", "", "predicted",
                   " transform=\"rotate(-90 20 " + svg_number(top + side / 2.0) + ")\"");
  }
  return svg + "</svg>\n";
}

}  // namespace plimsoll

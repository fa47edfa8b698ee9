#include "presenters/roofline.h"

#include <algorithm>
#include <cmath>

#include "base/quantity_text.h"

namespace plimsoll::gui {
namespace {

double decade_below(double value) {
  return std::pow(10.0, std::floor(std::log10(value)));
}
double decade_above(double value) {
  return std::pow(10.0, std::ceil(std::log10(value)));
}

void add_points(const Roofline& roofline, RooflinePlot& plot) {
  Seconds all;
  for (const RooflinePoint& point : roofline.points) all += point.time;
  for (const RooflinePoint& point : roofline.points) {
    if (point.work <= Flop() || point.bytes <= Bytes() || point.time <= Seconds()) continue;
    plot.points.push_back({.operators = point.operators,
                           .unit = point.unit,
                           .units = point.units,
                           .intensity = point.intensity().base(),
                           .achieved = point.achieved().base(),
                           .attainable = point.attainable().base(),
                           .of_roof = point.roof_time / point.time,
                           .time = point.time,
                           .share = point.time / all});
  }
  std::stable_sort(plot.points.begin(), plot.points.end(),
                   [](const RoofPoint& a, const RoofPoint& b) { return a.time > b.time; });
}

bool has_points(const RooflinePlot& plot, const RooflineUnit& unit) {
  return std::any_of(plot.points.begin(), plot.points.end(),
                     [&](const RoofPoint& point) { return point.unit == unit.unit; });
}

// Around the points, and as far right as the ridge of the highest roof.
void find_ranges(const Roofline& roofline, RooflinePlot& plot) {
  constexpr double room_for_names = 40.0;  // right of the ridge
  double left = 1.0;
  double right = 10.0;
  double low = plot.points.front().achieved;
  double high = low;
  for (const RoofPoint& point : plot.points) {
    left = std::min(left, point.intensity);
    right = std::max(right, point.intensity);
    low = std::min(low, point.achieved);
  }
  for (const RooflineUnit& unit : roofline.units) {
    if (!has_points(plot, unit)) continue;
    for (const ComputeRoof& roof : unit.compute) {
      right = std::max(right, room_for_names * (roof.rate / unit.memory).base());
      high = std::max(high, 1.5 * roof.rate.base());
    }
  }
  plot.x_low = decade_below(left);
  plot.x_high = decade_above(right);
  plot.y_low = decade_below(low / 2.0);
  plot.y_high = decade_above(high);
}

// The slope up to the ridge of the unit's highest roof; levels from where the slope meets them.
void add_roofs(const RooflineUnit& unit, RooflinePlot& plot) {
  if (unit.compute.empty()) return;
  const double slope = unit.memory.base();
  const double ridge = unit.compute.front().rate.base() / slope;
  const double start = std::max(plot.x_low, plot.y_low / slope);
  // Names stand where few points are: high on the slope, and far right of the ridge.
  plot.lines.push_back({.what = "memory, " + print(unit.memory),
                        .unit = unit.unit,
                        .memory = true,
                        .name_at = 0.72,
                        .x0 = start,
                        .y0 = start * slope,
                        .x1 = ridge,
                        .y1 = ridge * slope});
  for (const ComputeRoof& roof : unit.compute)
    plot.lines.push_back({.what = roof.units + ", " + print(roof.rate),
                          .unit = unit.unit,
                          .memory = false,
                          .name_at = 0.6,
                          .x0 = roof.rate.base() / slope,
                          .y0 = roof.rate.base(),
                          .x1 = plot.x_high,
                          .y1 = roof.rate.base()});
}

constexpr double near_y = 0.06;  // of the plot's height: a line of text

// Of levels close to one another only the highest is named.
void name_roofs(RooflinePlot& plot) {
  const double height = std::log(plot.y_high / plot.y_low);
  for (std::size_t i = 0; i < plot.lines.size(); ++i) {
    RoofLine& line = plot.lines[i];
    line.named =
        line.memory ||
        std::none_of(plot.lines.begin(), plot.lines.begin() + static_cast<std::ptrdiff_t>(i),
                     [&](const RoofLine& other) {
                       return !other.memory && other.named &&
                              std::fabs(std::log(line.y0 / other.y0)) < near_y * height;
                     });
  }
}

// Points that would print their names over one another share a name: that of the longest, and how
// many more there are.
void name_points(RooflinePlot& plot) {
  constexpr double near_x = 0.16;  // of the plot's width
  const double width = std::log(plot.x_high / plot.x_low);
  const double height = std::log(plot.y_high / plot.y_low);
  for (std::size_t i = 0; i < plot.points.size(); ++i) {
    RoofPoint& point = plot.points[i];
    const auto over = std::find_if(
        plot.points.begin(), plot.points.begin() + static_cast<std::ptrdiff_t>(i),
        [&](const RoofPoint& other) {
          return other.named >= 0 &&
                 std::fabs(std::log(point.intensity / other.intensity)) < near_x * width &&
                 std::fabs(std::log(point.achieved / other.achieved)) < near_y * height;
        });
    const bool free = over == plot.points.begin() + static_cast<std::ptrdiff_t>(i);
    point.named = free ? 0 : -1;
    if (!free) ++over->named;
  }
}

}  // namespace

RooflinePlot roofline_plot(const Roofline& roofline) {
  RooflinePlot plot;
  add_points(roofline, plot);
  if (plot.points.empty()) return plot;
  find_ranges(roofline, plot);
  for (const RooflineUnit& unit : roofline.units)
    if (has_points(plot, unit)) add_roofs(unit, plot);
  name_roofs(plot);
  name_points(plot);
  return plot;
}

}  // namespace plimsoll::gui

// The operators of a pass as points under the roofs of their units. Without Qt.
#pragma once

#include <string>
#include <vector>

#include "evaluate/outcome.h"

namespace plimsoll::gui {

// A straight piece of a roof in the plot: FLOP per byte against FLOP per second.
struct RoofLine {
  std::string what;    // "memory, 1.01 TB/s", "matrix units, fp16, 165 TFLOP/s"
  std::string unit;    // whose roof it is
  bool memory = true;  // the slope; else a level
  bool named = true;   // there is room for its name
  double name_at = 0;  // where, from 0 at its left end to 1 at its right end
  double x0 = 0.0, y0 = 0.0, x1 = 0.0, y1 = 0.0;
};

struct RoofPoint {
  std::string operators;
  std::string unit;
  std::string units;
  double intensity = 0.0;   // FLOP/B
  double achieved = 0.0;    // FLOP/s
  double attainable = 0.0;  // FLOP/s at that intensity
  double of_roof = 0.0;     // achieved / attainable
  Seconds time;
  double share = 0.0;  // of the time of all points
  int named = 0;       // points beside it whose names would cover its own; -1: it is one of them
};

struct RooflinePlot {
  std::vector<RoofLine> lines;
  std::vector<RoofPoint> points;  // longest first
  // Decades that hold all of it.
  double x_low = 0.1, x_high = 1000.0;
  double y_low = 1e9, y_high = 1e15;
};

// Operators that compute nothing (copies, look-ups) have no place in such a plot and are left out.
RooflinePlot roofline_plot(const Roofline& roofline);

}  // namespace plimsoll::gui

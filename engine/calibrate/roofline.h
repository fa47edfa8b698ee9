// Rooflines (Williams, Waterman and Patterson 2009): FLOP per byte of each kernel against the
// FLOP/s it reached, below what memory and arithmetic allow.
#pragma once

#include <cstddef>
#include <string>
#include <vector>

#include "calibrate/comparison.h"

namespace plimsoll::calibrate {

struct RooflinePoint {
  std::string name;        // "matrix_vector q4_0"
  double intensity = 0.0;  // FLOP/B
  double flops = 0.0;      // FLOP/s
};

struct Roofline {
  std::string title;  // of the device
  Roofs measured;
  Roofs datasheet;
  std::vector<RooflinePoint> points;  // one for each family, format and variant: its largest case

  // Something to draw: a bandwidth, measured or stated, and a point.
  bool drawable() const;
};

Roofline roofline_of(const ComparedBackend& backend);

// SVG 1.1 that follows the light or dark scheme of its reader; several devices one below another.
std::string roofline_svg(const std::vector<Roofline>& rooflines);

// Lines of that many columns; letters for points, with a legend. Plain ASCII without `unicode`.
// By which a point stands there: a to z, then A to Z; all beyond share the last.
std::string roofline_letter(std::size_t index);
std::vector<std::string> roofline_lines(const Roofline& roofline, int width, bool unicode);

}  // namespace plimsoll::calibrate

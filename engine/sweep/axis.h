// What a sweep varies: a path of the scenario and the values it takes, as in `--vary
// workload.batch=1,2,4` or `--vary workload.context=4k:128k:6:log`.
//
//   PATH=ITEM,ITEM,…    paths as of --set; a comma inside quotes, [] or {} belongs to the item
//   ITEM                a value in YAML; of a key that counts something, 32k is 32768
//   ITEM lo:hi:n        n values from lo to hi at equal distances; of a quantity, "64 GB:128 GB:5"
//   ITEM lo:hi:n:log    n values from lo to hi at equal ratios; both ends positive
//
// A range of a key that takes whole numbers is rounded to such. A value that comes twice counts
// once.
#pragma once

#include <cstddef>
#include <span>
#include <string>
#include <vector>

#include "base/diagnostic.h"

namespace plimsoll {

struct Axis {
  std::string path;
  std::vector<std::string> values;  // YAML, at least one
};

// Largest number of points of a sweep: their rows are held in memory until they can be written in
// order.
inline constexpr std::size_t most_points = 1'000'000;

// Reads them all and complains about all at once. `base`: assignments that make the scenario whose
// values are varied; a path must exist in it. Codes: bad-vary, unknown-path, too-many-points.
std::vector<Axis> read_axes(std::span<const std::string> texts, std::span<const std::string> base,
                            Diagnostics& diagnostics);

// Points of the product of all axes. The first axis varies slowest, as in nested loops written in
// that order.
std::size_t point_count(std::span<const Axis> axes);

// The value of each axis at a point.
std::vector<std::string> values_at(std::span<const Axis> axes, std::size_t point);

}  // namespace plimsoll

// How much of what a fit leaves over lies between machines, and would be known of one that was
// measured.
#pragma once

#include <vector>

#include "validate/error_summary.h"

namespace plimsoll {

// Among the points of one machine, by source, device and backend, how far nine of ten lie at most
// from their median, over how far they lie from what was predicted; the mean of all metrics, dense
// models and mixtures of experts apart, weighed by their points. Only decode and prefill of one
// stream, and machines with three points of a kind at least. At most 1; 1 where no machine has as
// many.
double one_machine_share(const std::vector<SpeedPoint>& points);

}  // namespace plimsoll

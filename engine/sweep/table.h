// The columns of a sweep's table, one row a point (doc/sweep.md).
#pragma once

#include <span>
#include <string>
#include <vector>

#include "base/diagnostic.h"
#include "evaluate/outcome.h"
#include "sweep/axis.h"

namespace plimsoll {

// The varied paths, then what an outcome says, then what is wrong with the scenario.
std::string sweep_header(std::span<const Axis> axes);

// One record with its line break. A refused scenario has its first error in place of an outcome.
std::string sweep_row(std::span<const std::string> values, const Outcome& outcome);
std::string sweep_row(std::span<const std::string> values, const Diagnostics& refusal);

}  // namespace plimsoll

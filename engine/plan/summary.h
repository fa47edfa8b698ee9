// A simulated candidate as it is told to people.
#pragma once

#include "plan/search.h"

namespace plimsoll {

PlannedMachine summary_of(const Space& space, const Limits& limits, const Tried& tried);

// A command line that a shell reads back as it is meant.
std::string report_command(const Space::Question& question);

// That a log-normal quantity is at least, or at most, so much.
double chance_at_least(const Estimate& estimate, double limit);
double chance_at_most(const Estimate& estimate, double limit);

}  // namespace plimsoll

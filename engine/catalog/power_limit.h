// A device that is held below the power it takes: by its owner, or by the board it is sold on.
#pragma once

#include <optional>

#include "catalog/device_spec.h"

namespace plimsoll {

// Clock and arithmetic follow the power that is left for them. Memory, links and leakage take a
// share of the power whatever the clock; switching takes f V^2, and voltage follows frequency, so
// that
//
//   f / f0 = ((P / P0 - share) / (1 - share))^(1/3)
//
// Memory keeps its own clock; what that leaves of reading says `reading_clock`. Of a device without
// a power limit of its own, and of a limit above that: the device as it is.
DeviceSpec under_power_limit(const DeviceSpec& device, Watts limit);

// Of the clock it is sold with, what a board that is held below its power keeps in arithmetic; 1
// for one that is not.
double held_clock(const DeviceSpec& device);

// The same while it reads memory for `busy` (0 to 1) of the time, and so of the rate it reads at:
// cores that wait for memory have no more reads under way than before, and each takes longer.
//
//   f(P / (busy P0)) / f(P1 / (busy P0))
//
// with P what it is held to, P1 what it is sold with, P0 what reading takes at full clock
// (`reading_power`) and f the formula above, at most 1. What a board takes while it waits is
// neglected. Nothing where P0 is not known, and of a board that is not held.
std::optional<double> reading_clock(const DeviceSpec& device, double busy);

// Share of the power that does not follow the clock. Boards draw 20 to 35 % of their limit with
// memory busy and cores idle.
inline constexpr double fixed_power_share = 0.3;

// Share of its clock that a board holds in an engine's matrix products, for want of power; 1
// without `unlimited_power`. By the formula above, with the power P0 that products take at full
// clock: of the unlimited board's, what does not follow the clock, and of the rest busy_share.
double sustained_clock(const DeviceSpec& device);

// Of the matrix units, in an engine's products, over a tuned library's: PRIOR of doc/fitting.md.
inline constexpr double busy_share = 0.75;

// Standard deviation of the logarithm of a clock that such a formula says.
inline constexpr double clock_log_sigma = 0.1;

}  // namespace plimsoll

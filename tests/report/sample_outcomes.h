// Hand-made outcomes for the tests of the printers. Their numbers are invented and round, so that
// expectations can be worked out by hand; they say nothing about any machine.
#pragma once

#include "evaluate/outcome.h"
#include "report/layout.h"

namespace plimsoll::test {

inline constexpr TextStyle narrow_page{.width = 80, .colour = false, .unicode = true};

// Fits on four GPUs; every section of the report has something to say.
Outcome fitting_outcome();

// The same on three machines, one of them to spare, with what it costs a month.
Outcome replicated_outcome();

// Too large for one unified memory: short by 12 GB.
Outcome unfitting_outcome();

// Experts come from the drive, on a machine that heats up; a published rate was asked about.
Outcome streamed_outcome();

// Fits only with one change, which was applied.
Outcome changed_outcome();

}  // namespace plimsoll::test

// The two ends of `calibrate link`.
#pragma once

#include "arguments.h"

namespace plimsoll::cli {

// Both throw InputError (unknown host or entry), OutsideFailure (network, peer) and Interrupted.
void listen_for_link(const CalibrateCommand& command);
void measure_link(const CalibrateCommand& command);

}  // namespace plimsoll::cli

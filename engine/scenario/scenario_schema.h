// The keys of a scenario file.
#pragma once

#include "config/schema.h"

namespace plimsoll {

// What read_scenario() accepts in a file, short forms included.
Schema scenario_schema();

}  // namespace plimsoll

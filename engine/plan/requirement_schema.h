// The keys of a requirement file.
#pragma once

#include "config/schema.h"

namespace plimsoll {

// What read_requirement() accepts.
Schema requirement_schema();

}  // namespace plimsoll

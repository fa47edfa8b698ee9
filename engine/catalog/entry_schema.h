// The keys of every kind of file of the database, as their readers declare them.
#pragma once

#include <vector>

#include "config/schema.h"

namespace plimsoll {

// The entries (device, system, …, model), then the tables right inside hwdb and in hwdb/prices. The
// key `kind` of each has one word: what the file is.
std::vector<Schema> catalog_schemas();

}  // namespace plimsoll

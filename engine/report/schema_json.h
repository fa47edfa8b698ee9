// The keys of a file as a JSON Schema (draft 2020-12), for editors that complete and check.
#pragma once

#include <string>

#include "config/schema.h"

namespace plimsoll {

// What the schema accepts holds every file that the reader accepts. It is laxer where a check needs
// more than one value of the file: bounds of quantities in any unit, keys that contradict each
// other, names of other entries; `plimsoll lint` knows those.
std::string schema_json(const Schema& schema);

// The regular expression of a quantity with these units ("B/s, kB/s, …", as fields state them).
std::string quantity_pattern(const std::string& units, bool may_be_negative);

}  // namespace plimsoll

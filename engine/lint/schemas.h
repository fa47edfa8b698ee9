// Every kind of file that people write, with its keys.
#pragma once

#include <string>
#include <vector>

#include "config/schema.h"

namespace plimsoll {

// Entries and tables of the database, scenarios and requirements, as their readers declare them.
const std::vector<Schema>& file_schemas();

// The word behind `kind:` in such a file.
const std::string& file_kind(const Schema& schema);

}  // namespace plimsoll

// This machine in the catalogue.
#pragma once

#include <vector>

#include "catalog/catalog.h"

namespace plimsoll::cli {

// The system that stands for the machine we run on, in every command.
inline constexpr const char* this_machine = "here";

// Its entry, with those of its devices that the catalogue does not know. Throws InputError (code
// not-detected) where too little of it can be seen.
std::vector<GivenEntry> this_machine_entries(Catalog& catalog);

}  // namespace plimsoll::cli

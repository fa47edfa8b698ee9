// This machine in the catalogue.
#pragma once

#include "catalog/catalog.h"
#include "scenario/scenario.h"

namespace plimsoll::cli {

// Lays the machine we run on over the catalogue, where the scenario asks for the system "here".
// Throws InputError (code not-detected) where too little of it can be seen.
void lay_over_this_machine(const ScenarioSpec& spec, Catalog& catalog);

}  // namespace plimsoll::cli

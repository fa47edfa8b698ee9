// What several commands start with.
#pragma once

#include "arguments.h"
#include "catalog/catalog.h"
#include "scenario/scenario.h"

namespace plimsoll::cli {

// The shipped database and over it the folders of --hwdb, a later one over an earlier one. Throws
// InputError (codes no-database, unreadable).
std::vector<DataFolders> data_folders(const DataOptions& options);

// The scenario of a file with the options laid over it, or of the options alone.
ScenarioSpec read_scenario(const ScenarioOptions& options, Catalog& catalog);

// Shows warnings; throws InputError when there are errors.
void settle(const Diagnostics& diagnostics);

}  // namespace plimsoll::cli

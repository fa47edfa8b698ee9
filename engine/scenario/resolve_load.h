// The load of a scenario with every number checked and every default chosen.
#pragma once

#include <optional>

#include "catalog/catalog.h"
#include "scenario/scenario.h"

namespace plimsoll {

// Of a spec that asks for serving. Defaults that it chose are added to `chosen`. Nothing after a
// complaint.
std::optional<LoadSetup> resolve_load(const ScenarioSpec& spec, Catalog& catalog,
                                      std::vector<ChosenDefault>& chosen, Diagnostics& diagnostics);

// Tokens of prompt and answer of the longest request that the load can bring.
std::int64_t longest_request(const LoadSetup& load);

}  // namespace plimsoll

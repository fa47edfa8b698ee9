// The machines that a scenario names, and what joins them.
#pragma once

#include <optional>
#include <vector>

#include "scenario/scenario.h"

namespace plimsoll {

// Adds what it chose itself to `defaults`. Nothing after a complaint.
std::optional<ClusterLayout> find_machines(const ScenarioSpec& spec, Catalog& catalog,
                                           std::vector<ChosenDefault>& defaults,
                                           Diagnostics& diagnostics);

}  // namespace plimsoll

// The machines that a scenario names, and what joins them.
#pragma once

#include <array>
#include <optional>
#include <string>
#include <vector>

#include "scenario/scenario.h"

namespace plimsoll {

// Adds what it chose itself to `defaults`. Nothing after a complaint.
std::optional<ClusterLayout> find_machines(const ScenarioSpec& spec, Catalog& catalog,
                                           std::vector<ChosenDefault>& defaults,
                                           Diagnostics& diagnostics);

// What a count of machines may have been written as: "2x RTX 4090" is also what people call one
// machine with two of them, and where some system is called so it is meant.
std::array<std::string, 2> counted_names(int count, const std::string& system);

}  // namespace plimsoll

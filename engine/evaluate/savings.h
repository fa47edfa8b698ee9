// What the savings of a scenario are worth.
#pragma once

#include <string>
#include <vector>

#include "catalog/catalog.h"
#include "evaluate/outcome.h"
#include "evaluate/prepared.h"

namespace plimsoll {

// Each saving of a placed scenario against the same placement without it, at the token in the
// middle of the answer. `model` is that of the scenario.
std::vector<SavingOutcome> explain_savings(const Prepared& prepared, SpeedModel& model,
                                           const RoofTable& roofs);

}  // namespace plimsoll

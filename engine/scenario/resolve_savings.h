// What the `savings` section comes to for the scenario's model and engine.
#pragma once

#include "scenario/scenario.h"

namespace plimsoll {

// Fills in `savings` of a scenario whose model, engine and quantization were found. What the user
// asks for is checked against what the engine and the model have. False after a complaint.
bool resolve_savings(Scenario& scenario, Catalog& catalog, Diagnostics& diagnostics);

}  // namespace plimsoll

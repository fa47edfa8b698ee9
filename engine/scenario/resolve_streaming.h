// How the scenario's engine streams experts, when it does.
#pragma once

#include "scenario/scenario.h"

namespace plimsoll {

// Fills in `streaming` of a scenario whose machines and engine were found: with an engine that
// always streams; with another that can, where the placement is `streamed` or left open (it streams
// then what does not fit). What the user asks for is checked against what the engine, its operating
// system and the machine can do. False after a complaint.
bool resolve_streaming(Scenario& scenario, Catalog& catalog, Diagnostics& diagnostics);

}  // namespace plimsoll

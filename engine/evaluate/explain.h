// The parts of an outcome that explain it: memory by pool, where the time goes, what limits it,
// what it rests on, how to start it.
#pragma once

#include <string>
#include <vector>

#include "catalog/catalog.h"
#include "evaluate/costs.h"
#include "evaluate/outcome.h"
#include "evaluate/prepared.h"
#include "evaluate/speed.h"

namespace plimsoll {

std::vector<PoolMemory> explain_memory(const Prepared& prepared);

// Largest first; shares add to 1.
std::vector<TimeShare> explain_time(const TimedWork& work);

// What holds the decode back, largest share first, each with the rate if it vanished and nothing
// else changed.
std::vector<Limit> explain_limits(const Prepared& prepared, SpeedModel& model,
                                  const TimedWork& token);

// Every figure and default the answer used, those to be doubted first; `prices` are further ones.
std::vector<Assumption> explain_assumptions(const Prepared& prepared, SpeedModel* model,
                                            const Speed* speed, Catalog& catalog,
                                            const std::vector<UsedFigure>& prices);

// The engine's command line for this placement, from its template.
std::string start_command(const Prepared& prepared);

}  // namespace plimsoll

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

// Parameters that move the answer by less than this are not worth a line.
inline constexpr double negligible_elasticity = 0.005;

std::string name_of(const LoadItem& item);

std::vector<PoolMemory> explain_memory(const Prepared& prepared);

// Largest first; shares add to 1.
std::vector<TimeShare> explain_time(const TimedWork& work);

// What holds the decode back, largest share first, each with the rate if it vanished and nothing
// else changed.
std::vector<Limit> explain_limits(const Prepared& prepared, SpeedModel& model,
                                  const TimedWork& token);

// Parameters of the cost model that move the time of prompt or answer, and the spreads.
std::vector<UsedFigure> figures_used(const Prepared& prepared, SpeedModel& model,
                                     const Speed& speed);

// Every figure and default the answer used, those to be doubted first: what the placement rests on,
// and what else went into it.
std::vector<Assumption> explain_assumptions(const Prepared& prepared, Catalog& catalog,
                                            const std::vector<UsedFigure>& used);

// The profiles that moved parameters which the model has used, and how far.
std::vector<ProfileUse> profiles_used(const CostModel& cost);

// What the program chose where nobody said.
Assumption assumption_of(const ChosenDefault& choice);

// The engine's command line for this placement, from its template.
std::string start_command(const Prepared& prepared);

}  // namespace plimsoll

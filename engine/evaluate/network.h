// What a placed scenario sends over which links.
#pragma once

#include <string>
#include <vector>

#include "catalog/catalog.h"
#include "evaluate/outcome.h"
#include "evaluate/prepared.h"
#include "evaluate/speed.h"

namespace plimsoll {

// What every link of the fabric carries in a decode step and a prompt chunk.
std::vector<LinkFlow> link_flows(const Prepared& prepared, SpeedModel& model);

// Links that carry anything, busiest in the step first; equal ones of a kind counted together.
std::vector<LinkUse> link_loads(const Fabric& fabric, const std::vector<LinkFlow>& flows);

// Between successive stages, and between neighbours of a group.
std::vector<RouteUse> routes_used(const Prepared& prepared);

// What the last machine of several does to one stream and to the prompt, and why: the same
// placement is simulated with one machine less (or half of them, where one less does not divide).
// Empty on one machine, and where fewer do not hold the model.
std::vector<std::string> machine_notes(const Prepared& prepared, const Speed& speed,
                                       Catalog& catalog);

}  // namespace plimsoll

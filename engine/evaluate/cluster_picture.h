// The machines of a scenario as a graph, for drawing.
#pragma once

#include <vector>

#include "catalog/cluster_layout.h"
#include "evaluate/outcome.h"
#include "evaluate/prepared.h"
#include "fabric/fabric.h"

namespace plimsoll {

// Machines, switches and what joins them; nothing that is in machines. Also of a layout that was
// refused: what has no name stays empty. Edges stand in the order of the wires.
ClusterPicture draw_layout(const ClusterLayout& layout);

// And accelerators with their links, and where each memory stands in explain_memory().
ClusterPicture draw_cluster(const Prepared& prepared);

// `flows` by link of the fabric, of a picture drawn from the same machines.
void add_flows(const Fabric& fabric, const std::vector<LinkFlow>& flows, ClusterPicture& picture);

}  // namespace plimsoll

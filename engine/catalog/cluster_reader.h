// The graph of a cluster, in a file of its own or inside a scenario.
#pragma once

#include "catalog/cluster_spec.h"
#include "config/map_reader.h"

namespace plimsoll {

// Takes `nodes`, `switches` and `links`; what they name is looked up by lay_out().
void read_cluster_graph(MapReader& reader, ClusterSpec& cluster);

}  // namespace plimsoll

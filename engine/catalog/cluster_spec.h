// Machines joined by links and switches, as somebody wrote them down: a file of hwdb/clusters/, or
// the `cluster:` of a scenario.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "catalog/figure.h"
#include "catalog/link_spec.h"
#include "catalog/system_spec.h"

namespace plimsoll {

// How several machines are joined when every two of them, or every one and a switch, use the same
// kind of link.
enum class Topology {
  star,   // all on one switch
  chain,  // each to the next
  ring,   // each to the next, the last to the first
  mesh,   // every two directly
};

// One machine, or several alike that are wired alike: "worker" with count 3 is worker-1 to
// worker-3.
struct ClusterNode {
  std::string id;
  std::string system;  // system id or name; a device makes a bare machine
  int count = 1;
  SourcePlace place;
};

struct ClusterSwitch {
  std::string id;
  // What it passes on in all at once; nothing: it never limits. Below the sum of its ports it is
  // oversubscribed.
  std::optional<Figure<BytesPerSecond>> capacity;
  std::optional<Figure<Seconds>> latency;  // on top of the links' own; nothing: contained in them
  SourcePlace place;
};

// Between two ids (every member of a group), or among the members of groups.
struct ClusterLink {
  std::string from;
  std::string to;
  std::vector<std::string> among;  // with `topology`; then from and to are empty
  Topology topology = Topology::mesh;
  std::string link;  // link id
  int count = 1;     // cables side by side
  SourcePlace place;
};

struct ClusterSpec {
  std::string id;
  std::string name;
  std::vector<std::string> names;
  std::vector<ClusterNode> nodes;
  std::vector<ClusterSwitch> switches;
  std::vector<ClusterLink> links;
  SourcePlace place;
};

}  // namespace plimsoll

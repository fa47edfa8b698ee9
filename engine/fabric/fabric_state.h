// The graph behind a fabric.
//
// Every edge has a direction. What only sends and what only receives are two vertices, so that no
// search passes through a card or through a machine that does not forward:
//
//   card.out ──> host.out ──> host.in ──> card.in        inside a machine
//                   │            ^
//                   v            │
//                 plane        plane                     over forwarded links, the plane being
//                   │            ^                       where a machine passes traffic on
//                   └── wires ───┘
//
// Links that nobody forwards lead from host.out straight to host.in of the next machine.
#pragma once

#include <boost/graph/adjacency_list.hpp>
#include <compare>
#include <cstdint>
#include <deque>
#include <map>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "fabric/fabric.h"

namespace plimsoll {

// What a search minimises. Picoseconds: sums of whole numbers compare equal in any order.
struct RouteLength {
  std::int64_t picoseconds = 0;
  int links = 0;

  friend auto operator<=>(const RouteLength&, const RouteLength&) = default;
  friend RouteLength operator+(RouteLength a, RouteLength b) {
    return {a.picoseconds + b.picoseconds, a.links + b.links};
  }
};

struct FabricEdge {
  int link = -1;  // index into Fabric::links; -1: the inside of a machine or of a switch
  const Figure<Seconds>* latency = nullptr;  // null: none
  double share = 0.0;                        // of that latency
  RouteLength length;
};

using FabricGraph = boost::adjacency_list<boost::vecS, boost::vecS, boost::directedS,
                                          boost::no_property, FabricEdge>;
using Vertex = FabricGraph::vertex_descriptor;

// Where traffic of an executor or a host starts and where it ends.
struct Ends {
  Vertex out = 0;
  Vertex in = 0;
};

struct FabricNode {
  std::string name;
  Ends host;
  Vertex plane = 0;
};

struct Fabric::State {
  FabricGraph graph;
  std::vector<FabricNode> nodes;
  std::vector<Pool> pools;
  std::vector<Executor> executors;
  std::vector<Ends> executor_ends;
  std::vector<FabricLink> links;
  std::deque<SwitchBox> switches;  // edges point at their figures
  // Filled as routes are asked for.
  std::map<Vertex, std::vector<std::optional<FabricGraph::edge_descriptor>>> trees;
  std::map<std::pair<Vertex, Vertex>, Route> routes;

  int add_link(FabricLink link);
  void add_edge(Vertex from, Vertex to, int link = -1, const Figure<Seconds>* latency = nullptr,
                double share = 0.0);
  const Route& route(Ends from, Ends to);

 private:
  const std::vector<std::optional<FabricGraph::edge_descriptor>>& tree_from(Vertex source);
  Route measured(const std::vector<FabricEdge>& path) const;
};

}  // namespace plimsoll

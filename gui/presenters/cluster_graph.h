// A cluster as boxes and lines: where they stand, how full and how busy they are. Without Qt.
//
// Lengths are in heights of a line of text, so that the graph grows with the font. Places depend on
// nothing but the cluster: trees of switches are drawn in layers, machines in a row as one, and
// what has cycles by springs (Kamada and Kawai 1989) from a circle; then everything is scaled until
// no two boxes touch.
#pragma once

#include <map>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "evaluate/outcome.h"

namespace plimsoll::gui {

struct Point {
  double x = 0.0;
  double y = 0.0;
};

struct Box {
  double x = 0.0;  // left
  double y = 0.0;  // top
  double width = 0.0;
  double height = 0.0;

  Point centre() const { return {x + width / 2, y + height / 2}; }
  bool overlaps(const Box& other) const;
};

// One memory, or the fullest of several alike.
struct MemoryFill {
  std::string pool;    // "unified memory"
  int alike = 1;       // memories that this one stands for
  double share = 0.0;  // of what may be used
  std::string used;    // "12.3 GB of 24.0 GB usable"
  bool over = false;
};

// Text above the memories of a machine's box.
inline constexpr double title_lines = 2.2;
inline constexpr double memory_line = 1.5;
inline constexpr double box_padding = 0.6;

struct GraphNode {
  int node = 0;  // of the picture
  ClusterNodeKind kind = ClusterNodeKind::machine;
  std::string name;
  std::string what;
  std::vector<MemoryFill> memory;
  int accelerators = 0;                    // that a machine can show
  bool expanded = false;                   // and shows
  int parent = -1;                         // the graph's node that it stands in
  std::optional<BytesPerSecond> capacity;  // of a switch that limits
  std::optional<LinkFlow> through;
  Box box;
};

enum class LoadOf { step, chunk };
Bytes bytes_of(const LinkFlow& flow, LoadOf load);
double busy_of(const LinkFlow& flow, LoadOf load);

struct GraphEdge {
  int edge = 0;  // of the picture
  int from = 0;  // nodes of the graph
  int to = 0;
  bool inside = false;  // of a machine
  LinkFlow busiest;     // of its two ways
  Point start;
  Point end;
  Point label;  // the middle of its words
};

struct ClusterGraph {
  std::vector<GraphNode> nodes;  // what stands in a machine after it
  std::vector<GraphEdge> edges;
  Box bounds;

  int find(const std::string& name) const;  // a machine or switch, or -1
};

// What the user changed about the drawing, by names of machines and switches.
struct GraphView {
  std::set<std::string> toggled;  // open instead of closed, or closed instead of open
  std::map<std::string, Point> moved;
  LoadOf load = LoadOf::step;
};

// One machine alone is open, several are closed, unless toggled.
ClusterGraph lay_out_graph(const ClusterPicture& picture, const std::vector<PoolMemory>& memory,
                           const GraphView& view);

// With all that stands in it; lines follow.
void move_node(ClusterGraph& graph, int node, Point centre);

// Ways of messages that take the edge, in either direction.
std::vector<const RouteUse*> routes_over(const ClusterEdgePicture& edge,
                                         const std::vector<RouteUse>& routes);

}  // namespace plimsoll::gui

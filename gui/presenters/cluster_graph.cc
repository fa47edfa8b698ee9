#include "presenters/cluster_graph.h"

#include <algorithm>
#include <cmath>
#include <utility>

#include "base/contains.h"
#include "presenters/graph_placement.h"
#include "report/report_content.h"

namespace plimsoll::gui {
namespace {

constexpr double machine_width = 17.0;
constexpr double switch_width = 9.0;
constexpr double switch_height = 2.6;
constexpr double unit_width = 8.5;
constexpr double unit_height = 3.2;
constexpr double hub_height = 1.8;
constexpr double unit_gap = 1.5;
constexpr double inside_gap = 3.2;  // for the lines between units, hubs and host, with their words
constexpr int units_in_a_row = 8;
// Words of a line: three lines of small print.
constexpr double label_width = 9.0;
constexpr double label_height = 2.8;

template <class List>
auto& at(List& list, int index) {
  return list[static_cast<std::size_t>(index)];
}

bool is_top(ClusterNodeKind kind) {
  return kind == ClusterNodeKind::machine || kind == ClusterNodeKind::switch_box;
}

MemoryFill fill_of(const PoolMemory& pool) {
  const double usable = pool.usable.base();
  return {.pool = pool.pool,
          .share = usable > 0.0 ? pool.used.value / usable : 0.0,
          .used = pool_use_text(pool),
          .over = pool.short_by > Bytes()};
}

class GraphBuilder {
 public:
  GraphBuilder(const ClusterPicture& picture, const std::vector<PoolMemory>& memory,
               const GraphView& view)
      : picture_(picture), memory_(memory), view_(view) {}

  ClusterGraph run() {
    for (std::size_t i = 0; i < picture_.nodes.size(); ++i)
      if (is_top(picture_.nodes[i].kind)) add_top(static_cast<int>(i));
    place_tops();
    for (std::size_t i = 0; i < tops_.size(); ++i)
      if (at(graph_.nodes, static_cast<int>(i)).expanded) add_inside(static_cast<int>(i));
    for (std::size_t i = 0; i < picture_.edges.size(); ++i) add_edge(static_cast<int>(i));
    return std::move(graph_);
  }

 private:
  // Accelerators with links of their own; the GPU of an SoC is its machine.
  std::vector<int> units_of(int machine) const {
    std::vector<int> units;
    for (const ClusterEdgePicture& edge : picture_.edges) {
      const ClusterNodePicture& node = at(picture_.nodes, edge.from);
      const bool its = node.kind == ClusterNodeKind::accelerator && node.machine == machine;
      if (its && !contains(units, edge.from)) units.push_back(edge.from);
    }
    return units;
  }

  std::vector<int> hubs_of(int machine) const {
    std::vector<int> hubs;
    for (std::size_t i = 0; i < picture_.nodes.size(); ++i)
      if (picture_.nodes[i].kind == ClusterNodeKind::hub && picture_.nodes[i].machine == machine)
        hubs.push_back(static_cast<int>(i));
    return hubs;
  }

  GraphNode node_of(int index) const {
    const ClusterNodePicture& node = at(picture_.nodes, index);
    GraphNode result{.node = index,
                     .kind = node.kind,
                     .name = node.name,
                     .what = node.what,
                     .capacity = node.capacity,
                     .through = node.through};
    for (const int pool : node.pools)
      if (static_cast<std::size_t>(pool) < memory_.size())
        result.memory.push_back(fill_of(at(memory_, pool)));
    return result;
  }

  // Of the units' memories the fullest stands for all.
  void add_fullest(const std::vector<int>& units, GraphNode& machine) const {
    std::optional<MemoryFill> fullest;
    int count = 0;
    for (const int unit : units)
      for (const MemoryFill& fill : node_of(unit).memory) {
        ++count;
        if (!fullest || fill.share > fullest->share) fullest = fill;
      }
    if (!fullest) return;
    fullest->alike = count;
    machine.memory.insert(machine.memory.begin(), *fullest);
  }

  bool starts_open() const {
    return std::count_if(picture_.nodes.begin(), picture_.nodes.end(), [](const auto& node) {
             return node.kind == ClusterNodeKind::machine;
           }) == 1;
  }

  void add_top(int index) {
    GraphNode node = node_of(index);
    const std::vector<int> units = units_of(index);
    node.accelerators = static_cast<int>(units.size());
    node.expanded = !units.empty() && starts_open() != view_.toggled.contains(node.name);
    if (!node.expanded) add_fullest(units, node);
    size(node);
    tops_.push_back(index);
    top_of_[index] = static_cast<int>(graph_.nodes.size());
    graph_.nodes.push_back(std::move(node));
  }

  double own_height(const GraphNode& node) const {
    return title_lines + memory_line * static_cast<double>(node.memory.size()) + 2 * box_padding;
  }

  void size(GraphNode& node) const {
    if (node.kind == ClusterNodeKind::switch_box) {
      node.box.width = switch_width;
      node.box.height = switch_height;
      return;
    }
    node.box.width = machine_width;
    node.box.height = own_height(node);
    if (!node.expanded) return;
    const int columns = std::min(node.accelerators, units_in_a_row);
    const int rows = (node.accelerators + columns - 1) / columns;
    const double inside = columns * (unit_width + unit_gap) + unit_gap;
    node.box.width = std::max(machine_width, inside);
    node.box.height += rows * (unit_height + unit_gap) + inside_gap;
    node.box.height += static_cast<double>(hubs_of(node.node).size()) * (hub_height + inside_gap);
  }

  void place_tops() {
    std::vector<Box> boxes;
    for (const GraphNode& node : graph_.nodes) boxes.push_back(node.box);
    PlacedGraph placed{.boxes = std::move(boxes), .links = {}, .inner = {}};
    for (const GraphNode& node : graph_.nodes)
      placed.inner.push_back(node.kind == ClusterNodeKind::switch_box);
    for (const ClusterEdgePicture& edge : picture_.edges)
      if (top_of_.contains(edge.from) && top_of_.contains(edge.to))
        placed.links.emplace_back(top_of_.at(edge.from), top_of_.at(edge.to));
    place(placed);
    for (std::size_t i = 0; i < graph_.nodes.size(); ++i) {
      GraphNode& node = graph_.nodes[i];
      node.box = placed.boxes[i];
      const auto moved = view_.moved.find(node.name);
      if (moved == view_.moved.end()) continue;
      node.box.x = moved->second.x - node.box.width / 2;
      node.box.y = moved->second.y - node.box.height / 2;
    }
  }

  // Hubs above, accelerators in rows, the host (title and main memory) is the foot of the box.
  void add_inside(int top) {
    const GraphNode machine = at(graph_.nodes, top);
    double y = machine.box.y + own_height(machine) + unit_gap / 2;
    for (const int hub : hubs_of(machine.node)) {
      add_part(hub, top,
               {machine.box.x + unit_gap, y, machine.box.width - 2 * unit_gap, hub_height});
      y += hub_height + inside_gap;
    }
    const std::vector<int> units = units_of(machine.node);
    const int columns = std::min(machine.accelerators, units_in_a_row);
    const double row = columns * (unit_width + unit_gap) - unit_gap;
    const double left = machine.box.x + (machine.box.width - row) / 2;
    for (std::size_t i = 0; i < units.size(); ++i) {
      const int column = static_cast<int>(i) % columns;
      const int line = static_cast<int>(i) / columns;
      add_part(units[i], top,
               {left + column * (unit_width + unit_gap), y + line * (unit_height + unit_gap),
                unit_width, unit_height});
    }
  }

  void add_part(int index, int top, Box box) {
    GraphNode node = node_of(index);
    node.parent = top;
    node.box = box;
    top_of_[index] = static_cast<int>(graph_.nodes.size());
    graph_.nodes.push_back(std::move(node));
  }

  void add_edge(int index) {
    const ClusterEdgePicture& edge = at(picture_.edges, index);
    const auto from = top_of_.find(edge.from);
    const auto to = top_of_.find(edge.to);
    if (from == top_of_.end() || to == top_of_.end()) return;
    const bool back_is_busier =
        edge.back && busy_of(*edge.back, view_.load) > busy_of(edge.there, view_.load);
    graph_.edges.push_back({.edge = index,
                            .from = from->second,
                            .to = to->second,
                            .inside = at(graph_.nodes, from->second).parent >= 0,
                            .busiest = back_is_busier ? *edge.back : edge.there,
                            .start = {},
                            .end = {},
                            .label = {}});
  }

  const ClusterPicture& picture_;
  const std::vector<PoolMemory>& memory_;
  const GraphView& view_;
  ClusterGraph graph_;
  std::vector<int> tops_;
  std::map<int, int> top_of_;  // node of the graph by node of the picture
};

// Where the line from the middle of a box to `target` leaves it.
Point border(const Box& box, Point target) {
  const Point middle = box.centre();
  const double dx = target.x - middle.x;
  const double dy = target.y - middle.y;
  if (dx == 0.0 && dy == 0.0) return middle;
  const double along = std::min(dx != 0.0 ? box.width / 2 / std::abs(dx) : INFINITY,
                                dy != 0.0 ? box.height / 2 / std::abs(dy) : INFINITY);
  return {middle.x + dx * std::min(1.0, along), middle.y + dy * std::min(1.0, along)};
}

// Straight up to a hub, straight down to the foot of the machine's box.
void route_inside(const ClusterGraph& graph, GraphEdge& edge) {
  const Box& unit = at(graph.nodes, edge.from).box;
  const Box& other = at(graph.nodes, edge.to).box;
  const bool to_host = at(graph.nodes, edge.to).kind == ClusterNodeKind::machine;
  const double x = unit.centre().x;
  edge.start = {x, to_host ? unit.y + unit.height : unit.y};
  edge.end = {x, other.y + other.height};
  edge.label = {x, (edge.start.y + edge.end.y) / 2};
}

// Lines between the same two nodes stand side by side.
constexpr double lane = 1.2;

void route_between(const ClusterGraph& graph, GraphEdge& edge, int number, int of) {
  const Box& from = at(graph.nodes, edge.from).box;
  const Box& to = at(graph.nodes, edge.to).box;
  const Point a = from.centre();
  const Point b = to.centre();
  const double length = std::max(1e-9, std::hypot(b.x - a.x, b.y - a.y));
  const double aside = lane * (number - (of - 1) / 2.0);
  const Point shift{-(b.y - a.y) / length * aside, (b.x - a.x) / length * aside};
  const Point start = border(from, b);
  const Point end = border(to, a);
  edge.start = {start.x + shift.x, start.y + shift.y};
  edge.end = {end.x + shift.x, end.y + shift.y};
}

// Where words hide neither others nor a box; the middle of the line where there is no such place.
void place_label(const ClusterGraph& graph, GraphEdge& edge, std::vector<Box>& taken) {
  // At a switch lines come together, so that their words stand nearer to the other end.
  const bool to_switch = at(graph.nodes, edge.to).kind == ClusterNodeKind::switch_box;
  const bool from_switch = at(graph.nodes, edge.from).kind == ClusterNodeKind::switch_box;
  const double first = to_switch == from_switch ? 0.5 : to_switch ? 0.4 : 0.6;
  const auto label = [&](double along) {
    const Point middle{edge.start.x + along * (edge.end.x - edge.start.x),
                       edge.start.y + along * (edge.end.y - edge.start.y)};
    return Box{middle.x - label_width / 2, middle.y - label_height / 2, label_width, label_height};
  };
  Box chosen = label(first);
  for (const double along : {first, 0.35, 0.65, 0.25, 0.75, 0.5}) {
    const Box place = label(along);
    const auto hides = [&](const Box& other) { return place.overlaps(other); };
    const bool hides_node = std::any_of(graph.nodes.begin(), graph.nodes.end(),
                                        [&](const GraphNode& node) { return hides(node.box); });
    if (hides_node || std::any_of(taken.begin(), taken.end(), hides)) continue;
    chosen = place;
    break;
  }
  edge.label = chosen.centre();
  taken.push_back(chosen);
}

void route_edges(ClusterGraph& graph) {
  std::map<std::pair<int, int>, int> total;
  const auto ends = [](const GraphEdge& edge) { return std::minmax(edge.from, edge.to); };
  for (const GraphEdge& edge : graph.edges) ++total[ends(edge)];
  std::map<std::pair<int, int>, int> seen;
  std::vector<Box> labels;
  for (GraphEdge& edge : graph.edges) {
    if (edge.inside) {
      route_inside(graph, edge);
      continue;
    }
    route_between(graph, edge, seen[ends(edge)]++, total[ends(edge)]);
    place_label(graph, edge, labels);
  }
}

void bound(ClusterGraph& graph) {
  if (graph.nodes.empty()) return;
  double left = INFINITY, top = INFINITY, right = -INFINITY, bottom = -INFINITY;
  for (const GraphNode& node : graph.nodes) {
    left = std::min(left, node.box.x);
    top = std::min(top, node.box.y);
    right = std::max(right, node.box.x + node.box.width);
    bottom = std::max(bottom, node.box.y + node.box.height);
  }
  graph.bounds = {left, top, right - left, bottom - top};
}

}  // namespace

bool Box::overlaps(const Box& other) const {
  return x < other.x + other.width && other.x < x + width && y < other.y + other.height &&
         other.y < y + height;
}

Bytes bytes_of(const LinkFlow& flow, LoadOf load) {
  return load == LoadOf::step ? flow.per_step : flow.per_chunk;
}

double busy_of(const LinkFlow& flow, LoadOf load) {
  return load == LoadOf::step ? flow.busy_in_step : flow.busy_in_chunk;
}

int ClusterGraph::find(const std::string& name) const {
  for (std::size_t i = 0; i < nodes.size(); ++i)
    if (nodes[i].parent < 0 && nodes[i].name == name) return static_cast<int>(i);
  return -1;
}

ClusterGraph lay_out_graph(const ClusterPicture& picture, const std::vector<PoolMemory>& memory,
                           const GraphView& view) {
  ClusterGraph graph = GraphBuilder(picture, memory, view).run();
  route_edges(graph);
  bound(graph);
  return graph;
}

void move_node(ClusterGraph& graph, int node, Point centre) {
  const Point before = at(graph.nodes, node).box.centre();
  const auto move = [&](Box& box) {
    box.x += centre.x - before.x;
    box.y += centre.y - before.y;
  };
  move(at(graph.nodes, node).box);
  for (GraphNode& inside : graph.nodes)
    if (inside.parent == node) move(inside.box);
  route_edges(graph);
  bound(graph);
}

std::vector<const RouteUse*> routes_over(const ClusterEdgePicture& edge,
                                         const std::vector<RouteUse>& routes) {
  std::vector<const RouteUse*> over;
  for (const RouteUse& route : routes) {
    const auto takes = [&](const LinkFlow& flow) { return contains(route.links, flow.link); };
    if (takes(edge.there) || (edge.back && takes(*edge.back))) over.push_back(&route);
  }
  return over;
}

}  // namespace plimsoll::gui

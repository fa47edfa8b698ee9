#include "presenters/graph_placement.h"

#include <algorithm>
#include <boost/graph/adjacency_list.hpp>
#include <boost/graph/kamada_kawai_spring_layout.hpp>
#include <boost/graph/topology.hpp>
#include <cmath>
#include <numbers>
#include <set>

namespace plimsoll::gui {
namespace {

// Between boxes, with room for the words of the lines.
constexpr double gap_across = 3.0;
constexpr double gap_down = 7.0;
constexpr double gap_of_a_line = 11.0;  // where a line leads from side to side
constexpr int leaves_in_a_row = 6;

std::size_t index(int i) {
  return static_cast<std::size_t>(i);
}

// A part that is joined, by positions in `members`.
struct Part {
  std::vector<int> members;  // boxes, in the order of a walk
  std::vector<std::vector<int>> neighbours;
  std::vector<Point> centres;
  std::size_t links = 0;

  int size() const { return static_cast<int>(members.size()); }
};

// Walks from the first box that was in no part before: rings come out in their order.
std::vector<Part> parts_of(const PlacedGraph& graph) {
  std::vector<std::set<int>> neighbours(graph.boxes.size());
  for (const auto& [a, b] : graph.links)
    if (a != b) {
      neighbours[index(a)].insert(b);
      neighbours[index(b)].insert(a);
    }
  std::vector<Part> parts;
  std::vector<int> position(graph.boxes.size(), -1);
  for (std::size_t first = 0; first < graph.boxes.size(); ++first) {
    if (position[first] >= 0) continue;
    Part part;
    std::vector<int> open{static_cast<int>(first)};
    while (!open.empty()) {
      const int box = open.back();
      open.pop_back();
      if (position[index(box)] >= 0) continue;
      position[index(box)] = part.size();
      part.members.push_back(box);
      const std::set<int>& next = neighbours[index(box)];
      open.insert(open.end(), next.rbegin(), next.rend());
    }
    for (const int box : part.members) {
      part.neighbours.emplace_back();
      for (const int next : neighbours[index(box)])
        part.neighbours.back().push_back(position[index(next)]);
      part.links += part.neighbours.back().size();
    }
    part.links /= 2;
    part.centres.resize(part.members.size());
    parts.push_back(std::move(part));
  }
  return parts;
}

class PartPlacer {
 public:
  PartPlacer(const PlacedGraph& graph, Part& part) : graph_(graph), part_(part) {}

  void run() {
    if (is_chain())
      in_a_row();
    else if (part_.links + 1 == part_.members.size())
      in_layers();
    else
      by_springs();
  }

 private:
  const Box& box(int member) const { return graph_.boxes[index(part_.members[index(member)])]; }
  Point& centre(int member) { return part_.centres[index(member)]; }
  const std::vector<int>& neighbours(int member) const { return part_.neighbours[index(member)]; }
  bool is_inner(int member) const { return graph_.inner[index(part_.members[index(member)])]; }

  // Machines one after the other, nothing between them.
  bool is_chain() const {
    if (part_.links + 1 != part_.members.size()) return false;
    for (int i = 0; i < part_.size(); ++i)
      if (is_inner(i) || neighbours(i).size() > 2) return false;
    return true;
  }

  void in_a_row() {
    int at = 0;
    for (int i = 0; i < part_.size(); ++i)
      if (neighbours(i).size() < 2) at = i;
    double x = 0.0;
    for (int before = -1, count = 0; count < part_.size(); ++count) {
      centre(at) = {x + box(at).width / 2, 0.0};
      x += box(at).width + gap_of_a_line;
      int next = at;
      for (const int other : neighbours(at))
        if (other != before) next = other;
      before = at;
      at = next;
    }
  }

  // How many lines lie between a box and the farthest one.
  int reach(int from) const {
    std::vector<int> distance(part_.members.size(), -1);
    std::vector<int> queue{from};
    distance[index(from)] = 0;
    for (std::size_t i = 0; i < queue.size(); ++i)
      for (const int next : neighbours(queue[i]))
        if (distance[index(next)] < 0) {
          distance[index(next)] = distance[index(queue[i])] + 1;
          queue.push_back(next);
        }
    return distance[index(queue.back())];
  }

  // The switch in the middle; of several the first.
  int root() const {
    int best = 0;
    const auto rank = [&](int i) {
      return std::tuple(!is_inner(i), reach(i), -static_cast<int>(neighbours(i).size()));
    };
    for (int i = 1; i < part_.size(); ++i)
      if (rank(i) < rank(best)) best = i;
    return best;
  }

  void in_layers() { place_below(root(), -1, 0.0, 0.0); }

  std::vector<int> children(int member, int parent) const {
    std::vector<int> list;
    for (const int next : neighbours(member))
      if (next != parent) list.push_back(next);
    return list;
  }

  // Leaves of one switch in rows of equal length, as square as a screen is wide.
  int columns_of(const std::vector<int>& below, int member) const {
    const bool only_leaves = std::all_of(
        below.begin(), below.end(), [&](int child) { return children(child, member).empty(); });
    const int count = static_cast<int>(below.size());
    if (!only_leaves || count <= leaves_in_a_row) return std::max(1, count);
    const int rows = (count + leaves_in_a_row - 1) / leaves_in_a_row;
    return (count + rows - 1) / rows;
  }

  double width_of(int member, int parent) const {
    const std::vector<int> below = children(member, parent);
    const auto columns = index(columns_of(below, member));
    double widest = 0.0;
    for (std::size_t first = 0; first < below.size(); first += columns) {
      double row = -gap_across;
      for (std::size_t i = first; i < std::min(below.size(), first + columns); ++i)
        row += width_of(below[i], member) + gap_across;
      widest = std::max(widest, row);
    }
    return std::max(widest, box(member).width);
  }

  // Returns where the next row may begin.
  double place_below(int member, int parent, double left, double top) {
    const std::vector<int> below = children(member, parent);
    centre(member) = {left + width_of(member, parent) / 2, top + box(member).height / 2};
    const auto columns = index(columns_of(below, member));
    double y = top + box(member).height;
    for (std::size_t first = 0; first < below.size(); first += columns) {
      const std::size_t end = std::min(below.size(), first + columns);
      double row = -gap_across;
      for (std::size_t i = first; i < end; ++i) row += width_of(below[i], member) + gap_across;
      double x = left + (width_of(member, parent) - row) / 2;
      const double begin = y + (first == 0 ? gap_down : gap_across);
      for (std::size_t i = first; i < end; ++i) {
        y = std::max(y, place_below(below[i], member, x, begin));
        x += width_of(below[i], member) + gap_across;
      }
    }
    return y;
  }

  // Flat at the top, so that four stand in a square.
  void in_a_circle() {
    const double step = 2 * std::numbers::pi / part_.size();
    for (int i = 0; i < part_.size(); ++i) {
      const double angle = (i - 0.5) * step - std::numbers::pi / 2;
      centre(i) = {std::cos(angle), std::sin(angle)};
    }
  }

  void by_springs() {
    in_a_circle();
    const std::vector<Point> circle = part_.centres;
    if (!is_even() && (!relax() || nearest() < least_apart)) part_.centres = circle;
    spread();
  }

  // Rings, and machines of which every two are joined, are circles already.
  bool is_even() const {
    const std::size_t others = part_.members.size() - 1;
    return std::all_of(part_.neighbours.begin(), part_.neighbours.end(),
                       [&](const auto& list) { return list.size() == 2 || list.size() == others; });
  }

  // False where the springs find no rest.
  bool relax() {
    using Graph =
        boost::adjacency_list<boost::vecS, boost::vecS, boost::undirectedS, boost::no_property,
                              boost::property<boost::edge_weight_t, double>>;
    using Plane = boost::convex_topology<2>::point;
    Graph graph(part_.members.size());
    for (int a = 0; a < part_.size(); ++a)
      for (const int b : neighbours(a))
        if (a < b) boost::add_edge(index(a), index(b), 1.0, graph);
    std::vector<Plane> places(part_.members.size());
    for (std::size_t i = 0; i < places.size(); ++i) {
      places[i][0] = part_.centres[i].x;
      places[i][1] = part_.centres[i].y;
    }
    const auto map =
        boost::make_iterator_property_map(places.begin(), boost::get(boost::vertex_index, graph));
    const bool found =
        boost::kamada_kawai_spring_layout(graph, map, boost::get(boost::edge_weight, graph),
                                          boost::square_topology<>(), boost::side_length(2.0));
    for (std::size_t i = 0; i < places.size(); ++i) part_.centres[i] = {places[i][0], places[i][1]};
    return found;
  }

  static constexpr double least_apart = 1e-3;

  double nearest() const {
    double least = INFINITY;
    for (std::size_t a = 0; a < part_.centres.size(); ++a)
      for (std::size_t b = a + 1; b < part_.centres.size(); ++b)
        least = std::min(least, std::hypot(part_.centres[a].x - part_.centres[b].x,
                                           part_.centres[a].y - part_.centres[b].y));
    return least;
  }

  // The least factor by which no two boxes with their gaps overlap.
  void spread() {
    double factor = 0.0;
    for (int a = 0; a < part_.size(); ++a)
      for (int b = a + 1; b < part_.size(); ++b) {
        const double dx = std::abs(centre(a).x - centre(b).x);
        const double dy = std::abs(centre(a).y - centre(b).y);
        const double wide = (box(a).width + box(b).width) / 2 + gap_of_a_line;
        const double high = (box(a).height + box(b).height) / 2 + gap_down;
        factor = std::max(factor, std::min(wide / dx, high / dy));
      }
    for (Point& point : part_.centres) point = {point.x * factor, point.y * factor};
  }

  const PlacedGraph& graph_;
  Part& part_;
};

}  // namespace

void place(PlacedGraph& graph) {
  double left = 0.0;
  for (Part& part : parts_of(graph)) {
    PartPlacer(graph, part).run();
    double low_x = INFINITY, low_y = INFINITY, high_x = -INFINITY;
    const auto each = [&](const auto& visit) {
      for (std::size_t i = 0; i < part.members.size(); ++i)
        visit(graph.boxes[index(part.members[i])], part.centres[i]);
    };
    each([&](Box& box, Point centre) {
      box.x = centre.x - box.width / 2;
      box.y = centre.y - box.height / 2;
      low_x = std::min(low_x, box.x);
      low_y = std::min(low_y, box.y);
      high_x = std::max(high_x, box.x + box.width);
    });
    each([&](Box& box, Point) {
      box.x += left - low_x;
      box.y -= low_y;
    });
    left += high_x - low_x + gap_down;
  }
}

}  // namespace plimsoll::gui

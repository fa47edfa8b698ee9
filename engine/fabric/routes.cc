// Routes: the search, and what a path found costs.

#include <algorithm>
#include <boost/graph/dijkstra_shortest_paths.hpp>
#include <cmath>
#include <limits>

#include "catalog/figure_spread.h"
#include "fabric/fabric_state.h"

namespace plimsoll {

namespace {

constexpr double picoseconds_per_second = 1e12;
constexpr RouteLength unreachable{std::numeric_limits<std::int64_t>::max(),
                                  std::numeric_limits<int>::max()};

Seconds latency_of(const FabricEdge& edge) {
  return edge.latency ? edge.latency->value * edge.share : Seconds();
}

// One figure is wrong by one factor wherever it appears; different figures err independently.
double log_sigma_of_sum(const std::vector<FabricEdge>& path, Seconds sum) {
  if (sum == Seconds()) return 0.0;
  std::map<const Figure<Seconds>*, Seconds> of_figure;
  for (const FabricEdge& edge : path)
    if (edge.latency) of_figure[edge.latency] += latency_of(edge);
  // Squares add in any order up to rounding; the order of addresses must not show, so they are
  // added by size.
  std::vector<double> squares;
  for (const auto& [figure, part] : of_figure) {
    const double sigma = part / sum * log_sigma_of(*figure);
    squares.push_back(sigma * sigma);
  }
  std::sort(squares.begin(), squares.end());
  double variance = 0.0;
  for (const double square : squares) variance += square;
  return std::sqrt(variance);
}

}  // namespace

int Fabric::State::add_link(FabricLink link) {
  links.push_back(std::move(link));
  return static_cast<int>(links.size()) - 1;
}

void Fabric::State::add_edge(Vertex from, Vertex to, int link, const Figure<Seconds>* latency,
                             double share) {
  FabricEdge edge{.link = link, .latency = latency, .share = share, .length = {}};
  edge.length = {.picoseconds = std::llround(latency_of(edge).base() * picoseconds_per_second),
                 .links = link < 0 ? 0 : 1};
  boost::add_edge(from, to, edge, graph);
}

const std::vector<std::optional<FabricGraph::edge_descriptor>>& Fabric::State::tree_from(
    Vertex source) {
  const auto [entry, is_new] = trees.try_emplace(source);
  auto& tree = entry->second;
  if (!is_new) return tree;
  tree.resize(boost::num_vertices(graph));
  std::vector<RouteLength> length(boost::num_vertices(graph));
  boost::dijkstra_shortest_paths(
      graph, source,
      boost::weight_map(boost::get(&FabricEdge::length, graph))
          .distance_map(length.data())
          .distance_inf(unreachable)
          .distance_zero(RouteLength{})
          .distance_compare(std::less<>())
          .distance_combine(std::plus<>())
          .visitor(boost::make_dijkstra_visitor(
              boost::record_edge_predecessors(tree.data(), boost::on_edge_relaxed()))));
  return tree;
}

Route Fabric::State::measured(const std::vector<FabricEdge>& path) const {
  Route route;
  double jitter_variance = 0.0;
  Seconds most_latency;
  const LinkSpec* sends = nullptr;  // what the sender hands its message to
  bool leaves_machine = false;
  for (const FabricEdge& edge : path) {
    route.latency += latency_of(edge);
    if (edge.link < 0) continue;
    const FabricLink& link = links[static_cast<std::size_t>(edge.link)];
    route.links.push_back(edge.link);
    if (!route.exists() || link.capacity.value < route.bandwidth) {
      route.bandwidth = link.capacity.value;
      route.narrowest = edge.link;
    }
    if (route.slowest < 0 || latency_of(edge) > most_latency) {
      most_latency = latency_of(edge);
      route.slowest = edge.link;
    }
    if (!link.spec) continue;
    if (link.spec->jitter) {
      const double deviation = link.spec->jitter->value.base();
      jitter_variance += deviation * deviation * edge.share;
    }
    if (!sends || (link.between_machines() && !leaves_machine)) sends = link.spec;
    leaves_machine = leaves_machine || link.between_machines();
  }
  route.latency_log_sigma = log_sigma_of_sum(path, route.latency);
  route.jitter = Seconds(std::sqrt(jitter_variance));
  if (sends && sends->message_cost) route.message_cost = sends->message_cost->value;
  return route;
}

const Route& Fabric::State::route(Ends from, Ends to) {
  const auto [entry, is_new] = routes.try_emplace({from.out, to.in});
  if (!is_new || from.out == to.out) return entry->second;
  const auto& tree = tree_from(from.out);
  std::vector<FabricEdge> path;
  for (Vertex vertex = to.in; vertex != from.out;) {
    const auto& edge = tree[vertex];
    if (!edge) return entry->second;
    path.push_back(graph[*edge]);
    vertex = boost::source(*edge, graph);
  }
  std::reverse(path.begin(), path.end());
  entry->second = measured(path);
  return entry->second;
}

}  // namespace plimsoll

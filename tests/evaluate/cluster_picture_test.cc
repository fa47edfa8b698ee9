// The machines of a scenario as a graph: what is joined to what, and what passes where.
#include "evaluate/cluster_picture.h"

#include <algorithm>
#include <string>
#include <vector>

#include "evaluate/prepared_fixture.h"
#include "placement/cluster_world.h"

namespace plimsoll {
namespace {

std::vector<std::string> names(const ClusterPicture& picture, ClusterNodeKind kind) {
  std::vector<std::string> list;
  for (const ClusterNodePicture& node : picture.nodes)
    if (node.kind == kind) list.push_back(node.name);
  return list;
}

using Texts = std::vector<std::string>;

// Of three machines the first sends and gets the hidden state of 256 values twice a step (it calls
// two others), the others once each.
TEST_CASE("a star carries in its picture what the list of links says", "[evaluate]") {
  ClusterWorld world;
  const Outcome outcome = outcome_on(world, on_cluster("deep", chips(3), "caller", "layer_split"));
  const ClusterPicture& picture = outcome.cluster;
  CHECK(names(picture, ClusterNodeKind::machine) == Texts{"node 1", "node 2", "node 3"});
  CHECK(names(picture, ClusterNodeKind::switch_box) == Texts{"switch"});
  REQUIRE(picture.edges.size() == 3);
  const double times[] = {2, 1, 1};
  for (std::size_t i = 0; i < 3; ++i) {
    const ClusterEdgePicture& edge = picture.edges[i];
    CHECK(edge.from == static_cast<int>(i));
    CHECK(edge.to == 3);
    CHECK(edge.link == "ether-a");
    CHECK(edge.cables == 1);
    REQUIRE(edge.back);
    CHECK(edge.there.per_step.base() == Approx(times[i] * 256 * 4));
    CHECK(edge.back->per_step.base() == Approx(times[i] * 256 * 4));
    CHECK(edge.there.link == "ether-a, " + picture.nodes[i].name + " to switch");
    CHECK(edge.back->link == "ether-a, switch to " + picture.nodes[i].name);
  }
  // Nothing is in the picture that is not in the list, and the other way round.
  for (const LinkUse& use : outcome.links) {
    const auto alike =
        std::count_if(picture.edges.begin(), picture.edges.end(), [&](const auto& edge) {
          return edge.there.per_step == use.per_step && edge.capacity == use.capacity;
        });
    CHECK(2 * alike == use.count);  // both ways
  }
}

TEST_CASE("accelerators stand in their machines and name their memory", "[evaluate]") {
  ClusterWorld world;
  const Outcome outcome =
      outcome_on(world, on_cluster("dense", "2x box-2 over ether-a", "grid", "pipeline_parallel"));
  const ClusterPicture& picture = outcome.cluster;
  const Texts cards = names(picture, ClusterNodeKind::accelerator);
  REQUIRE(cards == Texts{"node 1 GPU 0", "node 1 GPU 1", "node 2 GPU 0", "node 2 GPU 1"});
  const auto node_at = [&](int node) { return picture.nodes[static_cast<std::size_t>(node)]; };
  for (const ClusterNodePicture& node : picture.nodes) {
    if (node.kind != ClusterNodeKind::accelerator) continue;
    INFO(node.name);
    REQUIRE(node.pools.size() == 1);
    const PoolMemory& memory = outcome.memory[static_cast<std::size_t>(node.pools[0])];
    CHECK(memory.node == node_at(node.machine).name);
    CHECK(memory.node + " " + memory.pool == node.name + " memory");
  }
  std::size_t inside = 0;
  for (const ClusterEdgePicture& edge : picture.edges) {
    const ClusterNodePicture card = node_at(edge.from);
    if (card.kind != ClusterNodeKind::accelerator) continue;
    ++inside;
    const ClusterNodePicture other = node_at(edge.to);
    const bool to_host = other.kind == ClusterNodeKind::machine && edge.to == card.machine;
    const bool to_hub = other.kind == ClusterNodeKind::hub && other.machine == card.machine;
    CHECK((to_host || to_hub));
    CHECK(edge.there.link.ends_with(card.name));
  }
  CHECK(inside >= cards.size());
}

TEST_CASE("a layout is drawn without what is in its machines", "[evaluate]") {
  ClusterWorld world;
  Diagnostics diagnostics;
  ClusterSpec spec;
  spec.nodes = {{.id = "a", .system = "chip"}, {.id = "b", .system = "no-such-machine"}};
  spec.links = {{.from = "a", .to = "b", .link = "cable-a", .count = 2}};
  const ClusterPicture picture = draw_layout(lay_out(spec, world.catalog(), diagnostics));
  CHECK(diagnostics.has_errors());
  REQUIRE(picture.nodes.size() == 2);
  CHECK(picture.nodes[0].what == "chip");
  CHECK(picture.nodes[1].what.empty());
  REQUIRE(picture.edges.size() == 1);
  CHECK(picture.edges[0].cables == 2);
  CHECK(picture.edges[0].capacity.base() == 2 * 4e9);
}

}  // namespace
}  // namespace plimsoll

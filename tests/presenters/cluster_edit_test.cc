#include "presenters/cluster_edit.h"

#include <string>
#include <vector>

#include "evaluate/evaluate.h"
#include "footprint/shipped.h"
#include "support/catch.h"

using namespace plimsoll;
using namespace plimsoll::gui;

namespace {

ScenarioSpec scenario(const std::string& machines, const char* key = "system") {
  return scenario_from_options({{"model", "gemma-2b"},
                                {"quantization", "q8_0"},
                                {key, machines},
                                {"engine", "llama.cpp"},
                                {"placement", "layer_split"}},
                               {});
}

ClusterSpec written(const ScenarioSpec& spec) {
  Diagnostics diagnostics;
  const std::optional<ClusterSpec> cluster = written_out(spec, shipped_catalog(), diagnostics);
  require_clean(diagnostics);
  REQUIRE(cluster);
  return *cluster;
}

// What resolve() makes of it; complains in the test where it refuses.
Scenario resolved(const ScenarioSpec& spec, const ClusterSpec& cluster) {
  Diagnostics diagnostics;
  std::optional<Scenario> found =
      resolve(with_cluster(spec, cluster), shipped_catalog(), diagnostics);
  require_clean(diagnostics);
  REQUIRE(found);
  return *found;
}

double decode(const ScenarioSpec& spec) {
  const Outcome outcome = evaluate(spec, shipped_catalog(), {.changes = false}).outcome;
  REQUIRE(outcome.decode_tokens_per_second);
  return outcome.decode_tokens_per_second->value;
}

const std::string four_desktops = "4x framework-desktop-128gb over ethernet-5g";

}  // namespace

TEST_CASE("written out, machines are as fast as they were", "[cluster_edit]") {
  for (const std::string& machines :
       {four_desktops, std::string("4x mac-studio-m3-ultra-512gb over thunderbolt-5 in a ring"),
        std::string("dgx-h100")}) {
    INFO(machines);
    const ScenarioSpec before = scenario(machines);
    const ClusterSpec cluster = written(before);
    const Scenario after = resolved(before, cluster);
    CHECK(ids_of(cluster).size() == after.cluster.machines.size() + after.cluster.switches.size());
    CHECK(cluster.links.size() == after.cluster.wires.size());
    CHECK(decode(with_cluster(before, cluster)) == decode(before));
    // And again from the file that it becomes.
    const ClusterSpec again = written(with_cluster(before, cluster));
    CHECK(to_yaml(with_cluster(before, again)) == to_yaml(with_cluster(before, cluster)));
  }
}

TEST_CASE("a machine is joined as the one beside it", "[cluster_edit]") {
  const ScenarioSpec before = scenario(four_desktops);
  ClusterSpec cluster = written(before);
  CHECK(add_machine(cluster, {}, {}, shipped_catalog()) == "node-5");
  const Scenario five = resolved(before, cluster);
  REQUIRE(five.cluster.machines.size() == 5);
  CHECK(five.cluster.machines[4].system->id == "framework-desktop-128gb");
  REQUIRE(five.cluster.wires.size() == 5);
  CHECK(five.cluster.wires[4].b == 5);  // the switch
  CHECK(five.cluster.wires[4].link->id == "ethernet-5g");
}

TEST_CASE("a second machine joins a machine that was alone", "[cluster_edit]") {
  const ScenarioSpec before = scenario("framework-desktop-128gb");
  ClusterSpec cluster = written(before);
  add_machine(cluster, {}, {}, shipped_catalog());
  const Scenario two = resolved(before, cluster);
  CHECK(two.cluster.machines.size() == 2);
  CHECK(two.cluster.wires.size() == 1);
}

TEST_CASE("connect lays a cable, and another one beside it", "[cluster_edit]") {
  ClusterSpec cluster = written(scenario(four_desktops));
  const std::string box = add_switch(cluster);
  CHECK(box == "switch-2");
  connect(cluster, "node-1", box, "ethernet-5g");
  connect(cluster, box, "node-1", "ethernet-5g");
  CHECK(cluster.links.back().count == 2);
  connect(cluster, box, "node-1", "ethernet-50g");
  CHECK(cluster.links.size() == 6);
  CHECK(remove_link(cluster, 5));
  CHECK(cluster.links.back().link == "ethernet-5g");
  CHECK_FALSE(remove_link(cluster, 5));
}

TEST_CASE("what is removed takes its links along; the last machine stays", "[cluster_edit]") {
  const ScenarioSpec before = scenario(four_desktops);
  ClusterSpec cluster = written(before);
  CHECK(remove_node(cluster, "node-3"));
  CHECK(resolved(before, cluster).cluster.machines.size() == 3);
  CHECK(cluster.links.size() == 3);
  CHECK_FALSE(remove_node(cluster, "node-3"));
  CHECK(remove_node(cluster, "node-1"));
  CHECK(remove_node(cluster, "node-2"));
  CHECK(remove_node(cluster, "switch"));
  CHECK(cluster.links.empty());
  CHECK_FALSE(remove_node(cluster, "node-4"));
  CHECK(cluster.nodes.size() == 1);
}

TEST_CASE("machines that no name stands for are not written out", "[cluster_edit]") {
  Diagnostics diagnostics;
  CHECK_FALSE(written_out(scenario("3x l40s"), shipped_catalog(), diagnostics));
  CHECK(diagnostics.has_errors());
}

TEST_CASE("a cluster that is refused is drawn all the same", "[cluster_edit]") {
  const ScenarioSpec before = scenario(four_desktops);
  ClusterSpec cluster = written(before);
  cluster.links.clear();
  const ClusterLayout apart = layout_of(with_cluster(before, cluster), shipped_catalog());
  CHECK(apart.machines.size() == 4);
  CHECK(apart.switches.size() == 1);
  CHECK(apart.wires.empty());
}

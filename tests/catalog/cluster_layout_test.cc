// Clusters with every name found: who is joined to whom, and every refusal at its place.
#include "catalog/cluster_layout.h"

#include <algorithm>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "data_fixture.h"
#include "support/catch.h"

namespace plimsoll {
namespace {

using Texts = std::vector<std::string>;

// Boxes with three known ports of cable-a, one that nobody counted of spare-a, and wires to
// switches.
struct Hall : CatalogFixture {
  Hall() {
    data.write_all();
    data.write("hwdb/links/wire-a.yaml", valid_wire);
    const auto cable = [&](const std::string& id) {
      data.write("hwdb/links/" + id + ".yaml",
                 replaced(replaced(valid_wire, "id: wire-a", "id: " + id), "Wire A", id) +
                     "medium: cable\n");
    };
    cable("cable-a");
    cable("spare-a");
    data.write("hwdb/systems/box-a.yaml",
               replaced(valid_system, "[link-a]", "[{link: cable-a, count: 3}, spare-a, wire-a]"));
    data.write("hwdb/systems/box-b.yaml",
               replaced(replaced(valid_system, "id: box-a", "id: box-b"), "Box A", "Box B"));
  }
};

struct LaidOut {
  ClusterLayout layout;
  Texts problems;
};

LaidOut laid_out(Hall& hall, const std::string& text) {
  hall.data.write("hwdb/clusters/rack-a.yaml", text);
  Diagnostics diagnostics;
  const ClusterSpec* cluster = hall.catalog().cluster("rack-a", {}, diagnostics);
  REQUIRE(codes_and_places(diagnostics).empty());
  LaidOut result{.layout = lay_out(*cluster, hall.catalog(), diagnostics), .problems = {}};
  result.problems = codes_and_places(diagnostics);
  return result;
}

std::string cluster_text(const std::string& body) {
  return "kind: cluster\nid: rack-a\nname: Rack A\n" + body;
}

// "a-b" of every wire, by names.
std::multiset<std::string> wires_of(const ClusterLayout& layout) {
  const auto name = [&](int end) {
    const auto at = static_cast<std::size_t>(end);
    return at < layout.machines.size() ? layout.machines[at].name
                                       : layout.switches[at - layout.machines.size()].name;
  };
  std::multiset<std::string> wires;
  for (const Wire& wire : layout.wires) {
    const auto [low, high] = std::minmax({name(wire.a), name(wire.b)});
    wires.insert(low + "-" + high);
  }
  return wires;
}

using Wires = std::multiset<std::string>;

TEST_CASE("groups become machines, links between groups become wires", "[catalog]") {
  Hall hall;
  const auto [layout, problems] = laid_out(hall, valid_cluster);
  CHECK(problems.empty());
  Texts names;
  for (const Machine& machine : layout.machines) {
    names.push_back(machine.name);
    CHECK(machine.system->id == "box-a");
  }
  CHECK(names == Texts{"head", "worker-1", "worker-2", "worker-3"});
  CHECK(wires_of(layout) == Wires{"head-hub", "hub-worker-1", "hub-worker-2", "hub-worker-3"});
  CHECK(layout.wires[0].cables == 2);
  CHECK(layout.wires[1].cables == 1);
  CHECK(layout.wires[0].link->id == "wire-a");
  CHECK_FALSE(layout.switches.at(0).capacity);
  CHECK(layout.description == "Rack A: 4x Box A over Wire A");
}

TEST_CASE("topologies among groups", "[catalog]") {
  const auto wires = [](const std::string& topology, int workers) {
    Hall hall;
    const auto [layout, problems] = laid_out(
        hall,
        cluster_text("nodes:\n  - {id: a, system: box-a}\n  - {id: w, system: box-a, count: " +
                     std::to_string(workers) + "}\nlinks: [{among: [a, w], topology: " + topology +
                     ", link: spare-a}]\n"));
    CHECK(problems.empty());
    return wires_of(layout);
  };
  CHECK(wires("chain", 3) == Wires{"a-w-1", "w-1-w-2", "w-2-w-3"});
  CHECK(wires("ring", 3) == Wires{"a-w-1", "w-1-w-2", "w-2-w-3", "a-w-3"});
  CHECK(wires("mesh", 3) == Wires{"a-w-1", "a-w-2", "a-w-3", "w-1-w-2", "w-1-w-3", "w-2-w-3"});
  CHECK(wires("star", 2) == Wires{"a-switch", "switch-w-1", "switch-w-2"});
  CHECK(wires("ring", 1) == Wires{"a-w"});  // one cable, not the same one twice
}

TEST_CASE("single machines of a group and bare devices have names too", "[catalog]") {
  Hall hall;
  const auto [layout, problems] = laid_out(
      hall, cluster_text("nodes: [{id: w, system: Box A, count: 2}, {id: c, system: card-a}]\n"
                         "links:\n  - {from: w-1, to: w-2, link: cable-a}\n"
                         "  - {from: c, to: w-2, link: wire-a}\n"));
  CHECK(problems.empty());
  CHECK(wires_of(layout) == Wires{"w-1-w-2", "c-w-2"});
  REQUIRE(layout.machines[2].system->parts.size() == 1);
  CHECK(layout.machines[2].system->parts[0].device == "card-a");
  // A copy of the layout keeps its machines.
  ClusterLayout copy;
  {
    const ClusterLayout gone = layout;
    copy = gone;
  }
  CHECK(copy.machines[2].system->name == "Card A");
}

TEST_CASE("each mistake of a cluster is refused at its place", "[catalog]") {
  const std::string nodes = "nodes: [{id: a, system: box-a}, {id: w, system: box-a, count: 3}]\n";
  const std::string ring = "{among: [a, w], topology: ring, link: cable-a}";
  struct Case {
    const char* code;
    std::string marked;
  };
  const Case cases[] = {
      {"no-machine", "nodes: []\nswitches: [{id: s}]\n"},
      {"unknown-system", "nodes: [@{id: a, system: bux-a}]\n"},
      {"duplicate-node",
       "nodes: [{id: a, system: box-a}, @{id: a, system: box-a}]\n"
       "links: [{from: a, to: a, link: wire-a}]\n"},
      {"duplicate-node",
       "nodes: [{id: w, system: box-a, count: 2}]\nswitches: [@{id: w-2}]\n"
       "links: [{among: [w], topology: chain, link: wire-a}]\n"},
      {"unknown-node", nodes + "links: [" + ring + ", @{from: a, to: x, link: wire-a}]\n"},
      {"unknown-node", nodes + "links: [@{among: [a, v], topology: ring, link: cable-a}]\n"},
      {"unknown-link", nodes + "links: [" + ring + ", @{from: a, to: w-2, link: wirr-a}]\n"},
      {"inside-host-link", nodes + "links: [" + ring + ", @{from: a, to: w-2, link: link-a}]\n"},
      {"self-link", nodes + "links: [" + ring + ", @{from: a, to: a, link: wire-a}]\n"},
      {"self-link", nodes + "links: [" + ring + ", @{from: w, to: w-2, link: wire-a}]\n"},
      {"self-link", nodes + "links: [" + ring + ", @{among: [a], topology: ring, link: wire-a}]\n"},
      {"duplicate-node", nodes + "links: [@{among: [a, w, w-1], topology: ring, link: cable-a}]\n"},
      {"inconsistent", nodes + "switches: [{id: s}]\nlinks: [@{among: [a, w, s], topology: ring, "
                               "link: cable-a}]\n"},
      {"too-few-ports",
       nodes + "links: [" + ring + ", @{from: a, to: w-2, link: cable-a, count: 2}]\n"},
      {"switch-loop", nodes + "switches: [{id: s}, {id: t}]\nlinks:\n  - {from: a, to: s, link: "
                              "wire-a}\n  - {from: w, to: t, link: wire-a}\n  - {from: s, to: t, "
                              "link: wire-a}\n  - @{from: t, to: s, link: wire-a}\n"},
  };
  for (const Case& c : cases) {
    INFO(c.marked);
    Hall hall;
    const bool whole_file = c.marked.find('@') == std::string::npos;
    const MarkedText text((whole_file ? "@" : "") + cluster_text(c.marked));
    const Texts problems = laid_out(hall, text.text).problems;
    REQUIRE_FALSE(problems.empty());
    const std::string expected =
        std::string(c.code) + " " + std::to_string(text.line) + ":" + std::to_string(text.column);
    CHECK(std::find(problems.begin(), problems.end(), expected) != problems.end());
    // A second mistake is in the text where one id stands for two nodes.
    if (std::string(c.code) != "duplicate-node")
      CHECK(std::count(problems.begin(), problems.end(), expected) ==
            static_cast<std::ptrdiff_t>(problems.size()));
  }
}

TEST_CASE("machines that nothing joins are told by name", "[catalog]") {
  Hall hall;
  hall.data.write("hwdb/clusters/rack-a.yaml",
                  cluster_text("nodes: [{id: w, system: box-a, count: 4}, {id: z, system: box-b}]\n"
                               "switches: [{id: s}]\nlinks:\n  - {from: w-1, to: s, link: wire-a}\n"
                               "  - {from: s, to: w-3, link: wire-a}\n"
                               "  - {from: w-2, to: w-4, link: cable-a}\n"));
  Diagnostics diagnostics;
  const ClusterSpec* cluster = hall.catalog().cluster("rack-a", {}, diagnostics);
  REQUIRE(cluster);
  lay_out(*cluster, hall.catalog(), diagnostics);
  REQUIRE(codes_and_places(diagnostics) == Texts{"disconnected 1:1"});
  CHECK(diagnostics.sorted().front().message ==
        "the cluster falls into 3 parts: w-1, w-3 | w-2, w-4 | z");
}

TEST_CASE("all mistakes of a cluster are told at once", "[catalog]") {
  Hall hall;
  const Texts problems = laid_out(hall, cluster_text("nodes:\n"                                // 4
                                                     "  - {id: a, system: box-x}\n"            // 5
                                                     "  - {id: a, system: box-a}\n"            // 6
                                                     "links:\n"                                // 7
                                                     "  - {from: a, to: b, link: wire-x}\n"    // 8
                                                     "  - {from: a, to: a, link: link-a}\n"))  // 9
                             .problems;
  CHECK(problems == Texts{"unknown-system 5:5", "duplicate-node 6:5", "unknown-link 8:5",
                          "unknown-node 8:5", "inside-host-link 9:5", "self-link 9:5"});
}

TEST_CASE("check_all looks into clusters", "[catalog]") {
  Hall hall;
  hall.data.write(
      "hwdb/clusters/rack-a.yaml",
      replaced(valid_cluster, "to: hub, link: wire-a, count: 2", "to: hob, link: wire-a"));
  Diagnostics diagnostics;
  hall.catalog().check_all(diagnostics);
  CHECK(codes_and_places(diagnostics) == Texts{"unknown-node 10:5"});
  CHECK(diagnostics.sorted().front().suggestion == "hub");
}

struct Uniform {
  ClusterLayout layout;
  Texts problems;
};

Uniform uniform(Hall& hall, int count, const std::string& link,
                std::optional<Topology> topology = {}, const std::string& system = "box-a") {
  Diagnostics diagnostics;
  const SystemSpec* box = hall.catalog().system(system, {}, diagnostics);
  const LinkSpec* spec = hall.catalog().link(link, {}, diagnostics);
  REQUIRE((box && spec));
  const SourcePlace place{.file = "f", .line = 3, .column = 4};
  Uniform result{.layout = uniform_cluster(*box, count, *spec, topology, place, diagnostics),
                 .problems = {}};
  result.problems = codes_and_places(diagnostics);
  return result;
}

// How many wires end at each machine, one letter a machine: what tells the topologies apart.
std::string degrees(const ClusterLayout& layout) {
  std::string text(layout.machines.size(), '0');
  for (const Wire& wire : layout.wires)
    for (const int end : {wire.a, wire.b})
      if (static_cast<std::size_t>(end) < text.size()) ++text[static_cast<std::size_t>(end)];
  return text;
}

TEST_CASE("machines alike are joined as link and ports allow", "[catalog]") {
  Hall hall;
  const Uniform star = uniform(hall, 4, "wire-a");
  CHECK(star.problems.empty());
  CHECK(star.layout.switches.size() == 1);
  CHECK(degrees(star.layout) == "1111");
  CHECK(star.layout.description == "4x Box A over Wire A");
  CHECK(star.layout.machines[3].name == "node 4");
  // Three ports: a mesh of up to four, a ring beyond.
  CHECK(degrees(uniform(hall, 2, "cable-a").layout) == "11");
  CHECK(degrees(uniform(hall, 4, "cable-a").layout) == "3333");
  CHECK(uniform(hall, 4, "cable-a").layout.description == "4x Box A over cable-a in a mesh");
  CHECK(degrees(uniform(hall, 5, "cable-a").layout) == "22222");
  CHECK(uniform(hall, 5, "cable-a").layout.switches.empty());
  // Ports nobody counted are enough.
  CHECK(degrees(uniform(hall, 6, "spare-a").layout) == "555555");
  CHECK(degrees(uniform(hall, 6, "cable-a", {}, "box-b").layout) == "555555");
  // As said.
  CHECK(degrees(uniform(hall, 4, "cable-a", Topology::chain).layout) == "1221");
  CHECK(degrees(uniform(hall, 4, "wire-a", Topology::ring).layout) == "2222");
  // One machine is joined to nothing.
  CHECK(uniform(hall, 1, "wire-a").layout.wires.empty());
  CHECK(uniform(hall, 1, "wire-a").layout.description == "Box A");
}

TEST_CASE("machines alike are refused where they cannot be joined", "[catalog]") {
  Hall hall;
  CHECK(uniform(hall, 0, "wire-a").problems == Texts{"no-machine 3:4"});
  CHECK(uniform(hall, -2, "wire-a").problems == Texts{"no-machine 3:4"});
  CHECK(uniform(hall, 2, "link-a").problems == Texts{"inside-host-link 3:4"});
  // A mesh of five takes four ports of each; there are three.
  CHECK(uniform(hall, 5, "cable-a", Topology::mesh).problems == Texts{"too-few-ports 3:4"});
  hall.data.write(
      "hwdb/systems/box-c.yaml",
      replaced(replaced(replaced(valid_system, "id: box-a", "id: box-c"), "Box A", "Box C"),
               "[link-a]", "[{link: cable-a, count: 1}]"));
  CHECK(uniform(hall, 2, "cable-a", {}, "box-c").problems.empty());
  CHECK(uniform(hall, 3, "cable-a", {}, "box-c").problems == Texts{"too-few-ports 3:4"});
  CHECK(uniform(hall, 3, "cable-a", Topology::chain, "box-c").problems ==
        Texts{"too-few-ports 3:4"});
}

}  // namespace
}  // namespace plimsoll

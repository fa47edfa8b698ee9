// Several machines as one question: how they are joined, what is refused, replicas.
#include <string>
#include <vector>

#include "scenario/small_world.h"

namespace plimsoll {
namespace {

using Options = std::vector<std::pair<std::string, std::string>>;
using Codes = std::vector<std::string>;

// Boxes with one counted cable port, uncounted verbs, and a plug for the switch; a Mac; a mixture.
struct Halls : SmallWorld {
  Halls() {
    const auto with_ports = [&](const std::string& id, const std::string& ports) {
      data.write("hwdb/systems/" + id + ".yaml",
                 small_world::box(id, "card-a", 1) + "ports: " + ports + "\n");
    };
    with_ports("desk", "[pcie-a, {link: cable-a, count: 1}, ether-a]");
    with_ports("rack", "[{link: cable-a, count: 2}]");
    data.write("hwdb/systems/mac.yaml",
               "kind: system\nid: mac\nname: Mac\nos: macos\nparts: [{device: soc-a}]\n"
               "host: {memory: 64 GiB}\nports: [cable-a]\n");
    const auto cluster = [&](const std::string& id, const std::string& nodes) {
      data.write("hwdb/clusters/" + id + ".yaml",
                 "kind: cluster\nid: " + id + "\nname: " + id + "\nnodes: [" + nodes +
                     "]\nlinks: [{among: [a, b], topology: star, link: ether-a}]\n");
    };
    cluster("desks", "{id: a, system: desk}, {id: b, system: desk, count: 3}");
    cluster("mixed", "{id: a, system: desk}, {id: b, system: mac}");
    cluster("pairs", "{id: a, system: desk, count: 2}, {id: b, system: rack, count: 2}");
    cluster("broken", "{id: a, system: desk}, {id: b, system: dusk}");
  }
};

Diagnostics problems(Halls& world, Options options, const std::vector<std::string>& set = {}) {
  options.insert(options.begin(), {"model", "dense"});
  Diagnostics diagnostics;
  const auto scenario = resolve(spec_of(options, set), world.catalog(), diagnostics);
  CHECK(scenario.has_value() == !diagnostics.has_errors());
  return diagnostics;
}

// "code place" of every complaint, warnings too.
Codes refusals(Halls& world, const Options& options, const std::vector<std::string>& set = {}) {
  Codes list;
  for (const Diagnostic& item : problems(world, options, set).sorted())
    list.push_back(item.code + " " + item.place.file);
  return list;
}

Scenario machines(Halls& world, Options options, const std::vector<std::string>& set = {}) {
  options.insert(options.begin(), {"model", "dense"});
  return resolved(spec_of(options, set), world.catalog());
}

std::string chosen(const Scenario& scenario, const std::string& field) {
  for (const ChosenDefault& choice : scenario.defaults)
    if (choice.field == field) return choice.value + ": " + choice.why;
  return {};
}

TEST_CASE("several systems become a cluster over the link named", "[scenario]") {
  Halls world;
  const Scenario four = machines(world, {{"system", "4x desk over ether-a"}});
  CHECK(four.cluster.machines.size() == 4);
  CHECK(four.cluster.switches.size() == 1);
  CHECK(four.cluster.wires.size() == 4);
  CHECK(four.cluster.description == "4x desk over ether-a");
  CHECK(chosen(four, "system.link").empty());
  CHECK(four.first_system().id == "desk");
  CHECK(four.replicas == 1);
  CHECK(four.spare == 0);
  const Scenario ring = machines(world, {{"system", "4x rack over cable-a in a ring"}});
  CHECK(ring.cluster.wires.size() == 4);
  CHECK(ring.cluster.switches.empty());
  // What no port offers is added, and said to be.
  CHECK(chosen(machines(world, {{"system", "2x mac over ether-a"}}), "system.link") ==
        "ether-a: not among the machine's ports: an added adapter is assumed");
}

TEST_CASE("without a link, the first port that joins them all", "[scenario]") {
  Halls world;
  // PCIe leads to no machine; one cable port joins two; the switch joins any number.
  CHECK(chosen(machines(world, {{"system", "2x desk"}}), "system.link") ==
        "cable-a: the first port that joins them all");
  CHECK(chosen(machines(world, {{"system", "3x desk"}}), "system.link") ==
        "ether-a: the first port that joins them all");
  CHECK(chosen(machines(world, {{"system", "2x desk in a star"}}), "system.link") ==
        "cable-a: the first port that joins them all");
  // Verbs reach only the next machine: three ports are no mesh of five, and a ring is not meant.
  world.data.write("hwdb/systems/studio.yaml",
                   small_world::box("studio", "card-a", 1) +
                       "ports: [{link: verbs-a, count: 3}, {link: cable-a, count: 3}]\n");
  CHECK(machines(world, {{"system", "4x studio"}}).cluster.description ==
        "4x studio over verbs-a in a mesh");
  CHECK(machines(world, {{"system", "5x studio"}}).cluster.description ==
        "5x studio over cable-a in a ring");
  CHECK(refusals(world, {{"system", "5x studio over verbs-a"}}) == Codes{"too-few-ports --system"});
  CHECK(refusals(world, {{"system", "5x studio over verbs-a in a ring"}}).empty());
  CHECK(refusals(world, {{"system", "2x box-1"}}) == Codes{"missing-key --system"});
  CHECK(refusals(world, {{"system", "5x rack in a mesh"}}) == Codes{"missing-key --system"});
}

TEST_CASE("machines that cannot be joined so are refused", "[scenario]") {
  Halls world;
  CHECK(refusals(world, {{"system", "3x desk over cable-a"}}) == Codes{"too-few-ports --system"});
  CHECK(refusals(world, {{"system", "4x rack over cable-a in a mesh"}}) ==
        Codes{"too-few-ports --system"});
  CHECK(refusals(world, {{"system", "2x desk over pcie-a"}}) == Codes{"inside-host-link --system"});
  CHECK(refusals(world, {{"system", "2x desk over ether-b"}}) == Codes{"unknown-link --system"});
  // One machine is joined to nothing: a warning.
  CHECK(refusals(world, {{"system", "desk over ether-a in a ring"}}) ==
        Codes{"inconsistent --system", "inconsistent --system"});
}

TEST_CASE("clusters of the catalogue and of the scenario", "[scenario]") {
  Halls world;
  const Scenario named = machines(world, {{"cluster", "desks"}});
  CHECK(named.cluster.machines.size() == 4);
  CHECK(named.cluster.machines[0].name == "a");
  CHECK(named.backend->id == "cuda");
  CHECK(refusals(world, {{"cluster", "desk"}}) == Codes{"unknown-cluster --cluster"});
  const Codes broken = refusals(world, {{"cluster", "broken"}});
  REQUIRE(broken.size() == 1);
  CHECK(broken[0].starts_with("unknown-system "));
  CHECK(broken[0].ends_with("broken.yaml"));
  // What describes machines all alike says nothing about a cluster.
  ScenarioSpec spec = spec_of({{"model", "dense"}, {"cluster", "desks"}});
  spec.link = {.value = "ether-a", .place = {.file = "--link"}};
  Diagnostics diagnostics;
  CHECK_FALSE(resolve(spec, world.catalog(), diagnostics));
  CHECK(diagnostics.sorted().front().code == "inconsistent");
  CHECK(diagnostics.sorted().front().place.file == "--link");

  const std::string file =
      world.data.write("scenario.yaml",
                       "kind: scenario\nmodel: dense\ncluster:\n"
                       "  nodes: [{id: w, system: rack, count: 2}]\n"
                       "  links:\n    - {from: w-1, to: w-2, link: cable-a, count: 3}\n");
  Diagnostics ports;
  CHECK_FALSE(resolve(read_scenario(file, {}), world.catalog(), ports));
  CHECK(codes_and_places(ports) == Codes{"too-few-ports 6:7", "too-few-ports 6:7"});
  Diagnostics fine;
  const auto own = resolve(read_scenario(file, {"cluster.links.0.count=2"}), world.catalog(), fine);
  INFO(all_texts(fine));
  REQUIRE(own);
  CHECK(own->cluster.wires.at(0).cables == 2);
}

TEST_CASE("a backend must run on every machine", "[scenario]") {
  Halls world;
  // cuda on the desk, metal on the Mac: the CPUs of both are not what is meant.
  const Diagnostics mixed = problems(world, {{"cluster", "mixed"}});
  REQUIRE(mixed.sorted().size() == 1);
  CHECK(mixed.sorted().front().code == "unsupported-engine");
  CHECK(mixed.sorted().front().message ==
        "llama.cpp has no backend that runs on a (desk) and on b (Mac)");
  CHECK(mixed.sorted().front().expected == "cpu");
  const Diagnostics cuda = problems(world, {{"cluster", "mixed"}, {"engine", "llama.cpp:cuda"}});
  REQUIRE(cuda.sorted().size() == 1);
  CHECK(cuda.sorted().front().code == "unsupported-backend");
  CHECK(cuda.sorted().front().message == "backend cuda does not run on b (Mac)");
  CHECK(machines(world, {{"cluster", "mixed"}, {"engine", "llama.cpp:cpu"}}).backend->id == "cpu");
  // Machines that do not work need not.
  CHECK(machines(world, {{"cluster", "mixed"}, {"nodes", "1"}}).backend->id == "cuda");
}

TEST_CASE("an engine for one machine does not span several", "[scenario]") {
  Halls world;
  const Options serve{{"system", "4x desk over ether-a"}, {"engine", "serve"}};
  const Diagnostics refused = problems(world, serve);
  REQUIRE(refused.sorted().size() == 1);
  CHECK(refused.sorted().front().code == "one-machine-engine");
  CHECK(refused.sorted().front().place.file == "--engine");
  CHECK(refused.sorted().front().expected == "llama.cpp; or replicas of one machine each");
  // Each machine on its own, or only one of them.
  CHECK(refusals(world, serve, {"replicas=4"}).empty());
  CHECK(refusals(world, serve, {"replicas=2"}) == Codes{"one-machine-engine --engine"});
  CHECK(refusals(world, serve, {"placement.nodes=1"}).empty());
  CHECK(refusals(world, serve, {"placement=single"}).empty());
  // Left open, an engine is chosen that can: only serve loads this checkpoint.
  CHECK(refusals(world, {{"system", "2x desk"}, {"quantization", "only-s"}}) ==
        Codes{"one-machine-engine --system"});
  CHECK(machines(world, {{"system", "2x desk"}}).engine->id == "llama.cpp");
}

TEST_CASE("the default engine is one that spans machines", "[scenario]") {
  Halls world;
  const std::string rest = "hwdb/engines/llama.cpp.yaml";
  // llama.cpp without `remote`, and another engine with it.
  const auto engine = [&](const std::string& id, const std::string& extra) {
    return small_world::engine(id, "gguf", "layer_split", "host_embedding: true\n" + extra,
                               small_world::backend("cuda", "gpu", true));
  };
  world.data.write(rest, engine("llama.cpp", ""));
  world.data.write("hwdb/engines/spread.yaml",
                   engine("spread",
                          "remote:\n  parallelism: [layer_split]\n"
                          "  hop_overhead: {value: 1 ms, source: S, status: measured}\n"));
  const Scenario two = machines(world, {{"system", "2x desk"}});
  CHECK(two.engine->id == "spread");
  CHECK(chosen(two, "engine") == "spread: runs on several machines");
  CHECK(machines(world, {{"system", "desk"}}).engine->id == "llama.cpp");
}

TEST_CASE("replicas are equal parts of the machines", "[scenario]") {
  Halls world;
  const Options six{{"system", "6x desk over ether-a"}};
  const Scenario three = machines(world, six, {"replicas=3", "spare=1"});
  CHECK(three.replicas == 3);
  CHECK(three.spare == 1);
  CHECK(refusals(world, six, {"replicas=4"}) == Codes{"out-of-range --set replicas"});
  CHECK(refusals(world, six, {"replicas=4", "placement.nodes=4"}).empty());
  CHECK(refusals(world, six, {"replicas=3", "spare=3"}) == Codes{"out-of-range --set spare"});
  CHECK(refusals(world, six, {"spare=1"}) == Codes{"out-of-range --set spare"});
  CHECK(refusals(world, six, {"spare=0"}).empty());
  CHECK(refusals(world, {{"system", "desk"}}, {"replicas=2"}) ==
        Codes{"out-of-range --set replicas"});
  // desk, desk | rack, rack.
  CHECK(refusals(world, {{"cluster", "pairs"}}, {"replicas=2"}) ==
        Codes{"inconsistent --set replicas"});
  CHECK(refusals(world, {{"cluster", "desks"}}, {"replicas=2"}).empty());
}

TEST_CASE("counts of machines that do not fit are refused", "[scenario]") {
  Halls world;
  const Options four{{"system", "4x desk over ether-a"}};
  CHECK(refusals(world, four, {"placement.nodes=4"}).empty());
  CHECK(refusals(world, four, {"placement.nodes=5"}) ==
        Codes{"out-of-range --set placement.nodes"});
  CHECK(refusals(world, {{"system", "desk"}, {"nodes", "2"}}) == Codes{"out-of-range --nodes"});
  CHECK(refusals(world, four, {"placement.tensor=2"}) ==
        Codes{"inconsistent --set placement.tensor"});
  CHECK(refusals(world, four, {"placement.strategy=pipeline_parallel", "placement.tensor=2"})
            .empty());
}

}  // namespace
}  // namespace plimsoll

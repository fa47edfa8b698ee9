// Routes, unified-memory limits and roofs of machines small enough to know by hand.
#include "fabric/fabric.h"

#include <cmath>
#include <string>
#include <vector>

#include "base/estimate.h"
#include "catalog/figure_spread.h"
#include "scenario/small_world.h"

namespace plimsoll {
namespace {

constexpr double gib = 1024.0 * 1024 * 1024;

Fabric machine_fabric(SmallWorld& world, const std::string& system, bool raised = false) {
  Diagnostics diagnostics;
  const SystemSpec* spec = world.catalog().system(system, {}, diagnostics);
  INFO(all_texts(diagnostics));
  REQUIRE(spec);
  Fabric fabric = build_fabric(single_machine(*spec), raised, world.catalog(), diagnostics);
  REQUIRE_FALSE(diagnostics.has_errors());
  return fabric;
}

std::string soc_box(const std::string& id, const std::string& memory, const std::string& os,
                    const std::string& extra = {}) {
  return "kind: system\nid: " + id + "\nname: " + id + "\nos: " + os +
         "\nparts: [{device: soc-a}]\nhost: {memory: " + memory + "}\n" + extra;
}

std::vector<std::string> link_names(const Fabric& fabric, const Route& route) {
  std::vector<std::string> names;
  for (int link : route.links) names.push_back(fabric.links()[static_cast<std::size_t>(link)].name);
  return names;
}

TEST_CASE("cards without a link of their own talk through the host", "[fabric]") {
  SmallWorld world;
  const Fabric fabric = machine_fabric(world, "box-2");
  const std::vector<int> gpus = fabric.accelerators(0);
  REQUIRE(gpus.size() == 2);
  const Route route = fabric.route(gpus[0], gpus[1]);
  CHECK(link_names(fabric, route) ==
        std::vector<std::string>{"pcie-a from GPU 0", "pcie-a to GPU 1"});
  // Up to the host and down again: 8 us each; the narrowest of 25 and 25 GB/s.
  CHECK(route.latency.base() == Approx(16 * microsecond));
  CHECK(route.bandwidth.base() == 25e9);
  const Route back = fabric.route(gpus[1], gpus[0]);
  CHECK(link_names(fabric, back) ==
        std::vector<std::string>{"pcie-a from GPU 1", "pcie-a to GPU 0"});
  CHECK(back.latency == route.latency);
  const Route to_host = fabric.route(gpus[1], fabric.cpu(0));
  CHECK(link_names(fabric, to_host) == std::vector<std::string>{"pcie-a from GPU 1"});
  CHECK(to_host.latency.base() == Approx(8 * microsecond));
}

TEST_CASE("a path through a switch has the link's latency once", "[fabric]") {
  SmallWorld world;
  const Fabric fabric = machine_fabric(world, "box-4-nv");
  const std::vector<int> gpus = fabric.accelerators(0);
  REQUIRE(gpus.size() == 4);
  for (int a : gpus)
    for (int b : gpus) {
      if (a == b) continue;
      const Route route = fabric.route(a, b);
      REQUIRE(route.links.size() == 2);
      CHECK(fabric.links()[static_cast<std::size_t>(route.links[0])].spec->id == "nvlink-a");
      CHECK(route.latency.base() == Approx(3 * microsecond));
      CHECK(route.bandwidth.base() == 200e9);
    }
  // The host is not behind the switch.
  CHECK(fabric.route(gpus[2], fabric.cpu(0)).latency.base() == Approx(8 * microsecond));
}

TEST_CASE("the narrowest link of a route sets its bandwidth", "[fabric]") {
  SmallWorld world;
  world.data.write("hwdb/links/pcie-b.yaml", small_world::link("pcie-b", "6 GB/s", "5 us"));
  world.data.write("hwdb/devices/card-c.yaml",
                   replaced(replaced(replaced(small_world::card_a, "card-a", "card-c"),
                                     "name: Card A", "name: Card C"),
                            "host_link: pcie-a", "host_link: pcie-b"));
  world.data.write("hwdb/systems/mixed.yaml",
                   "kind: system\nid: mixed\nname: mixed\nos: linux\nparts:\n  - {device: card-a}\n"
                   "  - {device: card-c}\nhost: {device: cpu-a, memory: 32 GiB}\n");
  const Fabric fabric = machine_fabric(world, "mixed");
  const std::vector<int> gpus = fabric.accelerators(0);
  REQUIRE(gpus.size() == 2);
  CHECK(fabric.route(gpus[0], gpus[1]).bandwidth.base() == 6e9);
  CHECK(fabric.route(gpus[1], gpus[0]).bandwidth.base() == 6e9);
  CHECK(fabric.route(gpus[0], gpus[1]).latency.base() == Approx(13 * microsecond));
}

TEST_CASE("one executor or one pool needs no link", "[fabric]") {
  SmallWorld world;
  world.data.write("hwdb/systems/mac.yaml", soc_box("mac", "64 GiB", "macos"));
  const Fabric cards = machine_fabric(world, "box-2");
  CHECK(cards.route(0, 0).links.empty());
  const Fabric unified = machine_fabric(world, "mac");
  const int gpu = unified.accelerators(0).front();
  CHECK(unified.route(gpu, unified.cpu(0)).links.empty());
  CHECK(unified.links().empty());
}

TEST_CASE("units become executors of their pools", "[fabric]") {
  SmallWorld world;
  world.data.write("hwdb/systems/mac.yaml", soc_box("mac", "64 GiB", "macos"));
  const Fabric cards = machine_fabric(world, "box-2");
  REQUIRE(cards.executors().size() == 3);  // two GPUs and the host's CPU
  REQUIRE(cards.pools().size() == 3);
  CHECK(cards.pools()[0].name == "GPU 0 memory");
  CHECK(cards.pools()[0].capacity.base() == 24 * gib);
  CHECK(cards.pools()[static_cast<std::size_t>(cards.host_pool(0))].capacity.base() == 64 * gib);
  // On a chip with unified memory GPU and CPU share the one pool; the NPU runs nothing here.
  const Fabric unified = machine_fabric(world, "mac");
  CHECK(unified.executors().size() == 2);
  REQUIRE(unified.pools().size() == 1);
  CHECK(unified.host_pool(0) == 0);
  CHECK(machine_fabric(world, "box-1").pools()[0].name == "GPU memory");
}

// The first step of the table whose size is not below the machine's; beyond the table its last
// share. Shares of the small world: 0.5 up to 16 GiB, 0.75 up to 32 GiB.
TEST_CASE("the OS table limits GPU memory by size", "[fabric]") {
  struct Case {
    const char* memory;
    double usable_gib;
  };
  for (const Case& c : {Case{"8 GiB", 4.0}, Case{"16 GiB", 8.0}, Case{"17 GiB", 12.75},
                        Case{"32 GiB", 24.0}, Case{"64 GiB", 48.0}}) {
    SmallWorld world;
    world.data.write("hwdb/systems/mac.yaml", soc_box("mac", c.memory, "macos"));
    const Fabric fabric = machine_fabric(world, "mac");
    const Pool& pool = fabric.pools().front();
    INFO(c.memory);
    CHECK(pool.gpu_usable.base() == Approx(c.usable_gib * gib).epsilon(1e-12));
    CHECK(pool.gpu_limit == "Mac System limit on GPU memory");
    CHECK(pool.raise_limit == "raise {mib}");
  }
}

TEST_CASE("a machine's own limit goes before the table, a raised one before both", "[fabric]") {
  SmallWorld world;
  world.data.write("hwdb/systems/mac.yaml",
                   soc_box("mac", "32 GiB", "macos",
                           "gpu_memory: {value: 20 GiB, source: S, status: measured}\n"));
  CHECK(machine_fabric(world, "mac").pools().front().gpu_usable.base() == 20 * gib);
  CHECK(machine_fabric(world, "mac").pools().front().gpu_limit == "limit of this machine");
  // Raised: all but the 4 GiB the system keeps.
  CHECK(machine_fabric(world, "mac", true).pools().front().gpu_usable.base() == 28 * gib);
  // An OS without a table leaves everything but its own.
  world.data.write("hwdb/systems/free.yaml", soc_box("free", "32 GiB", "linux"));
  const Fabric free = machine_fabric(world, "free");
  CHECK(free.pools().front().gpu_usable.base() == 30 * gib);
  CHECK(free.pools().front().gpu_limit.empty());
  CHECK(free.pools().front().raise_limit.empty());
}

TEST_CASE("a measured roof is taken as it is, a missing one from the class", "[fabric]") {
  SmallWorld world;
  world.data.write("hwdb/systems/b.yaml", small_world::box("b", "card-b", 1));
  const Fabric measured = machine_fabric(world, "box-1");
  const Fabric by_class = machine_fabric(world, "b");
  CHECK(measured.executors()[0].memory.value.base() == 900e9);
  CHECK(by_class.executors()[0].memory.value.base() == Approx(0.8 * 500e9));

  Diagnostics diagnostics;
  const RoofTable& roofs = world.catalog().roofs(diagnostics);
  CHECK(matrix_roof(measured.executors()[0], Precision::fp16, roofs).value.base() == 80e12);
  CHECK(matrix_roof(by_class.executors()[0], Precision::fp16, roofs).value.base() ==
        Approx(0.6 * 50e12));
  CHECK(matrix_roof(by_class.executors()[0], Precision::int8, roofs).value.base() == 0.0);
}

TEST_CASE("the spread of a roof comes from ranges and confidence", "[fabric]") {
  SmallWorld world;
  world.data.write("hwdb/systems/b.yaml", small_world::box("b", "card-b", 1));
  // A 90 % interval of a normal logarithm reaches 1.645 standard deviations either way.
  const auto of_range = [](double low, double high) {
    return std::log(high / low) / (2 * 1.6448536);
  };
  CHECK(machine_fabric(world, "box-1").executors()[0].memory.log_sigma ==
        Approx(of_range(810, 1000)).epsilon(1e-6));
  // No range: medium confidence counts 4 %. The class default has a range; both err independently.
  const Fabric by_class = machine_fabric(world, "b");
  CHECK(by_class.executors()[0].memory.log_sigma ==
        Approx(std::hypot(0.04, of_range(0.7, 0.9))).epsilon(1e-6));
  Diagnostics diagnostics;
  const RoofTable& roofs = world.catalog().roofs(diagnostics);
  CHECK(matrix_roof(by_class.executors()[0], Precision::fp16, roofs).log_sigma ==
        Approx(std::hypot(0.02, of_range(0.5, 0.7))).epsilon(1e-6));
}

TEST_CASE("a spread without a range follows the confidence", "[fabric]") {
  const auto sigma = [](Confidence confidence) {
    return log_sigma_of({.confidence = confidence}, std::nullopt, std::nullopt);
  };
  CHECK(sigma(Confidence::high) < sigma(Confidence::medium));
  CHECK(sigma(Confidence::medium) < sigma(Confidence::low));
  // A range that says nothing (one value twice, or from zero) is none.
  CHECK(log_sigma_of({.confidence = Confidence::high}, 1.0, 1.0) == sigma(Confidence::high));
  CHECK(log_sigma_of({.confidence = Confidence::high}, 0.0, 1.0) == sigma(Confidence::high));
}

TEST_CASE("sockets multiply the rates of a host", "[fabric]") {
  SmallWorld world;
  world.data.write("hwdb/systems/server.yaml",
                   "kind: system\nid: server\nname: server\nos: linux\n"
                   "host: {device: cpu-a, sockets: 2, memory: 256 GiB}\n");
  const Fabric fabric = machine_fabric(world, "server");
  CHECK(fabric.accelerators(0).empty());
  const Executor& cpu = fabric.executors()[static_cast<std::size_t>(fabric.cpu(0))];
  CHECK(cpu.memory.value.base() == 2 * 60e9);
  Diagnostics diagnostics;
  CHECK(matrix_roof(cpu, Precision::fp32, world.catalog().roofs(diagnostics)).value.base() ==
        Approx(2 * 0.6 * 2e12));
}

TEST_CASE("a part without a GPU of its own memory is refused", "[fabric]") {
  SmallWorld world;
  world.data.write("hwdb/systems/odd.yaml", small_world::box("odd", "cpu-a", 1));
  Diagnostics diagnostics;
  const SystemSpec* odd = world.catalog().system("odd", {}, diagnostics);
  REQUIRE(odd);
  build_fabric(single_machine(*odd), false, world.catalog(), diagnostics);
  REQUIRE(diagnostics.sorted().size() == 1);
  CHECK(diagnostics.sorted().front().code == "not-an-accelerator");
}

}  // namespace
}  // namespace plimsoll

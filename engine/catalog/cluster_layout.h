// A cluster with every name found: what the fabric is built from.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "catalog/catalog.h"
#include "catalog/cluster_spec.h"

namespace plimsoll {

struct Machine {
  std::string name;  // "node 1", or the id of the cluster's file: "worker-2"
  const SystemSpec* system = nullptr;
};

struct SwitchBox {
  std::string name;
  std::optional<Figure<BytesPerSecond>> capacity;
  std::optional<Figure<Seconds>> latency;  // nothing: contained in the links' own
};

// Ends are indices: machines first, then switches.
struct Wire {
  int a = 0;
  int b = 0;
  const LinkSpec* link = nullptr;
  int cables = 1;  // side by side; flows share all of them
  SourcePlace place;
};

struct ClusterLayout {
  std::vector<Machine> machines;
  std::vector<SwitchBox> switches;
  std::vector<Wire> wires;
  // Machines that stand for bare devices live here; `machines` points into it.
  std::vector<std::shared_ptr<const SystemSpec>> owned;
  std::string description;  // "4x Framework Desktop 128 GB over Ethernet 5 Gbit/s"
};

// A machine that is nothing but so many of a device (sockets, for a CPU; one SoC). `memory`: the
// main memory; where nothing is given the largest sold with the device, and zero where nobody
// knows.
SystemSpec bare_machine(const DeviceSpec& device, int count, std::optional<Bytes> memory);

// A system of that name, or a bare machine around a device of that name. Null after a complaint.
std::shared_ptr<const SystemSpec> find_machine(std::string_view name, const SourcePlace& place,
                                               Catalog& catalog, Diagnostics& diagnostics);

// One machine, no link.
ClusterLayout single_machine(const SystemSpec& system);

// `count` machines of a kind. Without `topology`: a star for a switched link; for cables the
// mesh or the ring that the machine's ports allow (two machines: one cable; links that are
// not forwarded: the mesh only). Refuses (codes in doc/diagnostics.md) fewer
// than one machine and a topology that needs more ports than a machine is known to have.
ClusterLayout uniform_cluster(const SystemSpec& system, int count, const LinkSpec& link,
                              std::optional<Topology> topology, const SourcePlace& place,
                              Diagnostics& diagnostics);

// Everything wrong is told at once, with its place: no machine at all, an id that is unknown or
// used twice, a link from an id to itself, a link inside a host, machines that nothing joins,
// switches in a loop (they forward on a tree; cables side by side are `count`), too many cables for
// the ports.
ClusterLayout lay_out(const ClusterSpec& cluster, Catalog& catalog, Diagnostics& diagnostics);

}  // namespace plimsoll

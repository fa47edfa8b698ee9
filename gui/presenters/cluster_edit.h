// Changes of a cluster by hand: machines, switches and links added, joined and removed. Without Qt.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/diagnostic.h"
#include "catalog/catalog.h"
#include "scenario/scenario.h"

namespace plimsoll::gui {

// The machines of a scenario with every machine and every link written out, in the order in which
// its picture has them: node i of the picture is machine i, then the switches; edge i is link i.
// Nothing after a complaint: a machine that is several cards of a kind, or has another memory than
// it is sold with, has no name of its own.
std::optional<ClusterSpec> written_out(const ScenarioSpec& scenario, Catalog& catalog,
                                       Diagnostics& diagnostics);

// What a picture of the scenario shows while it is refused: as much as its names tell.
ClusterLayout layout_of(const ScenarioSpec& scenario, Catalog& catalog);

// The scenario on that cluster instead of what it named.
ScenarioSpec with_cluster(ScenarioSpec scenario, ClusterSpec cluster);

// A machine like `beside` or of `system` if that is given, joined as `beside` is: to its switch, or
// to itself by a cable; to nothing where no link is known to fit. Returns its id. `beside`: the id
// of a machine or switch, or empty for the last machine.
std::string add_machine(ClusterSpec& cluster, const std::string& system, const std::string& beside,
                        Catalog& catalog);
std::string add_switch(ClusterSpec& cluster);

// A cable more where they are joined by that link already.
void connect(ClusterSpec& cluster, const std::string& from, const std::string& to,
             const std::string& link);

// With its links. False of the last machine, which stays.
bool remove_node(ClusterSpec& cluster, const std::string& id);
bool remove_link(ClusterSpec& cluster, int index);

// Machines first, then switches.
std::vector<std::string> ids_of(const ClusterSpec& cluster);

struct LinkChoice {
  std::string id;
  std::string name;
};
// Those that join machines.
std::vector<LinkChoice> link_choices(Catalog& catalog);

// What to join two of them by: the link that either has most of, else a port of a machine; empty
// where nothing is known.
std::string likely_link(const ClusterSpec& cluster, const std::string& from, const std::string& to,
                        Catalog& catalog);

}  // namespace plimsoll::gui

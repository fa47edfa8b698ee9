#include "presenters/cluster_edit.h"

#include <algorithm>
#include <cctype>
#include <map>
#include <memory>
#include <utility>

#include "base/contains.h"
#include "catalog/cluster_layout.h"
#include "scenario/machines.h"

namespace plimsoll::gui {
namespace {

// "node 2" -> "node-2": what an id may be made of.
std::string id_of(const std::string& name) {
  std::string id;
  for (const char c : name) {
    const auto byte = static_cast<unsigned char>(c);
    id += std::isalnum(byte) != 0 || std::string_view("._+-").find(c) != std::string_view::npos
              ? c
              : '-';
  }
  return id;
}

bool is_written_out(const ClusterSpec& cluster) {
  return std::all_of(cluster.nodes.begin(), cluster.nodes.end(),
                     [](const ClusterNode& node) { return node.count == 1; }) &&
         std::all_of(cluster.links.begin(), cluster.links.end(),
                     [](const ClusterLink& link) { return link.among.empty(); });
}

bool has_id(const ClusterSpec& cluster, const std::string& id) {
  const std::vector<std::string> ids = ids_of(cluster);
  return contains(ids, id);
}

// Links to what there is not are none.
ClusterSpec without_loose_ends(ClusterSpec cluster) {
  std::erase_if(cluster.links, [&](const ClusterLink& link) {
    return !has_id(cluster, link.from) || !has_id(cluster, link.to) || link.from == link.to;
  });
  return cluster;
}

ClusterSpec spec_of(const ClusterLayout& layout, const std::string& name) {
  ClusterSpec cluster;
  cluster.name = name;
  std::vector<std::string> ends;
  for (const Machine& machine : layout.machines) {
    ends.push_back(id_of(machine.name));
    cluster.nodes.push_back(
        {.id = ends.back(), .system = machine.system ? machine.system->id : std::string()});
  }
  for (const SwitchBox& box : layout.switches) {
    ends.push_back(id_of(box.name));
    cluster.switches.push_back(
        {.id = ends.back(), .capacity = box.capacity, .latency = box.latency});
  }
  for (const Wire& wire : layout.wires)
    cluster.links.push_back({.from = ends[static_cast<std::size_t>(wire.a)],
                             .to = ends[static_cast<std::size_t>(wire.b)],
                             .link = wire.link ? wire.link->id : std::string(),
                             .count = wire.cables});
  return cluster;
}

bool same_machine(const SystemSpec* a, const SystemSpec* b) {
  if (!a || !b) return false;
  const auto devices = [](const SystemSpec& system) {
    int count = system.host.sockets;
    for (const SystemPart& part : system.parts) count += part.count;
    return count;
  };
  return a->id == b->id && a->host.memory == b->host.memory && devices(*a) == devices(*b);
}

// Every machine is still the one it was.
bool means_the_same(const ClusterLayout& layout, const ClusterSpec& cluster, Catalog& catalog) {
  Diagnostics quiet;
  const ClusterLayout again = lay_out(cluster, catalog, quiet);
  return std::equal(
      layout.machines.begin(), layout.machines.end(), again.machines.begin(), again.machines.end(),
      [](const Machine& a, const Machine& b) { return same_machine(a.system, b.system); });
}

const ClusterSpec* named_cluster(const ScenarioSpec& scenario, Catalog& catalog,
                                 Diagnostics& diagnostics) {
  if (scenario.own_cluster) return scenario.own_cluster.get();
  if (!scenario.cluster.has()) return nullptr;
  return catalog.cluster(*scenario.cluster.value, scenario.cluster.place, diagnostics);
}

// How often a link is at an end.
std::map<std::string, int> links_at(const ClusterSpec& cluster, const std::string& id) {
  std::map<std::string, int> links;
  for (const ClusterLink& link : cluster.links)
    if (link.from == id || link.to == id) ++links[link.link];
  return links;
}

std::string most_used(const std::map<std::string, int>& links) {
  const auto most = std::max_element(
      links.begin(), links.end(), [](const auto& a, const auto& b) { return a.second < b.second; });
  return most == links.end() ? std::string() : most->first;
}

const ClusterNode* find_node(const ClusterSpec& cluster, const std::string& id) {
  for (const ClusterNode& node : cluster.nodes)
    if (node.id == id) return &node;
  return nullptr;
}

// The switch that a machine hangs on and by which link, or the machine itself and no link.
ClusterLink joint_of(const ClusterSpec& cluster, const std::string& beside) {
  if (find_node(cluster, beside))
    for (const ClusterLink& link : cluster.links) {
      const std::string& other = link.from == beside ? link.to : link.from;
      if ((link.from == beside || link.to == beside) && !find_node(cluster, other))
        return {.from = beside, .to = other, .link = link.link};
    }
  return {.to = beside};
}

std::string unused_id(const ClusterSpec& cluster, const std::string& kind, std::size_t first) {
  for (std::size_t number = first;; ++number)
    if (const std::string id = kind + "-" + std::to_string(number); !has_id(cluster, id)) return id;
}

}  // namespace

std::vector<std::string> ids_of(const ClusterSpec& cluster) {
  std::vector<std::string> ids;
  for (const ClusterNode& node : cluster.nodes) ids.push_back(node.id);
  for (const ClusterSwitch& box : cluster.switches) ids.push_back(box.id);
  return ids;
}

ClusterLayout layout_of(const ScenarioSpec& scenario, Catalog& catalog) {
  Diagnostics quiet;
  if (const ClusterSpec* cluster = named_cluster(scenario, catalog, quiet))
    return lay_out(is_written_out(*cluster) ? without_loose_ends(*cluster) : *cluster, catalog,
                   quiet);
  std::vector<ChosenDefault> defaults;
  return find_machines(scenario, catalog, defaults, quiet).value_or(ClusterLayout{});
}

std::optional<ClusterSpec> written_out(const ScenarioSpec& scenario, Catalog& catalog,
                                       Diagnostics& diagnostics) {
  if (const ClusterSpec* cluster = named_cluster(scenario, catalog, diagnostics)) {
    if (is_written_out(*cluster)) return without_loose_ends(*cluster);
    const ClusterLayout layout = lay_out(*cluster, catalog, diagnostics);
    if (diagnostics.has_errors()) return std::nullopt;
    return spec_of(layout, cluster->name);
  }
  std::vector<ChosenDefault> defaults;
  const std::optional<ClusterLayout> layout =
      find_machines(scenario, catalog, defaults, diagnostics);
  if (!layout) return std::nullopt;
  ClusterSpec cluster = spec_of(*layout, {});
  // A machine of a file beside the catalogue is known by the path that was given.
  if (!means_the_same(*layout, cluster, catalog))
    for (ClusterNode& node : cluster.nodes) node.system = *scenario.system.value;
  if (means_the_same(*layout, cluster, catalog)) return cluster;
  diagnostics.error("inconsistent", scenario.system.place,
                    layout->description + " has no name by which a cluster could list it",
                    "a system of the catalogue");
  return std::nullopt;
}

ScenarioSpec with_cluster(ScenarioSpec scenario, ClusterSpec cluster) {
  scenario.system = {};
  scenario.memory = {};
  scenario.count = {};
  scenario.link = {};
  scenario.topology = {};
  scenario.cluster = {};
  scenario.own_cluster = std::make_shared<const ClusterSpec>(std::move(cluster));
  return scenario;
}

std::string add_machine(ClusterSpec& cluster, const std::string& system, const std::string& beside,
                        Catalog& catalog) {
  const std::string next_to =
      beside.empty() && !cluster.nodes.empty() ? cluster.nodes.back().id : beside;
  const ClusterNode* like = find_node(cluster, next_to);
  if (!like && !cluster.nodes.empty()) like = &cluster.nodes.back();
  const std::string id = unused_id(cluster, "node", cluster.nodes.size() + 1);
  const ClusterNode machine{.id = id, .system = system.empty() && like ? like->system : system};
  ClusterLink joint = joint_of(cluster, next_to);
  cluster.nodes.push_back(machine);
  if (joint.link.empty()) joint.link = likely_link(cluster, id, joint.to, catalog);
  if (!joint.link.empty() && !joint.to.empty()) connect(cluster, id, joint.to, joint.link);
  return id;
}

std::string add_switch(ClusterSpec& cluster) {
  const std::string id = has_id(cluster, "switch") ? unused_id(cluster, "switch", 2) : "switch";
  cluster.switches.push_back({.id = id});
  return id;
}

void connect(ClusterSpec& cluster, const std::string& from, const std::string& to,
             const std::string& link) {
  for (ClusterLink& known : cluster.links) {
    const bool same_ends =
        (known.from == from && known.to == to) || (known.from == to && known.to == from);
    if (!same_ends || known.link != link) continue;
    ++known.count;
    return;
  }
  cluster.links.push_back({.from = from, .to = to, .link = link});
}

bool remove_node(ClusterSpec& cluster, const std::string& id) {
  if (cluster.nodes.size() == 1 && cluster.nodes.front().id == id) return false;
  const bool known = has_id(cluster, id);
  std::erase_if(cluster.links,
                [&](const ClusterLink& link) { return link.from == id || link.to == id; });
  std::erase_if(cluster.nodes, [&](const ClusterNode& node) { return node.id == id; });
  std::erase_if(cluster.switches, [&](const ClusterSwitch& box) { return box.id == id; });
  return known;
}

bool remove_link(ClusterSpec& cluster, int index) {
  if (index < 0 || static_cast<std::size_t>(index) >= cluster.links.size()) return false;
  cluster.links.erase(cluster.links.begin() + index);
  return true;
}

std::vector<LinkChoice> link_choices(Catalog& catalog) {
  std::vector<LinkChoice> choices;
  Diagnostics quiet;
  for (const CatalogEntry& entry : catalog.headers(EntryKind::link)) {
    const LinkSpec* link = catalog.link(entry.id, {}, quiet);
    if (link && link->scope == LinkScope::between_hosts)
      choices.push_back({.id = link->id, .name = link->name});
  }
  return choices;
}

std::string likely_link(const ClusterSpec& cluster, const std::string& from, const std::string& to,
                        Catalog& catalog) {
  std::map<std::string, int> links = links_at(cluster, from);
  for (const auto& [link, count] : links_at(cluster, to)) links[link] += count;
  if (std::string most = most_used(links); !most.empty()) return most;
  Diagnostics quiet;
  for (const std::string& end : {from, to}) {
    const ClusterNode* node = find_node(cluster, end);
    const auto system =
        node ? find_machine(node->system, {}, catalog, quiet) : std::shared_ptr<const SystemSpec>();
    if (!system) continue;
    for (const SystemPort& port : system->ports) {
      const LinkSpec* link = catalog.link(port.link, {}, quiet);
      if (link && link->scope == LinkScope::between_hosts) return link->id;
    }
  }
  for (const ClusterLink& link : cluster.links) ++links[link.link];
  return most_used(links);
}

}  // namespace plimsoll::gui

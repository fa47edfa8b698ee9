#include "evaluate/claims.h"

#include <algorithm>
#include <optional>
#include <set>

#include "base/quantity_text.h"
#include "evaluate/streamed.h"

namespace plimsoll {

namespace {

std::string times(double factor) {
  return print_number(factor, 2) + " times as much";
}

std::string ports_of(const SystemSpec& system, Catalog& catalog) {
  std::string text;
  Diagnostics quiet;
  for (const SystemPort& port : system.ports)
    if (const LinkSpec* link = catalog.link(port.link, system.place, quiet))
      text += (text.empty() ? "" : ", ") + link->name + " (" + print(link->reached.value) + ")";
  return text.empty() ? "none known" : text;
}

bool has_port(const SystemSpec& system, const LinkSpec& link) {
  return std::any_of(system.ports.begin(), system.ports.end(),
                     [&](const SystemPort& port) { return port.link == link.id; });
}

// Links of the claim that its machines have no port for.
void check_ports(const ClusterLayout& cluster, Catalog& catalog, std::vector<std::string>& checks) {
  std::set<std::pair<std::string, std::string>> said;
  const int machines = static_cast<int>(cluster.machines.size());
  for (const Wire& wire : cluster.wires) {
    for (const int end : {wire.a, wire.b}) {
      if (end >= machines) continue;
      const SystemSpec& system = *cluster.machines[static_cast<std::size_t>(end)].system;
      if (has_port(system, *wire.link) || !said.insert({system.id, wire.link->id}).second) continue;
      checks.push_back("impossible on this hardware: " + system.name + " has no port for " +
                       wire.link->name + "; its ports: " + ports_of(system, catalog));
    }
  }
}

const Executor& first_worker(const Prepared& prepared) {
  const auto gpus = prepared.fabric->accelerators(0);
  const int id = gpus.empty() ? 0 : gpus.front();
  return prepared.fabric->executors()[static_cast<std::size_t>(id)];
}

void compare_memory(const Prepared& claimed, const Prepared& published,
                    std::vector<std::string>& checks) {
  const DeviceSpec& said = *first_worker(claimed).device;
  const DeviceSpec& sold = *first_worker(published).device;
  if (&said == &sold) return;
  const double factor = said.memory.bandwidth.value / sold.memory.bandwidth.value;
  if (factor == 1.0) return;
  checks.push_back("not the published hardware: the claim says " + said.memory.type + " at " +
                   print(said.memory.bandwidth.value) + ", " + sold.name + " has " +
                   sold.memory.type + " at " + print(sold.memory.bandwidth.value) + " (" +
                   times(factor) + ")");
}

void compare_sizes(const Prepared& claimed, const Prepared& published,
                   std::vector<std::string>& checks) {
  const auto size = [](const Prepared& prepared) {
    return prepared.fabric->pools()[static_cast<std::size_t>(first_worker(prepared).pool)].capacity;
  };
  if (size(claimed) == size(published)) return;
  checks.push_back("not the published hardware: the claim says " + print_binary(size(claimed)) +
                   " of memory, " + published.scenario.first_system().name + " has " +
                   print_binary(size(published)) + " (" + times(size(claimed) / size(published)) +
                   ")");
}

// A claim's NPU, where nothing known would use it.
void check_npu(const Prepared& claimed, Catalog& catalog, std::vector<std::string>& checks) {
  const DeviceSpec& device = *first_worker(claimed).device;
  if (!claimed.scenario.first_system().claimed || !find_unit(device, UnitKind::npu)) return;
  Diagnostics quiet;
  for (const CatalogEntry& header : catalog.headers(EntryKind::engine)) {
    const EngineSpec* engine = catalog.engine(header.id, claimed.scenario.spec.engine.place, quiet);
    if (!engine) continue;
    for (const BackendSpec& backend : engine->backends)
      if (backend.unit == UnitKind::npu) return;
  }
  checks.push_back("not on an NPU: no engine known here has a backend for one, that of " +
                   device.name + " stays idle");
}

void compare_links(const Prepared& claimed, const Prepared& published,
                   std::vector<std::string>& checks) {
  const auto& said = claimed.scenario.cluster.wires;
  const auto& used = published.scenario.cluster.wires;
  if (said.empty() || used.empty() || said.front().link == used.front().link) return;
  const LinkSpec& a = *said.front().link;
  const LinkSpec& b = *used.front().link;
  checks.push_back("not the published link: the claim says " + a.name + " at " +
                   print(a.reached.value) + ", published is " + b.name + " at " +
                   print(b.reached.value) + " (" + times(a.reached.value / b.reached.value) + ")");
}

std::string answer(const Prepared& prepared, Catalog& catalog) {
  if (!prepared.fits()) return "does not fit, short by " + print(prepared.placement().short_by());
  const Estimate rate = measure(prepared, catalog).decode_tokens_per_second;
  return (prepared.streams() ? "streams, " : "fits, ") + print_number(rate.value) + " token/s (" +
         print_number(rate.low) + " to " + print_number(rate.high) + ")";
}

std::string with_words(const Prepared& prepared) {
  return prepared.scenario.quantization->name + ", " + print(prepared.footprint.weights) +
         " of weights";
}

// The weights of one on the machines of the other: which part of the claim carries it.
void add_mixture(const std::string& what, ScenarioSpec machines, const Prepared& weights,
                 Catalog& catalog, std::vector<std::string>& checks) {
  machines.quantization = {.value = weights.scenario.quantization->id,
                           .place = machines.model.place};
  Diagnostics quiet;
  const std::unique_ptr<Prepared> mixture = prepare(machines, catalog, quiet);
  if (!mixture) return;
  checks.push_back(what + " (" + with_words(*mixture) + "): " + answer(*mixture, catalog));
}

}  // namespace

std::vector<std::string> check_claims(const Prepared& claimed, const Outcome& outcome,
                                      Catalog& catalog) {
  std::vector<std::string> checks;
  const ScenarioSpec& spec = claimed.scenario.spec;
  if (!spec.claimed) return checks;
  check_ports(claimed.scenario.cluster, catalog, checks);
  check_npu(claimed, catalog, checks);
  if (!spec.published) return checks;
  Diagnostics quiet;
  const std::unique_ptr<Prepared> published = prepare(*spec.published, catalog, quiet);
  if (!published) return checks;
  compare_memory(claimed, *published, checks);
  compare_sizes(claimed, *published, checks);
  compare_links(claimed, *published, checks);
  const std::string as_claimed =
      outcome.decode_tokens_per_second
          ? "it would fit, " + print_number(outcome.decode_tokens_per_second->value) + " token/s"
          : "it would not fit even then, short by " + print(outcome.short_by);
  checks.push_back("if all of it were true (" + with_words(claimed) + "): " + as_claimed);
  checks.push_back("as published (" + with_words(*published) + "): " + answer(*published, catalog));
  if (published->scenario.quantization != claimed.scenario.quantization) {
    add_mixture("the claimed weights on the published machines", *spec.published, claimed, catalog,
                checks);
    add_mixture("the published weights on the claimed machines", spec, *published, catalog, checks);
  }
  return checks;
}

}  // namespace plimsoll

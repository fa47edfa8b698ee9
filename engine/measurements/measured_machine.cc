#include "measurements/measured_machine.h"

#include <algorithm>
#include <cmath>
#include <optional>
#include <utility>

#include "base/names.h"
#include "base/quantity_text.h"
#include "base/text.h"
#include "measurements/host_text.h"
#include "measurements/stated_names.h"
#include "scenario/machines.h"

namespace plimsoll {

namespace {

// 220 of "220 W power limit", 85 of "85W TDP".
std::optional<Watts> power_in(std::string_view variant) {
  for (std::size_t at = variant.find('W'); at != std::string_view::npos;
       at = variant.find('W', at + 1)) {
    std::size_t end = at;
    while (end > 0 && variant[end - 1] == ' ') --end;
    std::size_t begin = end;
    while (begin > 0 && is_digit(variant[begin - 1])) --begin;
    const bool whole_word = at + 1 == variant.size() || variant[at + 1] == ' ';
    const std::optional<double> watts = parse_number(variant.substr(begin, end - begin));
    if (whole_word && watts) return Watts(*watts);
  }
  return std::nullopt;
}

bool works_on_prompts(const Measurement& m) {
  return m.metric == "prefill_tps" || m.metric == "ttft_s";
}

double best_rate(const DeviceSpec& device) {
  double best = 0.0;
  for (const ComputeUnitSpec& unit : device.units)
    if (unit.kind != UnitKind::npu)
      for (const auto& [precision, rate] : unit.rates)
        best = std::max(best, rate.peak.value.base());
  return best;
}

// What limits a metric first: arithmetic of prompts, memory of everything else.
double speed_of(const Measurement& m, const DeviceSpec& device) {
  return works_on_prompts(m) ? best_rate(device) : device.memory.bandwidth.value.base();
}

const DeviceSpec* working_device(const SystemSpec& system, Catalog& catalog) {
  Diagnostics quiet;
  const std::string& id = system.parts.empty() ? system.host.device : system.parts.front().device;
  return catalog.device(id, system.place, quiet);
}

// Of several variants the one with the bandwidth that the source states, else the first.
std::size_t meant_variant(const Measurement& m, const std::vector<std::string>& among,
                          Catalog& catalog) {
  if (!m.bandwidth_stated) return 0;
  Diagnostics quiet;
  constexpr double giga = 1e9;
  constexpr double rounding = 0.03;
  for (std::size_t i = 0; i < among.size(); ++i) {
    const DeviceSpec* device = catalog.device(among[i], m.place, quiet);
    const double stated = *m.bandwidth_stated * giga;
    if (device && std::fabs(device->memory.bandwidth.value.base() / stated - 1.0) < rounding)
      return i;
  }
  return 0;
}

// Root mean square of the logarithm of how much slower the others are.
AssumedFact variant_of(const Measurement& m, const std::string& chosen,
                       const std::vector<std::string>& among, Catalog& catalog) {
  Diagnostics quiet;
  const DeviceSpec* taken = catalog.device(chosen, m.place, quiet);
  double squares = 0.0;
  for (const std::string& id : among) {
    const DeviceSpec* other = catalog.device(id, m.place, quiet);
    if (!taken || !other) continue;
    const double ratio = std::log(speed_of(m, *other) / speed_of(m, *taken));
    squares += ratio * ratio;
  }
  return {.what = "variant: " + (taken ? taken->name : chosen),
          .log_sigma = std::sqrt(squares / static_cast<double>(among.size()))};
}

// A CPU by a name that may go on with other words ("Xeon Gold 6454S socket"), or null.
const DeviceSpec* find_cpu(std::string name, Catalog& catalog) {
  for (; !name.empty(); name = shorter_name(name)) {
    Diagnostics quiet;
    const DeviceSpec* device = catalog.device(name, {}, quiet);
    if (device && device->form == DeviceForm::cpu) return device;
  }
  return nullptr;
}

// The CPU whose memory is nearest to so many bytes per second, the first of equals.
const DeviceSpec* cpu_with_bandwidth(double bandwidth, Catalog& catalog) {
  const DeviceSpec* best = nullptr;
  double distance = 0.0;
  for (const CatalogEntry& header : catalog.headers(EntryKind::device)) {
    Diagnostics quiet;
    const DeviceSpec* device = catalog.device(header.id, {}, quiet);
    if (!device || device->form != DeviceForm::cpu) continue;
    const double away = std::fabs(std::log(device->memory.bandwidth.value.base() / bandwidth));
    if (best && away >= distance) continue;
    best = device;
    distance = away;
  }
  return best;
}

// Two modules of 64 GB in every channel of 64 bits: what such machines hold who run models that
// need it, where nobody says.
Bytes roomy_memory(const DeviceSpec& cpu, int sockets) {
  constexpr int bits_of_channel = 64;
  const int channels = std::max(2, cpu.memory.bus_bits / bits_of_channel);
  return Bytes(2.0 * 64.0 * memory_gigabyte * channels * sockets);
}

class MachineMapper {
 public:
  MachineMapper(const Measurement& m, const MeasuredDevice& named, int devices, Catalog& catalog,
                ScenarioSpec& spec, std::vector<AssumedFact>& assumed)
      : m_(m),
        named_(named),
        devices_(devices),
        catalog_(catalog),
        spec_(spec),
        assumed_(assumed),
        host_(parse_host(m.host)) {}

  MachineProblem run() {
    if (!named_.device) {
      spec_.cluster = given(named_.entry);
      return {};
    }
    limit_power();
    switch (named_.device->form) {
      case DeviceForm::card:
        return cards();
      case DeviceForm::soc:
        return chips();
      case DeviceForm::cpu:
        break;
    }
    return sockets();
  }

 private:
  template <class T>
  Given<T> given(T value) const {
    return {.value = std::move(value), .place = m_.place};
  }

  void limit_power() {
    const std::optional<Watts> watts = power_in(m_.variant);
    const auto& sold = named_.device->power_limit;
    if (!watts || !sold || *watts >= sold->value || named_.device->form == DeviceForm::cpu) return;
    spec_.power_limit = given(*watts);
  }

  // Cards share a machine unless nodes are stated.
  MachineProblem cards() {
    const int of_a_node = std::max(1, m_.count / std::max(1, m_.nodes));
    if (devices_ > of_a_node) return cards_of_nodes(of_a_node);
    spec_.system = given(devices_ == 1 ? named_.entry : named_.device->id);
    spec_.count = given(devices_);
    if (!add_host()) add_usual_host();
    if (devices_ > 1) add_device_link();
    return {};
  }

  bool cpu_helps() const { return m_.placement == "partial_offload"; }

  // What of a host is not known is taken from the usual machine with one such card. Several cards
  // need one where their name alone would mean several of those machines.
  void add_usual_host() {
    Diagnostics quiet;
    const std::string& card = named_.device->id;
    const SystemSpec* usual = catalog_.system(card, m_.place, quiet);
    if (devices_ == 1 ? !cpu_helps() || named_.system
                      : has_machine_of_cards() || !(usual || cpu_helps()))
      return;
    const DeviceSpec* cpu =
        usual ? catalog_.device(usual->host.device, m_.place, quiet) : usual_cpu();
    if (!cpu) return;
    constexpr double any_cpu = 0.5;  // a factor of 1.65: memory of two or of four channels
    if (cpu_helps()) assume("CPU of the host: " + cpu->name, any_cpu);
    use_host(*cpu, 1, {});
  }

  // "4x RTX 3090" is a machine of the catalogue.
  bool has_machine_of_cards() {
    Diagnostics quiet;
    for (const std::string& name : counted_names(devices_, named_.device->id))
      if (catalog_.system(name, m_.place, quiet)) return true;
    return false;
  }

  // Of a desktop of its years.
  const DeviceSpec* usual_cpu() {
    constexpr double two_channels_of_ddr5_5600 = 89.6e9;
    return cpu_with_bandwidth(two_channels_of_ddr5_5600, catalog_);
  }

  void use_host(const DeviceSpec& cpu, int sockets, std::optional<double> memory_gb) {
    spec_.system = given(named_.device->id);
    spec_.host = given(cpu.id);
    spec_.sockets = given(sockets);
    spec_.memory =
        given(memory_gb ? Bytes(*memory_gb * memory_gigabyte) : roomy_memory(cpu, sockets));
  }

  // One copy over several machines: those of the catalogue with as many cards.
  MachineProblem cards_of_nodes(int of_a_node) {
    const std::optional<std::string> machine = machine_with(of_a_node);
    if (!machine || devices_ % of_a_node != 0)
      return {.reason = "unknown-machine",
              .why_not = "no machine with " + std::to_string(of_a_node) + "x " +
                         named_.device->name + " is known"};
    spec_.system = given(*machine);
    spec_.count = given(devices_ / of_a_node);
    add_link();
    return {};
  }

  // A system with so many of the device and nothing else that computes, with ports.
  std::optional<std::string> machine_with(int count) {
    if (named_.system && count == 1) return named_.system->id;
    for (const CatalogEntry& header : catalog_.headers(EntryKind::system)) {
      Diagnostics quiet;
      const SystemSpec* system = catalog_.system(header.id, {}, quiet);
      if (!system || system->claimed || system->parts.size() != 1) continue;
      const SystemPart& part = system->parts.front();
      if (part.device == named_.device->id && part.count == count && !system->ports.empty())
        return system->id;
    }
    return std::nullopt;
  }

  // The CPU beside cards. Where it does any of the work and nothing is known of it, one with the
  // memory that the source states.
  bool add_host() {
    const DeviceSpec* cpu = find_cpu(host_.cpu, catalog_);
    if (!cpu && cpu_helps() && host_.bandwidth()) {
      constexpr double unknown_cores = 0.3;  // factor 1.35: cores and caches of its time
      cpu = cpu_with_bandwidth(*host_.bandwidth(), catalog_);
      if (cpu) assume("CPU of the host: " + cpu->name + ", by its memory", unknown_cores);
    }
    if (cpu) use_host(*cpu, host_.sockets, host_.memory_gb);
    return cpu != nullptr;
  }

  // Chips with everything on them are machines; several need ports.
  MachineProblem chips() {
    const SystemSpec* sold = m_.host.empty() ? named_.system : sold_machine();
    if (!sold || !serves(*sold)) {
      const SystemSpec* other = serving_machine();
      if (!other && needs_more_than_the_chip())
        return {.reason = "unknown-machine",
                .why_not = "no machine with " + named_.device->name + " has ports and a drive"};
      if (other && needs_more_than_the_chip()) {
        constexpr double others_alike = 0.05;
        assume("machine: " + other->name, others_alike);
        sold = other;
      }
    }
    spec_.system = given(sold ? sold->id : named_.entry);
    spec_.count = given(devices_);
    if (!sold && m_.memory_gb) spec_.memory = given(Bytes(*m_.memory_gb * memory_gigabyte));
    if (devices_ > 1) add_link();
    return {};
  }

  bool is_of_this_chip(const SystemSpec& system) const {
    return !system.claimed && !system.parts.empty() &&
           system.parts.front().device == named_.device->id &&
           (!m_.memory_gb || system.host.memory == Bytes(*m_.memory_gb * memory_gigabyte));
  }

  // The sold machine that the words around the chip name ("Framework Desktop cluster"), or null.
  const SystemSpec* sold_machine() {
    for (const CatalogEntry& header : catalog_.headers(EntryKind::system)) {
      Diagnostics quiet;
      const SystemSpec* system = catalog_.system(header.id, {}, quiet);
      if (!system || !is_of_this_chip(*system)) continue;
      const std::string folded = fold_name(m_.host);
      const auto begins = [&](const std::string& name) {
        const std::string own = fold_name(name);
        return !own.empty() && (folded.starts_with(own) || own.starts_with(folded));
      };
      if (begins(system->name) || std::any_of(system->names.begin(), system->names.end(), begins))
        return system;
    }
    return nullptr;
  }

  bool streams() const { return m_.placement == "ssd_offload"; }
  bool needs_more_than_the_chip() const { return devices_ > 1 || streams(); }

  // Several machines need ports, weights on the drive need one.
  bool serves(const SystemSpec& system) const {
    return (devices_ == 1 || !system.ports.empty()) && (!streams() || !system.storage.empty());
  }

  const SystemSpec* serving_machine() {
    for (const CatalogEntry& header : catalog_.headers(EntryKind::system)) {
      Diagnostics quiet;
      const SystemSpec* system = catalog_.system(header.id, {}, quiet);
      if (system && is_of_this_chip(*system) && serves(*system)) return system;
    }
    return nullptr;
  }

  // Counts of CPUs are sockets of one machine. A run on as many threads as one socket has cores
  // stays there.
  MachineProblem sockets() {
    const DeviceSpec& cpu = *named_.device;
    const ComputeUnitSpec* unit = find_unit(cpu, UnitKind::cpu);
    const int there = named_.system ? std::max(named_.system->host.sockets, m_.count) : m_.count;
    int used = there;
    if (m_.threads && unit && unit->cores > 0)
      used = std::clamp((*m_.threads + unit->cores - 1) / unit->cores, 1, there);
    const bool as_sold = named_.system && used == named_.system->host.sockets;
    spec_.system = given(as_sold ? named_.system->id : cpu.id);
    if (as_sold) return {};
    spec_.count = given(used);
    spec_.memory = given(m_.memory_gb    ? Bytes(*m_.memory_gb * memory_gigabyte)
                         : named_.system ? named_.system->host.memory
                                         : roomy_memory(cpu, used));
    return {};
  }

  const LinkSpec* stated_link() {
    if (m_.link.empty()) return nullptr;
    const StatedName name{.kind = StatedKind::link,
                          .text = m_.link,
                          .machine = {},
                          .joined = {{m_.device, m_.variant, m_.memory_gb}},
                          .place = m_.place};
    const NameAnswer answer = resolve(name, catalog_);
    Diagnostics quiet;
    return answer.entry.empty() ? nullptr : catalog_.link(answer.entry, m_.place, quiet);
  }

  // Between machines.
  void add_link() {
    const LinkSpec* link = stated_link();
    if (link && link->scope == LinkScope::between_hosts) spec_.link = given(link->id);
  }

  // Between the cards of a machine, where it is not what these have anyway.
  void add_device_link() {
    const LinkSpec* link = stated_link();
    if (!link || link->scope != LinkScope::inside_host) return;
    const std::string& own =
        named_.device->peer_link.empty() ? named_.device->host_link : named_.device->peer_link;
    if (link->id != own) spec_.device_link = given(link->id);
  }

  void assume(std::string what, double log_sigma) {
    assumed_.push_back({.what = std::move(what), .log_sigma = log_sigma});
  }

  const Measurement& m_;
  const MeasuredDevice& named_;
  int devices_;
  Catalog& catalog_;
  ScenarioSpec& spec_;
  std::vector<AssumedFact>& assumed_;
  HostText host_;
};

// With its variant, else without.
NameAnswer named_machine(const Measurement& m, Catalog& catalog) {
  NameAnswer answer = resolve_machine({m.device, m.variant, m.memory_gb}, catalog);
  return answer.known() || m.variant.empty()
             ? answer
             : resolve_machine({m.device, {}, m.memory_gb}, catalog);
}

}  // namespace

MeasuredDevice device_of(const Measurement& m, Catalog& catalog) {
  MeasuredDevice found;
  const NameAnswer answer = named_machine(m, catalog);
  if (!answer.known()) return found;
  found.entry = answer.entry;
  if (!answer.among.empty()) {
    found.entry = answer.among[meant_variant(m, answer.among, catalog)];
    found.assumed.push_back(variant_of(m, found.entry, answer.among, catalog));
  }
  Diagnostics quiet;
  found.system = catalog.system(found.entry, m.place, quiet);
  found.device = found.system ? working_device(*found.system, catalog)
                              : catalog.device(found.entry, m.place, quiet);
  return found;
}

void put_beside_drive(const Measurement& m, MeasuredDevice& found, Catalog& catalog) {
  if (!found.device || found.system) return;
  Diagnostics quiet;
  constexpr double rounding = 0.1;  // GB for GiB, and what a phone shows of its memory
  for (const CatalogEntry& entry : catalog.headers(EntryKind::system)) {
    const SystemSpec* system = catalog.system(entry.id, m.place, quiet);
    if (!system || system->claimed || system->storage.empty()) continue;
    const DeviceSpec* device = working_device(*system, catalog);
    const double memory = system->host.memory.base() / memory_gigabyte;
    const bool alike = !m.memory_gb || std::fabs(memory / *m.memory_gb - 1.0) < rounding;
    if (!device || device->id != found.device->id || !alike) continue;
    found.entry = system->id;
    found.system = system;
    return;
  }
}

MachineProblem set_machines(const Measurement& measurement, const MeasuredDevice& device,
                            int devices, Catalog& catalog, ScenarioSpec& spec,
                            std::vector<AssumedFact>& assumed) {
  return MachineMapper(measurement, device, devices, catalog, spec, assumed).run();
}

}  // namespace plimsoll

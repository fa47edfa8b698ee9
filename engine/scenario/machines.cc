#include "scenario/machines.h"

#include <algorithm>
#include <memory>
#include <string>
#include <utility>

#include "base/quantity_text.h"
#include "catalog/power_limit.h"

namespace plimsoll {

namespace {

// "PCIe 3.0 x8" and "PCIe 4.0 x16".
bool of_one_standard(const LinkSpec& a, const LinkSpec& b) {
  const auto standard = [](const LinkSpec& link) {
    return link.name.substr(0, link.name.find(' '));
  };
  return standard(a) == standard(b);
}

// The largest boxes sold hold 16 accelerators (DGX-2); a slot expander may hold more.
constexpr int most_devices = 64;

class MachineFinder {
 public:
  MachineFinder(const ScenarioSpec& spec, Catalog& catalog, std::vector<ChosenDefault>& defaults,
                Diagnostics& diagnostics)
      : spec_(spec), catalog_(catalog), defaults_(defaults), diagnostics_(diagnostics) {}

  std::optional<ClusterLayout> run() {
    ClusterLayout layout = lay_out_machines();
    diagnostics_.append(problems_);
    if (problems_.has_errors()) return std::nullopt;
    return layout;
  }

 private:
  void refuse(const char* code, const SourcePlace& place, std::string message,
              std::string expected) {
    problems_.error(code, place, std::move(message), std::move(expected));
  }

  ClusterLayout lay_out_machines() {
    const bool cluster = spec_.cluster.has() || spec_.own_cluster;
    if (cluster && spec_.system.has()) {
      refuse("inconsistent", spec_.cluster.place, "the scenario names both a system and a cluster",
             "one of them");
      return {};
    }
    if (cluster) return named_cluster();
    if (spec_.system.has()) return alike_machines();
    refuse("missing-key", spec_.system.place, "the scenario names no system",
           "system: ID, or --system ID");
    return {};
  }

  // What belongs to machines all alike says nothing about a cluster.
  void refuse_uniform_settings() {
    const auto refuse_given = [&](const char* key, const auto& given) {
      if (given.has())
        refuse("inconsistent", given.place, std::string(key) + " says nothing about a cluster",
               "system: {id: …, " + std::string(key) + ": …}, or a change of the cluster");
    };
    refuse_given("memory", spec_.memory);
    refuse_given("host", spec_.host);
    refuse_given("sockets", spec_.sockets);
    refuse_given("device_link", spec_.device_link);
    refuse_given("power_limit", spec_.power_limit);
    refuse_given("os", spec_.os);
    refuse_given("count", spec_.count);
    refuse_given("link", spec_.link);
    refuse_given("topology", spec_.topology);
  }

  ClusterLayout named_cluster() {
    refuse_uniform_settings();
    if (spec_.own_cluster) return lay_out(*spec_.own_cluster, catalog_, problems_);
    const ClusterSpec* cluster =
        catalog_.cluster(*spec_.cluster.value, spec_.cluster.place, problems_);
    return cluster ? lay_out(*cluster, catalog_, problems_) : ClusterLayout{};
  }

  ClusterLayout alike_machines() {
    count_ = spec_.count.value.value_or(1);
    const SystemSpec* system =
        with_power_limit_asked_for(with_device_link_asked_for(with_os_asked_for(find_system())));
    const LinkSpec* link =
        spec_.link.has() ? catalog_.link(*spec_.link.value, spec_.link.place, problems_) : nullptr;
    if (!system || problems_.has_errors()) return {};
    ClusterLayout layout =
        count_ == 1 ? alone(*system) : joined(*system, link ? link : usual_link(*system));
    if (own_) layout.owned.push_back(own_);
    return layout;
  }

  const SystemSpec* with_os_asked_for(const SystemSpec* sold) {
    if (!sold || !spec_.os.has()) return sold;
    const OsSpec* os = catalog_.os(*spec_.os.value, spec_.os.place, problems_);
    if (!os || os->id == sold->os) return sold;
    auto system = std::make_shared<SystemSpec>(*sold);
    system->os = os->id;
    own_ = std::move(system);
    return own_.get();
  }

  const SystemSpec* with_device_link_asked_for(const SystemSpec* machine) {
    if (!machine || !spec_.device_link.has()) return machine;
    const SourcePlace& place = spec_.device_link.place;
    const LinkSpec* link = catalog_.link(*spec_.device_link.value, place, problems_);
    if (!link) return machine;
    if (link->scope != LinkScope::inside_host)
      refuse("inconsistent", place, link->name + " joins machines, not the devices of one",
             "a link inside a machine, or system: {link: …}");
    auto system = std::make_shared<SystemSpec>(*machine);
    for (SystemPart& part : system->parts) {
      part.peer_link = link->id;
      const DeviceSpec* device = catalog_.device(part.device, system->place, problems_);
      if (!device || device->host_link.empty()) continue;
      const LinkSpec* to_host = catalog_.link(device->host_link, device->place, problems_);
      // Ports that are narrower between cards are that to the host, too.
      if (to_host && of_one_standard(*link, *to_host)) part.host_link = link->id;
    }
    own_ = std::move(system);
    return own_.get();
  }

  const SystemSpec* with_power_limit_asked_for(const SystemSpec* machine) {
    if (!machine || !spec_.power_limit.has()) return machine;
    auto system = std::make_shared<SystemSpec>(*machine);
    for (SystemPart& part : system->parts) {
      const DeviceSpec* device = catalog_.device(part.device, system->place, problems_);
      if (!device) continue;
      if (!device->power_limit)
        problems_.warning(
            "inconsistent", spec_.power_limit.place,
            "the power of " + device->name + " is not known; its limit changes nothing",
            "power_limit: … in hwdb/devices/" + device->id + ".yaml");
      part.own_device =
          std::make_shared<const DeviceSpec>(under_power_limit(*device, *spec_.power_limit.value));
      if (part.own_device->held_to && !device->reading_power)
        defaults_.push_back({.field = "system.power_limit",
                             .value = "reads at full speed",
                             .why = "what reading memory takes is not known of " + device->name});
    }
    own_ = std::move(system);
    return own_.get();
  }

  ClusterLayout alone(const SystemSpec& system) {
    const auto passed_over = [&](const char* key, const SourcePlace& place) {
      problems_.warning(
          "inconsistent", place,
          std::string("one machine is joined to nothing; the ") + key + " given is passed over",
          "several machines: system: 2x " + system.id);
    };
    if (spec_.link.has()) passed_over("link", spec_.link.place);
    if (spec_.topology.has()) passed_over("topology", spec_.topology.place);
    return single_machine(system);
  }

  ClusterLayout joined(const SystemSpec& system, const LinkSpec* link) {
    if (!link) return {};  // told
    const SourcePlace& place = spec_.topology.has() ? spec_.topology.place
                               : spec_.link.has()   ? spec_.link.place
                                                    : spec_.count.place;
    const auto has_port = [&](const SystemPort& port) { return port.link == link->id; };
    if (std::none_of(system.ports.begin(), system.ports.end(), has_port))
      defaults_.push_back({.field = "system.link",
                           .value = link->id,
                           .why = "not among the machine's ports: an added adapter is assumed"});
    return uniform_cluster(system, count_, *link, spec_.topology.value, place, problems_);
  }

  // The first of its ports that can join so many machines.
  const LinkSpec* usual_link(const SystemSpec& system) {
    for (const SystemPort& port : system.ports) {
      const LinkSpec* link = catalog_.link(port.link, system.place, problems_);
      if (!link || link->scope != LinkScope::between_hosts) continue;
      Diagnostics complaints;
      uniform_cluster(system, count_, *link, spec_.topology.value, spec_.count.place, complaints);
      if (complaints.has_errors()) continue;
      defaults_.push_back(
          {.field = "system.link", .value = link->id, .why = "the first port that joins them all"});
      return link;
    }
    refuse("missing-key", spec_.system.place,
           "no port of " + system.name + " joins " + std::to_string(count_) + " machines",
           "system: {id: …, count: …, link: ID}, or --link ID");
    return nullptr;
  }

  // The one machine whose name was read as a count of machines, or null.
  const SystemSpec* find_counted_name() {
    if (!spec_.count.has() || spec_.host.has()) return nullptr;
    for (const std::string& whole : counted_names(count_, *spec_.system.value)) {
      Diagnostics ignored;
      const SystemSpec* found = catalog_.system(whole, spec_.system.place, ignored);
      if (!found) continue;
      count_ = 1;
      return found;
    }
    return nullptr;
  }

  // By its name; "2x RTX 4090" may be a name of its own; failing that a device, which becomes a
  // bare machine.
  const SystemSpec* find_system() {
    const std::string& name = *spec_.system.value;
    if (const SystemSpec* found = find_counted_name()) return found;
    if (const SystemSpec* own = around_stated_host()) return own;
    Diagnostics complaints;
    if (const SystemSpec* found = catalog_.system(name, spec_.system.place, complaints)) {
      problems_.append(complaints);
      check_memory_of(*found);
      check_host_of(*found);
      return found;
    }
    Diagnostics as_device;
    if (const DeviceSpec* device = catalog_.device(name, spec_.system.place, as_device))
      return bare(*device);
    // A device of that name whose file is broken is the more helpful complaint.
    const bool no_device = as_device.sorted().front().code == "unknown-device";
    problems_.append(no_device ? complaints : as_device);
    return nullptr;
  }

  // Beside a CPU that was asked for, "RTX 4090" is the card and not the usual machine with one.
  const SystemSpec* around_stated_host() {
    if (!spec_.host.has()) return nullptr;
    Diagnostics ignored;
    const DeviceSpec* device = catalog_.device(*spec_.system.value, spec_.system.place, ignored);
    return device && device->form == DeviceForm::card ? bare(*device) : nullptr;
  }

  void check_host_of(const SystemSpec& sold) {
    const Given<std::string>& host = spec_.host;
    if (!host.has() && !spec_.sockets.has()) return;
    problems_.warning("inconsistent", host.has() ? host.place : spec_.sockets.place,
                      sold.name + " has its own CPU; the one given is passed over",
                      "no host, or a card as system");
  }

  void check_memory_of(const SystemSpec& sold) {
    if (!spec_.memory.has() || *spec_.memory.value == sold.host.memory) return;
    problems_.warning("inconsistent", spec_.memory.place,
                      sold.name + " comes with " + print_binary(sold.host.memory) +
                          "; the memory given is passed over",
                      "no memory, or a device as system");
  }

  // Several cards or sockets share a machine; several chips with everything on them are machines.
  const SystemSpec* bare(const DeviceSpec& device) {
    const bool soc = device.form == DeviceForm::soc;
    if (!soc && count_ > most_devices)
      refuse("out-of-range", spec_.count.place,
             "no machine holds " + std::to_string(count_) + " of " + device.name,
             "1 to " + std::to_string(most_devices));
    SystemSpec machine = bare_machine(device, count_, spec_.memory.value);
    add_host(device, machine);
    own_ = std::make_shared<const SystemSpec>(std::move(machine));
    if (device.form != DeviceForm::card && own_->host.memory == Bytes())
      refuse("missing-key", spec_.system.place,
             "the memory of a machine with " + device.name + " is not known",
             "system: {id: " + device.id + ", memory: …}");
    if (!soc) count_ = 1;
    return own_.get();
  }

  // The CPU that was asked for beside cards.
  void add_host(const DeviceSpec& device, SystemSpec& machine) {
    if (!spec_.host.has() && !spec_.sockets.has()) return;
    if (device.form != DeviceForm::card) {
      const Given<std::string>& host = spec_.host;
      refuse("inconsistent", host.has() ? host.place : spec_.sockets.place,
             device.name + " has its own CPU", "a host for cards only");
      return;
    }
    machine.host.sockets = spec_.sockets.value.value_or(1);
    if (!spec_.host.has()) return;
    const DeviceSpec* cpu = catalog_.device(*spec_.host.value, spec_.host.place, problems_);
    if (cpu && cpu->form != DeviceForm::cpu)
      refuse("inconsistent", spec_.host.place, cpu->name + " is no CPU", "a device of form cpu");
    if (cpu) machine.host.device = cpu->id;
  }

  const ScenarioSpec& spec_;
  Catalog& catalog_;
  std::vector<ChosenDefault>& defaults_;
  Diagnostics& diagnostics_;
  Diagnostics problems_;
  int count_ = 1;                          // machines
  std::shared_ptr<const SystemSpec> own_;  // bare, or with another operating system
};

}  // namespace

std::array<std::string, 2> counted_names(int count, const std::string& system) {
  const std::string digits = std::to_string(count);
  return {digits + "x " + system, system + " x" + digits};
}

std::optional<ClusterLayout> find_machines(const ScenarioSpec& spec, Catalog& catalog,
                                           std::vector<ChosenDefault>& defaults,
                                           Diagnostics& diagnostics) {
  return MachineFinder(spec, catalog, defaults, diagnostics).run();
}

}  // namespace plimsoll

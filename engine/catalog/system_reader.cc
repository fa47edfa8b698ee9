#include "catalog/reader_parts.h"
#include "catalog/readers.h"

namespace plimsoll {

namespace {

SystemPart read_part(MapReader& reader, References& references) {
  SystemPart part;
  part.device = required_reference(reader, "device", ReferenceKind::device, references);
  part.count = int_or(reader, "count", 1, sane::most_parts, 1);
  part.peer_link = optional_reference(reader, "peer_link", ReferenceKind::link, references);
  return part;
}

HostSpec read_host(MapReader& reader, References& references) {
  HostSpec host;
  const ErrorWatch watch(reader);
  host.device = optional_reference(reader, "device", ReferenceKind::device, references);
  host.sockets = int_or(reader, "sockets", 1, 64, 1);
  host.memory = reader.required("memory", field::quantity<Bytes>(Bound::positive));
  const bool sensible = sane::smallest_memory <= host.memory && host.memory <= sane::largest_memory;
  if (watch.clean() && !sensible) {
    reader.error("memory", "out-of-range",
                 "the memory is " + print(host.memory) + ", which cannot be",
                 print_binary(sane::smallest_memory) + " to " + print(sane::largest_memory));
  }
  return host;
}

SystemStorage read_drive(MapReader& reader, References& references) {
  SystemStorage storage;
  storage.drive = required_reference(reader, "drive", ReferenceKind::storage, references);
  storage.size = reader.required("size", field::quantity<Bytes>(Bound::positive));
  storage.count = int_or(reader, "count", 1, sane::most_parts, 1);
  return storage;
}

// Slipped units and digits, no more.
auto capacity_figure() {
  return field::figure(1e-3, 1e6);  // J/K
}
auto resistance_figure() {
  return field::figure(1e-4, 1e4);  // K/W
}
auto temperature_figure() {
  return field::figure(-50.0, 150.0);  // degrees C
}

void check_limits(MapReader& reader, const ThermalSpec& thermal) {
  for (const auto& [key, limit] : {std::pair{"chip_limit", &thermal.chip_limit},
                                   std::pair{"body_limit", &thermal.body_limit}}) {
    if (limit->value > thermal.ambient.value) continue;
    reader.error(key, "inconsistent", "the limit is not above the ambient temperature",
                 "more than ambient");
  }
  if (thermal.peak_power.value > thermal.idle_power.value) return;
  reader.error("peak_power", "inconsistent", "the peak is not above the idle power",
               "more than idle_power");
}

ThermalSpec read_thermal(MapReader& reader) {
  ThermalSpec thermal;
  const ErrorWatch watch(reader);
  thermal.chip_capacity = reader.required("chip_capacity", capacity_figure());
  thermal.chip_resistance = reader.required("chip_resistance", resistance_figure());
  thermal.chip_limit = reader.required("chip_limit", temperature_figure());
  thermal.body_capacity = reader.required("body_capacity", capacity_figure());
  thermal.body_resistance = reader.required("body_resistance", resistance_figure());
  thermal.body_limit = reader.required("body_limit", temperature_figure());
  thermal.ambient = reader.required("ambient", temperature_figure());
  thermal.peak_power = reader.required("peak_power", power_figure());
  thermal.idle_power = reader.required("idle_power", power_figure());
  thermal.speed_exponent = reader.required("speed_exponent", field::figure(0.1, 1.0));
  if (watch.clean()) check_limits(reader, thermal);
  return thermal;
}

SystemPort read_port(MapReader& reader, References& references) {
  SystemPort port;
  port.link = required_reference(reader, "link", ReferenceKind::link, references);
  port.count = int_or(reader, "count", 1, sane::most_parts, 0);
  return port;
}

auto counted(References& references) {
  return field::object("port",
                       [&references](MapReader& reader) { return read_port(reader, references); });
}

// A port is the name of its link, or a map that also says how many there are.
struct PortField {
  using Value = SystemPort;
  References& references;

  Value read(const Node& node, const field::Context& context) const {
    if (node.kind() == NodeKind::map) return counted(references).read(node, context);
    Value port{.link = field::text().read(node, context), .count = 0};
    if (!port.link.empty()) references.push_back({ReferenceKind::link, port.link, node.place()});
    return port;
  }
  Value placeholder() const { return {}; }
  void describe(FieldSchema& schema) const {
    field::either(field::text(), counted(references)).describe(schema);
  }
};

// Binds a reader of parts to the file's references.
template <class Part>
auto list_of_parts(const char* what, Part (*read)(MapReader&, References&),
                   References& references) {
  return field::list_of(field::object(
      what, [read, &references](MapReader& reader) { return read(reader, references); }));
}

}  // namespace

void read_entry(MapReader& reader, SystemSpec& system, References& references) {
  const ErrorWatch watch(reader);
  system.claimed = reader.value_or("claimed", field::boolean(), false);
  system.year = int_or(reader, "year", 1990, 2100, 0);
  system.os = required_reference(reader, "os", ReferenceKind::os, references);
  system.parts = reader.value_or("parts", list_of_parts("part", read_part, references), {});
  system.host = reader.required(
      "host", field::object("host", [&](MapReader& host) { return read_host(host, references); }));
  system.storage = reader.value_or("storage", list_of_parts("drive", read_drive, references), {});
  system.ports = reader.value_or("ports", field::list_of(PortField{references}), {});
  system.gpu_memory = reader.optional("gpu_memory", memory_figure());
  system.load_power = reader.optional("load_power", power_figure());
  system.max_power = reader.optional("max_power", power_figure());
  system.idle_power = reader.optional("idle_power", power_figure());
  system.price = reader.optional("price", price_figure());
  system.thermal = reader.optional("thermal", field::object("thermal model", read_thermal));
  if (watch.clean() && system.parts.empty() && system.host.device.empty()) {
    reader.error("host", "inconsistent", "nothing in this system computes",
                 "parts: [{device: …}], or a device of the host");
  }
}

}  // namespace plimsoll

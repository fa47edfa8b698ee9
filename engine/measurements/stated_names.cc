#include "measurements/stated_names.h"

#include <algorithm>
#include <array>
#include <fstream>
#include <map>
#include <tuple>
#include <utility>

#include "base/contains.h"
#include "base/names.h"
#include "base/quantity_text.h"
#include "base/text.h"
#include "config/document.h"
#include "config/node_fields.h"
#include "measurements/measurement.h"

namespace plimsoll {

namespace {

struct Section {
  std::string_view heading;
  std::optional<StatedKind> kind;  // nothing: words that are no entries
};

constexpr std::array<Section, 13> sections = {{{"backend", StatedKind::backend},
                                               {"device", StatedKind::device},
                                               {"engine", StatedKind::engine},
                                               {"kv_type", StatedKind::kv_format},
                                               {"link", StatedKind::link},
                                               {"model", StatedKind::model},
                                               {"parallelism", std::nullopt},
                                               {"placement", std::nullopt},
                                               {"quant", StatedKind::quantization},
                                               {"streaming engine", StatedKind::engine},
                                               {"streaming hardware", StatedKind::hardware},
                                               {"streaming model", StatedKind::model},
                                               {"streaming quant", StatedKind::quantization}}};

// "N/A" is how tables say that there is none.
bool names_something(std::string_view text) {
  const std::string folded = fold_name(text);
  return !folded.empty() && folded != "na";
}

std::string stated_text(const MachineName& machine) {
  if (machine.variant.empty() && !machine.memory_gb) return machine.device;
  const std::string memory = machine.memory_gb ? print_number(*machine.memory_gb, 6) : "";
  return machine.device + " | " + machine.variant + " | " + memory;
}

// Collects names, each once.
class NameList {
 public:
  void add(StatedKind kind, std::string_view text, const SourcePlace& place) {
    if (names_something(text))
      add({.kind = kind, .text = std::string(text), .machine = {}, .place = place});
  }
  void add_link(std::string_view text, MachineName between, const SourcePlace& place) {
    if (!names_something(text)) return;
    StatedName& link =
        add({.kind = StatedKind::link, .text = std::string(text), .machine = {}, .place = place});
    if (!contains(link.joined, between)) link.joined.push_back(std::move(between));
  }
  void add(MachineName machine, const SourcePlace& place) {
    if (!names_something(machine.device)) return;
    std::string text = stated_text(machine);
    add({.kind = StatedKind::device,
         .text = std::move(text),
         .machine = std::move(machine),
         .place = place});
  }
  std::vector<StatedName> take() { return std::move(names_); }

 private:
  // The one in the list, which may be there already.
  StatedName& add(StatedName name) {
    const auto [at, fresh] = seen_.emplace(std::pair(name.kind, name.text), names_.size());
    if (fresh) names_.push_back(std::move(name));
    return names_[at->second];
  }

  std::vector<StatedName> names_;
  std::map<std::pair<StatedKind, std::string>, std::size_t> seen_;  // place in the list
};

// The part before the next bar, which is taken off.
std::string_view next_cell(std::string_view& rest) {
  const std::size_t bar = std::min(rest.find('|'), rest.size());
  const std::string_view cell = trimmed(rest.substr(0, bar));
  rest.remove_prefix(std::min(bar + 1, rest.size()));
  return cell;
}

void add_device(NameList& names, std::string_view cells, const SourcePlace& place,
                Diagnostics& diagnostics) {
  MachineName machine;
  machine.device = next_cell(cells);
  machine.variant = next_cell(cells);
  const std::string_view memory = next_cell(cells);
  machine.memory_gb = parse_number(memory);
  if (memory.empty() || machine.memory_gb) return names.add(std::move(machine), place);
  diagnostics.error("bad-value", place, "'" + std::string(memory) + "' is no memory size",
                    "device | variant | memory in GB");
}

// Takes a Markdown list line by line.
class MarkdownNames {
 public:
  MarkdownNames(NameList& names, Diagnostics& diagnostics)
      : names_(names), diagnostics_(diagnostics) {}

  void take(std::string_view line, const SourcePlace& place) {
    constexpr std::string_view heading = "## ", item = "- ";
    if (line.starts_with(heading)) {
      enter(trimmed(line.substr(heading.size())), place);
    } else if (line.starts_with(item) && section_ && section_->kind) {
      add(*section_->kind, trimmed(line.substr(item.size())), place);
    }
  }

 private:
  void enter(std::string_view heading, const SourcePlace& place) {
    const auto found = std::find_if(sections.begin(), sections.end(),
                                    [&](const Section& each) { return each.heading == heading; });
    section_ = found == sections.end() ? nullptr : &*found;
    if (section_) return;
    std::vector<std::string> known;
    for (const Section& each : sections) known.emplace_back(each.heading);
    diagnostics_.error("unknown-section", place,
                       "'" + std::string(heading) + "' is no kind of names",
                       "backend, device, engine, kv_type, link, model, quant, …",
                       nearest_name(heading, known).value_or(""));
  }

  void add(StatedKind kind, std::string_view text, const SourcePlace& place) {
    if (kind == StatedKind::device) {
      add_device(names_, text, place, diagnostics_);
    } else {
      names_.add(kind, text, place);
    }
  }

  NameList& names_;
  Diagnostics& diagnostics_;
  const Section* section_ = nullptr;
};

void read_markdown(const std::filesystem::path& file, NameList& names, Diagnostics& diagnostics) {
  std::ifstream input(file);
  if (!input)
    diagnostics.error("unreadable", {.file = file.string()}, "the file cannot be opened",
                      "a Markdown file with lists of names");
  MarkdownNames markdown(names, diagnostics);
  SourcePlace place{.file = file.string(), .line = 0, .column = 1};
  for (std::string line; std::getline(input, line);) {
    ++place.line;
    markdown.take(line, place);
  }
}

// Footprints come in sections, and name no machines.
void add_sections(const Node& root, NameList& names) {
  for (const MapEntry& section : root.entries())
    for (const Node& point : section.value.items()) {
      names.add(StatedKind::model, text_of(point, "model"), point.place());
      names.add(StatedKind::quantization, text_of(point, "quant"), point.place());
      names.add(StatedKind::kv_format, text_of(point, "kv_type"), point.place());
      names.add(StatedKind::engine, text_of(point, "engine"), point.place());
    }
}

void read_points(const std::filesystem::path& file, NameList& names, Diagnostics& diagnostics) {
  const Document document = Document::load_file(file, diagnostics);
  if (document.root().kind() == NodeKind::map) return add_sections(document.root(), names);
  for (const Measurement& point : read_measurements(document.root(), diagnostics)) {
    const MachineName machine{point.device, point.variant, point.memory_gb};
    names.add(machine, point.place);
    names.add(StatedKind::model, point.model, point.place);
    names.add(StatedKind::quantization, point.quantization, point.place);
    names.add(StatedKind::kv_format, point.kv_format, point.place);
    names.add(StatedKind::engine, point.engine, point.place);
    names.add(StatedKind::backend, point.backend, point.place);
    names.add_link(point.link, machine, point.place);
  }
}

// What nobody goes by: the entries whose names hold all its words, else the nearest name.
std::string hint_of(const Diagnostics& refused) {
  for (const Diagnostic& each : refused.sorted()) {
    if (each.code == "duplicate-name") return each.message;
    if (!each.expected.empty()) return each.expected;
    if (!each.suggestion.empty()) return "nearest: " + each.suggestion;
  }
  return {};
}

template <class Spec>
using Lookup = const Spec* (Catalog::*)(std::string_view, const SourcePlace&, Diagnostics&);

template <class Spec>
NameAnswer find(Catalog& catalog, Lookup<Spec> lookup, std::string_view name) {
  Diagnostics refused;
  const Spec* spec = (catalog.*lookup)(name, {}, refused);
  return spec ? NameAnswer{spec->id, {}} : NameAnswer{{}, hint_of(refused)};
}

// ECC takes a sixteenth of GDDR6 and drivers a little more: makers print the whole, tools what is
// left.
constexpr double usable_share = 0.93;

bool agree(Bytes memory, double stated_gb) {
  const double stated = stated_gb * memory_gigabyte;
  return std::min(memory.base(), stated) >= usable_share * std::max(memory.base(), stated);
}

std::vector<Bytes> memories_of(const DeviceSpec& device) {
  if (device.memory.capacity) return {device.memory.capacity->value};
  return device.memory.sold_sizes;
}

// Of one card, or what SoC and host share.
std::vector<Bytes> memories_of(const SystemSpec& system, Catalog& catalog) {
  if (system.parts.empty()) return {system.host.memory};
  Diagnostics ignored;
  const DeviceSpec* device = catalog.device(system.parts.front().device, {}, ignored);
  if (device && device->form == DeviceForm::card) return memories_of(*device);
  return {system.host.memory};
}

bool any_agrees(const std::vector<Bytes>& memories, const std::optional<double>& stated_gb) {
  if (!stated_gb || memories.empty()) return true;
  return std::any_of(memories.begin(), memories.end(),
                     [&](Bytes memory) { return agree(memory, *stated_gb); });
}

std::string other_memory(const std::string& id, double stated_gb) {
  return id + " does not have " + print_number(stated_gb, 6) + " GB";
}

// How makers tell the variants of one product apart: "Apple M1 Max (32-core GPU)", "NVIDIA A100
// SXM4 80 GB", "Intel Xeon 6980P, 12x DDR5-6400".
constexpr std::array<std::string_view, 7> form_words = {" SXM2", " SXM3", " SXM4", " SXM5",
                                                        " SXM",  " PCIe", " NVL"};

// Takes "80 GB" off, which is returned.
std::string_view take_memory(std::string_view& name) {
  constexpr std::string_view unit = " GB";
  if (!name.ends_with(unit)) return {};
  const std::string_view counted = name.substr(0, name.size() - unit.size());
  const std::size_t before = counted.find_last_not_of("0123456789");
  if (before == std::string_view::npos || before + 1 == counted.size()) return {};
  const std::string_view memory = name.substr(before + 1);
  name = trimmed(name.substr(0, before + 1));
  return memory;
}

// What the maker's name of a variant calls the product, without and with what else is said of it:
// "NVIDIA A100", "A100", "NVIDIA A100 80 GB" and "A100 80 GB" of "NVIDIA A100 SXM4 80 GB". Nothing
// where the name tells no variant.
std::vector<std::string> products_of(std::string_view name) {
  std::string_view product = name;
  const std::string_view memory = take_memory(product);
  for (const std::string_view form : form_words)
    if (product.ends_with(form)) product.remove_suffix(form.size());
  if (product.ends_with("-core GPU)")) product = trimmed(product.substr(0, product.rfind('(')));
  product = product.substr(0, product.find(", "));
  if (product.size() == name.size()) return {};
  std::vector<std::string> products = {std::string(product)};
  if (const std::size_t maker = product.find(' '); maker != std::string_view::npos)
    products.emplace_back(product.substr(maker + 1));
  if (memory.empty()) return products;
  for (std::size_t i = 0, plain = products.size(); i < plain; ++i)
    products.push_back(products[i] + " " + std::string(memory));
  return products;
}

std::vector<const DeviceSpec*> variants_of(Catalog& catalog, const std::string& product) {
  const std::string folded = fold_name(product);
  std::vector<const DeviceSpec*> found;
  for (const CatalogEntry& header : catalog.headers(EntryKind::device)) {
    const std::vector<std::string> products = products_of(header.name);
    if (std::none_of(products.begin(), products.end(),
                     [&](const std::string& each) { return fold_name(each) == folded; }))
      continue;
    Diagnostics ignored;
    if (const DeviceSpec* device = catalog.device(header.id, {}, ignored)) found.push_back(device);
  }
  return found;
}

bool alike(const DeviceSpec& a, const DeviceSpec& b) {
  return a.architecture == b.architecture && a.memory.bandwidth.value == b.memory.bandwidth.value;
}

bool larger(const DeviceSpec* a, const DeviceSpec* b) {
  const auto size = [](const DeviceSpec& device) {
    const ComputeUnitSpec* gpu = find_unit(device, UnitKind::gpu);
    const double memory = device.memory.capacity ? device.memory.capacity->value.base() : 0.0;
    return std::tuple(gpu ? gpu->cores : 0, device.memory.bandwidth.value.base(), memory);
  };
  return size(*a) > size(*b);
}

// What ran on one variant runs on the largest, too. A single one may have sisters that the
// catalogue does not know, so the memory must say that it is meant.
NameAnswer find_variant(Catalog& catalog, const std::string& product,
                        const std::optional<double>& memory_gb) {
  std::vector<const DeviceSpec*> variants = variants_of(catalog, product);
  if (variants.empty() || (variants.size() == 1 && !memory_gb)) return {};
  std::erase_if(variants, [&](const DeviceSpec* device) {
    return !any_agrees(memories_of(*device), memory_gb);
  });
  if (variants.empty()) return {};
  std::stable_sort(variants.begin(), variants.end(), larger);
  const bool can_tell = std::all_of(variants.begin(), variants.end(), [&](const auto* each) {
    return alike(*each, *variants.front());
  });
  if (can_tell) return {.entry = variants.front()->id};
  NameAnswer answer;
  for (const DeviceSpec* device : variants) answer.among.push_back(device->id);
  return answer;
}

// A sold machine, several that are joined, or a part that stands for the usual machine around it.
NameAnswer find_machine(Catalog& catalog, const std::string& name,
                        const std::optional<double>& memory_gb) {
  Diagnostics ignored;
  if (const SystemSpec* system = catalog.system(name, {}, ignored)) {
    if (any_agrees(memories_of(*system, catalog), memory_gb)) return {system->id, {}};
    return {{}, other_memory(system->id, *memory_gb)};
  }
  if (!memory_gb) {
    if (const ClusterSpec* cluster = catalog.cluster(name, {}, ignored)) return {cluster->id, {}};
  }
  Diagnostics refused;
  const DeviceSpec* device = catalog.device(name, {}, refused);
  if (!device) {
    const NameAnswer variant = find_variant(catalog, name, memory_gb);
    return variant.known() ? variant : NameAnswer{{}, hint_of(refused)};
  }
  if (any_agrees(memories_of(*device), memory_gb)) return {device->id, {}};
  return {{}, other_memory(device->id, *memory_gb)};
}

// "8x NVIDIA A100" too.
NameAnswer find_machines(Catalog& catalog, const std::string& name) {
  NameAnswer answer = find_machine(catalog, name, {});
  const auto counted = answer.known() ? std::nullopt : parse_machines(name);
  return counted && counted->count > 1 ? find_machine(catalog, counted->system, {}) : answer;
}

// Links between the devices of a machine, the fastest first.
std::vector<std::string> own_links(Catalog& catalog, const std::string& machine) {
  Diagnostics ignored;
  std::vector<std::string> links;
  std::string part = machine;
  if (const SystemSpec* system = catalog.system(machine, {}, ignored)) {
    if (system->parts.empty()) return links;
    links.push_back(system->parts.front().peer_link);
    part = system->parts.front().device;
  }
  if (const DeviceSpec* device = catalog.device(part, {}, ignored))
    links.insert(links.end(), {device->peer_link, device->host_link});
  return links;
}

// "NVLink" of "NVLink", and of "NVLink hybrid cube mesh topology", which says how such links are
// laid out; nothing of what says more.
std::string_view kind_of_link(std::string_view stated) {
  const std::size_t end = std::min(stated.find(' '), stated.size());
  return end == stated.size() || stated.ends_with(" topology") ? stated.substr(0, end)
                                                               : std::string_view();
}

// "NVLink" is "NVLink 3 (A100, 12 links)" between A100s.
NameAnswer find_own_link(Catalog& catalog, const MachineName& machine, std::string_view stated) {
  const std::string kind = fold_name(kind_of_link(stated));
  if (kind.empty()) return {};
  for (const std::string& id : own_links(catalog, resolve_machine(machine, catalog).entry)) {
    Diagnostics ignored;
    const LinkSpec* link = id.empty() ? nullptr : catalog.link(id, {}, ignored);
    if (link && fold_name(link->name.substr(0, link->name.find(' '))) == kind)
      return {link->id, {}};
  }
  return {};
}

NameAnswer find_link(Catalog& catalog, const StatedName& name) {
  NameAnswer answer = find(catalog, &Catalog::link, name.text);
  if (!answer.entry.empty()) return answer;
  NameAnswer own;
  for (const MachineName& machine : name.joined) {
    own = find_own_link(catalog, machine, name.text);
    if (own.entry.empty()) return answer;
  }
  return own.entry.empty() ? answer : own;
}

bool goes_by(const BackendSpec& backend, const std::string& folded) {
  return fold_name(backend.id) == folded ||
         std::any_of(backend.names.begin(), backend.names.end(),
                     [&](const std::string& name) { return fold_name(name) == folded; });
}

// "llama.cpp:cuda" for each engine that has a backend of that name and kernels of its own.
std::vector<std::string> backends_called(Catalog& catalog, std::string_view name) {
  const std::string folded = fold_name(name);
  std::vector<std::string> found;
  for (const CatalogEntry& header : catalog.headers(EntryKind::engine)) {
    Diagnostics ignored;
    const EngineSpec* engine = catalog.engine(header.id, {}, ignored);
    if (!engine || !engine->kernels_of.empty()) continue;
    for (const BackendSpec& backend : engine->backends)
      if (goes_by(backend, folded)) found.push_back(engine->id + ":" + backend.id);
  }
  return found;
}

// Backends of several engines may share a name ("CUDA"); the engine stands beside it.
NameAnswer find_backend(Catalog& catalog, std::string_view name) {
  const std::vector<std::string> found = backends_called(catalog, name);
  return {found.empty() ? std::string() : found.front(), {}};
}

NameAnswer find_engine(Catalog& catalog, std::string_view name) {
  NameAnswer answer = find(catalog, &Catalog::engine, name);
  if (!answer.entry.empty()) return answer;
  const std::vector<std::string> with_backend = backends_called(catalog, name);
  return with_backend.size() == 1 ? NameAnswer{with_backend.front(), {}} : answer;
}

NameAnswer find_format(Catalog& catalog, std::string_view name) {
  Diagnostics refused;
  return catalog.format(name, {}, refused) ? NameAnswer{std::string(name), {}}
                                           : NameAnswer{{}, hint_of(refused)};
}

}  // namespace

std::vector<std::string> spellings(const MachineName& machine) {
  const std::string name =
      machine.variant.empty() ? machine.device : machine.device + " " + machine.variant;
  if (!machine.memory_gb) return {name};
  return {name + " " + print_number(*machine.memory_gb, 6) + "GB", name};
}

NameAnswer resolve_machine(const MachineName& machine, Catalog& catalog) {
  NameAnswer answer;
  for (const std::string& spelling : spellings(machine)) {
    NameAnswer found = find_machine(catalog, spelling, machine.memory_gb);
    if (found.known()) return found;
    if (!found.hint.empty()) answer = std::move(found);
  }
  return answer;
}

std::string_view word(StatedKind kind) {
  switch (kind) {
    case StatedKind::backend:
      return "backend";
    case StatedKind::device:
      return "device";
    case StatedKind::engine:
      return "engine";
    case StatedKind::hardware:
      return "hardware";
    case StatedKind::kv_format:
      return "kv_format";
    case StatedKind::link:
      return "link";
    case StatedKind::model:
      return "model";
    case StatedKind::quantization:
      return "quantization";
  }
  return "?";
}

std::vector<StatedName> read_stated_names(const std::filesystem::path& file,
                                          Diagnostics& diagnostics) {
  NameList names;
  if (file.extension() == ".md") {
    read_markdown(file, names, diagnostics);
  } else {
    read_points(file, names, diagnostics);
  }
  return names.take();
}

NameAnswer resolve(const StatedName& name, Catalog& catalog) {
  switch (name.kind) {
    case StatedKind::backend:
      return find_backend(catalog, name.text);
    case StatedKind::device:
      return resolve_machine(name.machine, catalog);
    case StatedKind::engine:
      return find_engine(catalog, name.text);
    case StatedKind::hardware:
      return find_machines(catalog, name.text);
    case StatedKind::kv_format:
      return find_format(catalog, name.text);
    case StatedKind::link:
      return find_link(catalog, name);
    case StatedKind::model:
      return find(catalog, &Catalog::model, name.text);
    case StatedKind::quantization:
      return find(catalog, &Catalog::quantization, name.text);
  }
  return {};
}

}  // namespace plimsoll

#include "detect/match.h"

#include <algorithm>
#include <array>
#include <cctype>
#include <cmath>

#include "base/contains.h"
#include "base/names.h"
#include "base/quantity_text.h"
#include "base/text.h"
#include "detect/file_tree.h"

namespace plimsoll {
namespace {

// Drivers keep some memory back: a 4090 shows 23.6 of its 24 GiB, one with ECC a sixteenth less.
constexpr double memory_least = 0.90;
constexpr double memory_most = 1.03;

void cut_at(std::string& text, const std::string& mark) {
  const std::size_t at = text.find(mark);
  if (at != std::string::npos) text.resize(at);
}

void remove_all(std::string& text, const std::string& part) {
  for (std::size_t at = text.find(part); at != std::string::npos; at = text.find(part))
    text.replace(at, part.size(), " ");
}

bool is_core_count(const std::string& word) {
  return word.ends_with("-Core") && std::isdigit(static_cast<unsigned char>(word.front()));
}

// The names a part may go by: as told, and without the maker's name or the family's.
std::vector<std::string> spellings(const std::string& name,
                                   const std::vector<std::string>& prefixes) {
  std::vector<std::string> result = {name};
  std::vector<std::string> words = split_words(name);
  while (!words.empty() && contains(prefixes, words.front())) {
    words.erase(words.begin());
    if (!words.empty()) result.push_back(joined(words, " "));
  }
  return result;
}

// Catalogue entries one of whose names folds to one of those.
template <class Read>
auto entries_called(const std::vector<std::string>& wanted, EntryKind kind, Catalog& catalog,
                    Read read) {
  using Spec = decltype(read(std::string()));
  std::vector<Spec> found;
  std::vector<std::string> folded;
  for (const std::string& name : wanted) folded.push_back(fold_name(name));
  const auto is_wanted = [&](const std::string& name) { return contains(folded, fold_name(name)); };
  for (const CatalogEntry& entry : catalog.headers(kind))
    if (is_wanted(entry.id) || is_wanted(entry.name) ||
        std::any_of(entry.names.begin(), entry.names.end(), is_wanted))
      if (const auto spec = read(entry.id)) found.push_back(spec);
  return found;
}

std::vector<const DeviceSpec*> devices_called(const std::vector<std::string>& names,
                                              Catalog& catalog) {
  return entries_called(names, EntryKind::device, catalog, [&](const std::string& id) {
    Diagnostics ignored;
    return catalog.device(id, {}, ignored);
  });
}

std::string no_entry(const std::string& name) {
  return "no entry is called '" + name + "'";
}

// Names of cards often carry the size of their memory: "RTX 3060 12 GB", "A100-SXM4-80GB".
std::vector<std::string> with_memory(const std::vector<std::string>& names, Bytes memory) {
  const auto size = std::to_string(std::lround(std::ceil(memory / Bytes(1 << 30) - 0.05)));
  std::vector<std::string> result;
  for (const std::string& name : names)
    for (const std::string& ending : {std::string(), " " + size + " GB"})
      result.push_back(name + ending);
  return result;
}

bool memory_agrees(const GpuFacts& gpu, const DeviceSpec& device) {
  if (!device.memory.capacity) return device.form == DeviceForm::soc;
  const double share = gpu.memory / device.memory.capacity->value;
  return memory_least <= share && share <= memory_most;
}

// HIP counts the work-group processors of RDNA, which are pairs of compute units.
bool cores_agree(const GpuFacts& gpu, const DeviceSpec& device) {
  const ComputeUnitSpec* unit = find_unit(device, UnitKind::gpu);
  if (gpu.cores == 0 || !unit) return unit != nullptr;
  return unit->cores == gpu.cores || (gpu.vendor == "amd" && unit->cores == 2 * gpu.cores);
}

}  // namespace

std::string plain_cpu_name(const std::string& name) {
  std::string text = name;
  for (const char* mark : {"@", " w/ ", " with "}) cut_at(text, mark);
  for (const char* part : {"(R)", "(TM)", "(r)", "(tm)", "CPU"}) remove_all(text, part);
  std::vector<std::string> words = split_words(text);
  // "13th Gen Intel Core …"
  if (words.size() > 2 && words[1] == "Gen") words.erase(words.begin(), words.begin() + 2);
  while (!words.empty() && (words.back() == "Processor" || is_core_count(words.back())))
    words.pop_back();
  return joined(words, " ");
}

Match<DeviceSpec> match_cpu(const CpuFacts& cpu, Catalog& catalog) {
  if (cpu.name.empty() && cpu.chips.empty()) return {.why = "it has no name"};
  const std::string name = plain_cpu_name(cpu.name);
  std::vector<std::string> names = spellings(name, {"Intel", "AMD", "INTEL"});
  names.insert(names.end(), cpu.chips.begin(), cpu.chips.end());
  Match<DeviceSpec> match;
  for (const DeviceSpec* device : devices_called(names, catalog)) {
    const ComputeUnitSpec* unit = find_unit(*device, UnitKind::cpu);
    if (!unit || device->form == DeviceForm::card) continue;
    if (unit->cores * std::max(cpu.sockets, 1) == cpu.cores) return {.spec = device, .why = name};
    match.related = device;
    match.why = device->id + " has " + std::to_string(unit->cores) + " cores a socket, here are " +
                std::to_string(cpu.cores) + " on " + std::to_string(cpu.sockets);
  }
  if (!match.related) match.why = no_entry(name);
  return match;
}

Match<DeviceSpec> match_gpu(const GpuFacts& gpu, Catalog& catalog) {
  std::vector<std::string> names;
  for (const std::string& name : gpu.names)
    for (std::string& each : spellings(name, {"NVIDIA", "AMD", "Intel", "GeForce", "Radeon"}))
      names.push_back(std::move(each));
  Match<DeviceSpec> match;
  for (const DeviceSpec* device : devices_called(with_memory(names, gpu.memory), catalog)) {
    const bool memory = memory_agrees(gpu, *device);
    const bool cores = cores_agree(gpu, *device);
    if (memory && cores) return {.spec = device, .why = gpu.names.front()};
    if (find_unit(*device, UnitKind::gpu) == nullptr) continue;
    match.related = device;
    match.why = memory
                    ? device->id + " has another number of cores than " + std::to_string(gpu.cores)
                    : device->id + " has another memory than " + print_binary(gpu.memory);
  }
  if (!match.related) match.why = no_entry(gpu.names.front());
  return match;
}

Match<StorageSpec> match_drive(const DriveFacts& drive, Catalog& catalog) {
  if (drive.model.empty()) return {.why = "its model is not told"};
  std::vector<std::string> words = split_words(drive.model);
  std::erase_if(words, [](const std::string& word) { return word == "SSD"; });
  std::vector<std::string> names = {drive.model, joined(words, " ")};
  // "990 PRO 2TB": the size is the machine's, not the entry's.
  const std::string& last = words.empty() ? drive.model : words.back();
  if (words.size() > 1 && (last.ends_with("TB") || last.ends_with("GB"))) {
    words.pop_back();
    names.push_back(joined(words, " "));
  }
  const auto found = entries_called(names, EntryKind::storage, catalog, [&](const std::string& id) {
    Diagnostics ignored;
    return catalog.storage(id, {}, ignored);
  });
  if (!found.empty()) return {.spec = found.front(), .why = drive.model};
  return {.why = no_entry(drive.model) + ", and nothing tells how fast it reads"};
}

Match<LinkSpec> match_network(const NetworkFacts& network, Catalog& catalog) {
  if (!network.gigabits_per_second) return {.why = "its rate is not told"};
  // Through the kernel's TCP: whether RDMA is set up does not show.
  constexpr std::array<const char*, 9> ethernets = {
      "ethernet-1g",  "ethernet-2.5g", "ethernet-5g",       "ethernet-10g", "ethernet-25g",
      "ethernet-50g", "ethernet-100g", "ethernet-200g-tcp", "ethernet-400g"};
  constexpr std::array<const char*, 3> infinibands = {"infiniband-edr", "infiniband-hdr",
                                                      "infiniband-ndr"};
  constexpr double rounding = 0.05;  // as printed
  const double bytes = *network.gigabits_per_second * 1e9 / 8.0;
  const auto try_links = [&](const auto& ids) -> const LinkSpec* {
    for (const char* id : ids) {
      Diagnostics ignored;
      const LinkSpec* link = catalog.link(id, {}, ignored);
      if (link && std::abs(link->raw.value.base() / bytes - 1.0) < rounding) return link;
    }
    return nullptr;
  };
  const LinkSpec* link = network.infiniband ? try_links(infinibands) : try_links(ethernets);
  if (link) return {.spec = link, .why = "its rate"};
  return {.why = "no link of that rate"};
}

}  // namespace plimsoll

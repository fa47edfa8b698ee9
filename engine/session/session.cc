#include "session/session.h"

#include <algorithm>
#include <optional>
#include <system_error>
#include <utility>

#include "base/quantity_text.h"
#include "base/text.h"
#include "import/import.h"

namespace plimsoll {
namespace {

namespace fs = std::filesystem;

// A name of the catalogue comes before a file or folder that is called alike.
bool is_model_file(const std::string& name, Catalog& catalog) {
  Diagnostics ignored;
  return is_importable(name) && !catalog.model(name, {}, ignored);
}

// How far the entries are from the file, where they are.
void warn_of_difference(const ImportedModel& imported, const std::string& name,
                        Diagnostics& diagnostics) {
  const NearestQuantization& nearest = imported.quantization;
  const Bytes difference = imported.recipe ? imported.recipe_difference : nearest.difference;
  if (!nearest.compared || difference == Bytes()) return;
  diagnostics.warning("nearest-quantization", {.file = name},
                      "no recipe gives every tensor the bytes of the file; " +
                          imported.model.default_quantization + " is nearest and taken, " +
                          print(difference) + " of " + print(imported.weights) + " differ");
}

void lay_over_model(const std::string& name, Catalog& catalog, Diagnostics& diagnostics) {
  if (!is_model_file(name, catalog)) return;
  Diagnostics of_import;
  const std::optional<ImportedModel> imported = import_model(name, catalog, of_import);
  throw_if_errors(of_import);
  warn_of_difference(*imported, name, of_import);
  diagnostics.append(of_import);
  for (GivenEntry& entry : given_entries(*imported, name)) catalog.lay_over(std::move(entry));
}

bool means_this_machine(const std::string& text) {
  const auto machines = parse_machines(text);
  return text == this_machine || (machines && machines->system == this_machine);
}

}  // namespace

fs::path own_executable() {
  std::error_code failed;
  const fs::path path = fs::read_symlink("/proc/self/exe", failed);
  return failed ? fs::path() : path;
}

std::vector<DataFolders> session_folders(const fs::path& executable,
                                         const std::vector<fs::path>& overlays) {
  std::vector<DataFolders> folders = {find_data_folders(executable)};
  if (auto own = find_user_folders()) folders.push_back(*std::move(own));
  Diagnostics diagnostics;
  for (const fs::path& overlay : overlays) {
    std::error_code ignored;
    if (!fs::is_directory(overlay, ignored)) {
      diagnostics.error("unreadable", {.file = overlay.string()}, "there is no such folder",
                        "a folder with devices/, systems/, models/ … for --hwdb");
    }
    folders.push_back(overlay_folders(overlay));
  }
  throw_if_errors(diagnostics);
  return folders;
}

void refuse_unseen(const DetectedMachine& machine) {
  Diagnostics diagnostics;
  diagnostics.error("not-detected", {.file = "this machine"},
                    "too little can be seen for a system: " + joined(machine.facts.unseen, "; "),
                    "readable /proc and /sys, or a system of the catalogue");
  throw InputError(diagnostics);
}

std::vector<GivenEntry> machine_entries(const DetectedMachine& machine) {
  if (!machine.system) refuse_unseen(machine);
  std::vector<GivenEntry> entries;
  for (const DetectedEntry& device : machine.devices)
    entries.push_back({EntryKind::device, device.id, device.id, device.yaml});
  entries.push_back({EntryKind::system, this_machine, machine.system->id, machine.system->yaml});
  return entries;
}

NamedThings named_in(const ScenarioSpec& spec) {
  NamedThings named;
  if (spec.model.has()) named.models.push_back(*spec.model.value);
  if (spec.system.has()) named.systems.push_back(*spec.system.value);
  if (spec.own_cluster)
    for (const ClusterNode& node : spec.own_cluster->nodes) named.systems.push_back(node.system);
  return named;
}

void lay_over_named(const NamedThings& named, Catalog& catalog, Diagnostics& diagnostics) {
  if (std::any_of(named.systems.begin(), named.systems.end(), means_this_machine)) {
    const DetectedMachine machine = detect({.id = this_machine}, {}, catalog);
    for (GivenEntry& entry : machine_entries(machine)) catalog.lay_over(std::move(entry));
  }
  for (const std::string& model : named.models) lay_over_model(model, catalog, diagnostics);
}

}  // namespace plimsoll

#include "session/session.h"

#include <algorithm>
#include <optional>
#include <system_error>
#include <utility>

#include "base/quantity_text.h"
#include "base/text.h"
#include "calibrate/profile_overlay.h"
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

std::shared_ptr<const calibrate::ProfileOverlay> profiles_over(const Catalog& catalog) {
  return std::dynamic_pointer_cast<const calibrate::ProfileOverlay>(catalog.overlay());
}

// Of profiles, the newest first: that of the machine and that of its links.
std::vector<calibrate::FoundProfile> newest_of_each(std::vector<calibrate::FoundProfile> found) {
  std::vector<calibrate::FoundProfile> newest;
  for (const bool links : {false, true}) {
    const auto of_kind = std::find_if(found.begin(), found.end(), [&](const auto& each) {
      return calibrate::is_of_links(each.profile) == links;
    });
    if (of_kind != found.end()) newest.push_back(std::move(*of_kind));
  }
  return newest;
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

std::shared_ptr<const EntryOverlay> given_profiles(const std::vector<fs::path>& files) {
  Diagnostics diagnostics;
  std::vector<calibrate::FoundProfile> profiles;
  for (const fs::path& file : files)
    if (auto profile = calibrate::read_profile(file, diagnostics))
      profiles.push_back({.file = file, .profile = std::move(*profile)});
  throw_if_errors(diagnostics);
  return std::make_shared<const calibrate::ProfileOverlay>(std::move(profiles), true);
}

// That of today counts, not what earlier drivers or modules reached; of links, which are measured
// at other times, the newest by itself.
std::shared_ptr<const EntryOverlay> newest_profile(const MachineFacts& machine,
                                                   Diagnostics& diagnostics) {
  const fs::path folder = calibrate::profile_folder();
  std::vector<calibrate::FoundProfile> found;
  if (!folder.empty())
    found = calibrate::find_profiles(folder, calibrate::identity_of(machine), diagnostics);
  return std::make_shared<const calibrate::ProfileOverlay>(newest_of_each(std::move(found)), false);
}

std::string found_profile(const Catalog& catalog) {
  const auto laid = profiles_over(catalog);
  if (!laid || laid->given() || laid->profiles().empty()) return {};
  const calibrate::FoundProfile& found = laid->profiles().front();
  return found.file.string() + " of " + found.profile.date;
}

std::map<std::string, std::string> profiles_on(const SystemSpec& system, Catalog& catalog) {
  std::map<std::string, std::string> dates;
  const auto look_at = [&](const std::string& id) {
    Diagnostics ignored;
    const DeviceSpec* device = id.empty() ? nullptr : catalog.device(id, system.place, ignored);
    if (!device) return;
    for (const ComputeUnitSpec& unit : device->units) {
      if (!unit.profiled || !unit.profiled->memory) continue;
      const ProfileMove& move = *unit.profiled->memory->from.moved;
      dates[move.file] = move.date;
    }
  };
  look_at(system.host.device);
  for (const SystemPart& part : system.parts) look_at(part.device);
  return dates;
}

void warn_of_unused_profiles(Catalog& catalog, const std::set<std::string>& used,
                             Diagnostics& diagnostics) {
  if (const auto laid = profiles_over(catalog))
    calibrate::warn_of_unused(*laid, used, catalog, diagnostics);
}

bool names_this_machine(const NamedThings& named) {
  return std::any_of(named.systems.begin(), named.systems.end(), means_this_machine);
}

void lay_over_named(const NamedThings& named, Catalog& catalog, Diagnostics& diagnostics) {
  if (names_this_machine(named)) {
    const DetectedMachine machine = detect({.id = this_machine}, {}, catalog);
    for (GivenEntry& entry : machine_entries(machine)) catalog.lay_over(std::move(entry));
    if (!catalog.overlay()) catalog.lay_over(newest_profile(machine.facts, diagnostics));
  }
  for (const std::string& model : named.models) lay_over_model(model, catalog, diagnostics);
}

}  // namespace plimsoll

#include "commands/common.h"

#include <algorithm>
#include <array>
#include <cstdio>
#include <optional>
#include <system_error>
#include <unistd.h>

#include "base/quantity_text.h"
#include "commands/detect.h"
#include "import/import.h"

namespace plimsoll::cli {
namespace {

namespace fs = std::filesystem;

fs::path own_executable() {
  std::error_code failed;
  const fs::path path = fs::read_symlink("/proc/self/exe", failed);
  return failed ? fs::path() : path;
}

std::string path_of_field(const std::string& field) {
  constexpr std::array<std::string_view, 5> workload = {"context", "prompt", "generate", "batch",
                                                        "depth"};
  const bool inside = std::find(workload.begin(), workload.end(), field) != workload.end();
  if (field == "nodes") return "placement.nodes";
  if (field == "access" || field == "routing") return "streaming." + field;
  if (field == "read_threads") return "streaming.threads";
  if (field == "app_cache") return "streaming.cache.size";
  return inside ? "workload." + field : field;
}

// A value as YAML: names in quotes, so that "Foo: bar #2" stays one name; counts as they are.
std::string yaml_value(const std::string& value) {
  if (parse_integer(value)) return value;
  std::string quoted = "\"";
  for (const char c : value) {
    if (c == '"' || c == '\\') quoted += '\\';
    quoted += c;
  }
  return quoted + "\"";
}

// Options change a file like --set does, and --set comes last.
std::vector<std::string> overrides_of(const ScenarioOptions& options) {
  std::vector<std::string> overrides;
  for (const auto& [field, value] : options.fields) {
    overrides.push_back(path_of_field(field) + "=" + yaml_value(value));
  }
  overrides.insert(overrides.end(), options.overrides.begin(), options.overrides.end());
  return overrides;
}

bool is_system(Catalog& catalog, const std::string& name) {
  Diagnostics ignored;
  return catalog.system(name, {}, ignored) != nullptr;
}

// "rtx-4090-pcx4", the count grown onto the name: only the catalogue knows where the name ends.
std::optional<MachineText> split_grown_count(const std::string& text, Catalog& catalog) {
  const auto end = text.find_last_not_of("0123456789");
  if (end == std::string::npos || end == 0 || end + 1 == text.size() || text[end] != 'x') {
    return std::nullopt;
  }
  const std::string name = text.substr(0, end);
  const auto spread = parse_machines(text.substr(end + 1) + "x " + name);
  const bool grown = spread && !is_system(catalog, text) && is_system(catalog, name);
  return grown ? spread : std::nullopt;
}

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

void lay_over_model(const std::string& name, Catalog& catalog) {
  if (!is_model_file(name, catalog)) return;
  Diagnostics diagnostics;
  const std::optional<ImportedModel> imported = import_model(name, catalog, diagnostics);
  throw_if_errors(diagnostics);
  warn_of_difference(*imported, name, diagnostics);
  settle(diagnostics);
  for (GivenEntry& entry : given_entries(*imported, name)) catalog.lay_over(std::move(entry));
}

bool means_this_machine(const std::string& text) {
  const auto machines = parse_machines(text);
  return text == this_machine || (machines && machines->system == this_machine);
}

}  // namespace

std::vector<DataFolders> data_folders(const DataOptions& options) {
  std::vector<DataFolders> folders = {find_data_folders(own_executable())};
  if (auto own = find_user_folders()) folders.push_back(*std::move(own));
  Diagnostics diagnostics;
  for (const fs::path& overlay : options.overlays) {
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

void lay_over_named(const NamedThings& named, Catalog& catalog) {
  if (std::any_of(named.systems.begin(), named.systems.end(), means_this_machine))
    for (GivenEntry& entry : this_machine_entries(catalog)) catalog.lay_over(std::move(entry));
  for (const std::string& model : named.models) lay_over_model(model, catalog);
}

namespace {

NamedThings named_in(const ScenarioSpec& spec) {
  NamedThings named;
  if (spec.model.has()) named.models.push_back(*spec.model.value);
  if (spec.system.has()) named.systems.push_back(*spec.system.value);
  return named;
}

}  // namespace

ScenarioSpec read_scenario(const ScenarioOptions& options, Catalog& catalog) {
  ScenarioSpec spec = options.file.empty()
                          ? scenario_from_options(options.fields, options.overrides)
                          : plimsoll::read_scenario(options.file, overrides_of(options));
  lay_over_named(named_in(spec), catalog);
  if (spec.system.has()) {
    if (const auto machines = split_grown_count(*spec.system.value, catalog)) {
      spec.system.value = machines->system;
      spec.count = {.value = machines->count, .place = spec.system.place};
    }
  }
  if (options.topology)
    spec.topology = {.value = options.topology, .place = {.file = "--topology"}};
  if (!options.link.empty()) spec.link = {.value = options.link, .place = {.file = "--link"}};
  return spec;
}

void settle(const Diagnostics& diagnostics) {
  throw_if_errors(diagnostics);
  for (const Diagnostic& warning : diagnostics.sorted()) {
    std::fprintf(stderr, "%s\n", to_text(warning).c_str());
  }
}

}  // namespace plimsoll::cli

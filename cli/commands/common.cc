#include "commands/common.h"

#include <array>
#include <cstdio>
#include <optional>
#include <set>

#include "base/contains.h"
#include "base/quantity_text.h"

namespace plimsoll::cli {
namespace {

std::string path_of_field(const std::string& field) {
  constexpr std::array<std::string_view, 5> workload = {"context", "prompt", "generate", "batch",
                                                        "depth"};
  const bool inside = contains(workload, field);
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

}  // namespace

std::vector<DataFolders> data_folders(const DataOptions& options) {
  std::vector<DataFolders> folders = session_folders(own_executable(), options.overlays);
  if (options.profiles) folders.back().overlay = given_profiles(*options.profiles);
  return folders;
}

void lay_over_named(const NamedThings& named, Catalog& catalog) {
  Diagnostics diagnostics;
  plimsoll::lay_over_named(named, catalog, diagnostics);
  settle(diagnostics);
}

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

void warn_of_unused_profiles(const std::vector<const Outcome*>& outcomes, Catalog& catalog) {
  std::set<std::string> used;
  for (const Outcome* outcome : outcomes)
    for (const ProfileUse& profile : outcome->profiles) used.insert(profile.file);
  Diagnostics diagnostics;
  plimsoll::warn_of_unused_profiles(catalog, used, diagnostics);
  settle(diagnostics);
}

void say_found_profile(const Catalog& catalog) {
  if (const std::string found = found_profile(catalog); !found.empty())
    std::fprintf(stderr, "plimsoll: with the profile %s\n", found.c_str());
}

void settle(const Diagnostics& diagnostics) {
  throw_if_errors(diagnostics);
  for (const Diagnostic& warning : diagnostics.sorted()) {
    std::fprintf(stderr, "%s\n", to_text(warning).c_str());
  }
}

void settle_data(const DataOptions& options) {
  Catalog catalog(data_folders(options));
  Diagnostics diagnostics;
  catalog.check_all(diagnostics);
  settle(diagnostics);
}

}  // namespace plimsoll::cli

#include "catalog/catalog_state.h"

#include <algorithm>

#include "catalog/fit_overlay.h"
#include "catalog/price_reader.h"
#include "catalog/table_readers.h"

namespace plimsoll {

namespace fs = std::filesystem;

namespace {

// Ids are file names, so that nothing outside the kind's folder can be reached by an id.
bool may_be_id(std::string_view name) {
  constexpr std::string_view letters =
      "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789._+-";
  return !name.empty() && name.size() <= 200 && name.front() != '.' &&
         name.find_first_not_of(letters) == std::string_view::npos;
}

bool is_file_name(std::string_view name) {
  return name.ends_with(".yaml") || name.ends_with(".yml");
}

bool is_file(const fs::path& file) {
  std::error_code ignored;
  return fs::is_regular_file(file, ignored);
}

std::string both_names(const std::vector<const CatalogEntry*>& entries) {
  std::string ids;
  for (const CatalogEntry* entry : entries) {
    if (!ids.empty()) ids += entry == entries.back() ? " and " : ", ";
    ids += "'" + entry->id + "'";
  }
  return ids;
}

}  // namespace

void Catalog::State::lay_over(GivenEntry entry) {
  // Unlike any file that can be asked for.
  fs::path file = fs::path("(laid over)") / (entry.id + ".yaml");
  laid_over[{entry.kind, std::move(entry.name)}] = {.file = std::move(file),
                                                    .yaml = std::move(entry.yaml)};
}

const fs::path* Catalog::State::given_with_id(EntryKind kind, std::string_view id) const {
  for (const auto& [key, entry] : laid_over)
    if (key.first == kind && entry.file.stem() == id) return &entry.file;
  return nullptr;
}

const std::string* Catalog::State::text_of(EntryKind kind, const fs::path& file) const {
  for (const auto& [key, entry] : laid_over)
    if (key.first == kind && entry.file == file) return &entry.yaml;
  return nullptr;
}

std::vector<fs::path> Catalog::State::folders_of(EntryKind kind) const {
  std::vector<fs::path> result;
  for (const DataFolders& data : folders) {
    const fs::path& root = kind == EntryKind::model ? data.models : data.hwdb;
    if (root.empty()) continue;
    result.push_back(kind == EntryKind::model ? root : root / plural(kind));
  }
  return result;
}

std::vector<fs::path> Catalog::State::tables(const char* file_name) const {
  std::vector<fs::path> result;
  for (const DataFolders& data : folders) {
    if (!data.hwdb.empty() && is_file(data.hwdb / file_name)) {
      result.push_back(data.hwdb / file_name);
    }
  }
  return result;
}

const EntryIndex& Catalog::State::index(EntryKind kind) {
  const auto known = indices.find(kind);
  return known != indices.end()
             ? known->second
             : indices.emplace(kind, EntryIndex(kind, folders_of(kind))).first->second;
}

std::optional<fs::path> Catalog::State::file_of_id(EntryKind kind, std::string_view id) const {
  if (!may_be_id(id)) return std::nullopt;
  const std::vector<fs::path> places = folders_of(kind);
  for (auto folder = places.rbegin(); folder != places.rend(); ++folder) {
    fs::path file = *folder / (std::string(id) + ".yaml");
    if (is_file(file)) return file;
  }
  return std::nullopt;
}

namespace {

// "one of a, b, c"; empty for none.
std::string listed(const std::vector<std::string>& ids) {
  std::string text;
  for (const std::string& id : ids) text += (text.empty() ? "one of " : ", ") + id;
  return text;
}

}  // namespace

std::optional<fs::path> Catalog::State::locate(EntryKind kind, std::string_view name,
                                               const SourcePlace& place, Diagnostics& diagnostics) {
  const auto laid = laid_over.find(std::pair(kind, std::string(name)));
  if (laid != laid_over.end()) return laid->second.file;
  if (is_file_name(name)) return fs::path(name);
  if (auto file = file_of_id(kind, name)) return file;
  if (const fs::path* file = given_with_id(kind, name)) return *file;
  const EntryIndex& names = index(kind);
  const std::vector<const CatalogEntry*> found = names.find(name);
  if (found.size() == 1) return found.front()->file;
  const std::string word(singular(kind));
  if (found.empty()) {
    diagnostics.error("unknown-" + word, place,
                      "no " + word + " is called '" + std::string(name) + "'",
                      listed(names.containing(name, 6)), names.nearest(name).value_or(""));
  } else {
    diagnostics.error("duplicate-name", place,
                      "'" + std::string(name) + "' is a name of " + both_names(found), "an id");
  }
  return std::nullopt;
}

void Catalog::State::take_kernels(LoadedEntry<EngineSpec>& loaded) {
  if (!loaded.spec || loaded.spec->kernels_of.empty()) return;
  const std::string& owner = loaded.spec->kernels_of;
  const auto noted =
      std::find_if(loaded.references.begin(), loaded.references.end(),
                   [](const Reference& each) { return each.kind == ReferenceKind::engine; });
  const auto file = locate(EntryKind::engine, owner, noted->place, loaded.problems);
  const LoadedEntry<EngineSpec>* kernels = file ? &entry<EngineSpec>(*file) : nullptr;
  if (kernels && kernels->spec && kernels->spec->kernels_of.empty()) {
    loaded.spec->backends = borrow_backends(*loaded.spec, *kernels->spec);
    if (loaded.spec->backends.size() >= loaded.spec->borrowed_backends.size()) return;
    loaded.problems.error("inconsistent", noted->place,
                          "engine '" + owner + "' lacks some of the borrowed_backends",
                          "backends of " + owner);
    loaded.spec.reset();
    return;
  }
  if (kernels && kernels->spec)
    loaded.problems.error("inconsistent", noted->place,
                          "engine '" + owner + "' has no kernels of its own",
                          "an engine with backends");
  else if (kernels)
    loaded.problems.append(kernels->problems);
  loaded.spec.reset();
}

void Catalog::State::take_popularity(LoadedEntry<ModelSpec>& loaded) {
  if (!loaded.spec || !loaded.spec->moe) return;
  MoeSpec& moe = *loaded.spec->moe;
  const RoutingPrior& prior = routing_prior().table;
  const RoutingSpec& choice = loaded.spec->routing ? *loaded.spec->routing : prior.of_text;
  moe.popularity = expert_popularity(moe.experts, moe.experts_per_token, choice.skew.value);
  const double usual = prior.of_text.skew.value;
  const double left = usual > 0.0 ? prior.mixed_skew.value / usual : 1.0;
  moe.mixed_popularity =
      expert_popularity(moe.experts, moe.experts_per_token, left * choice.skew.value);
}

const LoadedTable<FormatTable>& Catalog::State::format_table() {
  if (!formats) {
    formats.emplace();
    for (const fs::path& file : tables("formats.yaml")) {
      read_formats(file, formats->table, formats->references, formats->problems);
    }
  }
  return *formats;
}

const LoadedTable<RoofTable>& Catalog::State::roof_table() {
  if (!roofs) {
    roofs.emplace();
    for (const fs::path& file : tables("roofs.yaml")) {
      read_roofs(file, roofs->table, roofs->references, roofs->problems);
    }
  }
  return *roofs;
}

const LoadedTable<RoutingPrior>& Catalog::State::routing_prior() {
  if (!routing) {
    routing.emplace();
    for (const fs::path& file : tables("routing.yaml")) {
      read_routing_prior(file, routing->table, routing->references, routing->problems);
    }
  }
  return *routing;
}

const LoadedTable<SpeculationTable>& Catalog::State::speculation_table() {
  if (!speculation) {
    speculation.emplace();
    for (const fs::path& file : tables("speculation.yaml")) {
      read_speculation_table(file, speculation->table, speculation->references,
                             speculation->problems);
    }
  }
  return *speculation;
}

const LoadedTable<RequestLengthTable>& Catalog::State::request_length_table() {
  if (!request_lengths) {
    request_lengths.emplace();
    for (const fs::path& file : tables("lengths.yaml")) {
      read_request_lengths(file, request_lengths->table, request_lengths->references,
                           request_lengths->problems);
    }
  }
  return *request_lengths;
}

// Of several folders the last one's, all of it: its figures belong together.
const LoadedTable<FitTable>& Catalog::State::fit_table() {
  if (fit) return *fit;
  fit.emplace();
  for (const fs::path& file : tables("fit.yaml"))
    read_fit(file, fit->table, fit->references, fit->problems);
  for (const DataFolders& data : folders) {
    if (!data.fit) continue;
    fit->table = {};
    if (!data.fit->empty()) parse_fit(*data.fit, fit->table, fit->problems);
  }
  return *fit;
}

void Catalog::State::lay_fit_over(LoadedEntry<EngineSpec>& loaded) {
  const FitTable& found = fit_table().table;
  if (!loaded.spec || found.empty()) return;
  if (!shared_fit) shared_fit = std::make_shared<const FitTable>(found);
  plimsoll::lay_over(shared_fit, *loaded.spec);
}

void Catalog::State::lay_fit_over(LoadedEntry<DeviceSpec>& loaded) {
  const FitTable& found = fit_table().table;
  if (loaded.spec && !found.empty()) plimsoll::lay_over(found, *loaded.spec);
}

const LoadedTable<SourceTable>& Catalog::State::source_table() {
  if (!sources) {
    sources.emplace();
    for (const fs::path& file : tables("sources.yaml")) {
      read_sources(file, sources->table, sources->problems);
    }
  }
  return *sources;
}

const LoadedTable<PriceBook>& Catalog::State::price_book() {
  if (!prices) {
    prices.emplace();
    for (const auto& [name, read] : price_tables()) {
      for (const fs::path& file : tables(name)) {
        read(file, prices->table, prices->references, prices->problems);
      }
    }
  }
  return *prices;
}

}  // namespace plimsoll

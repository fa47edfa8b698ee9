#include "catalog/catalog.h"

#include "base/names.h"
#include "catalog/catalog_state.h"
#include "catalog/source_references.h"
#include "catalog/words.h"

namespace plimsoll {

namespace {

std::string no_format(std::string_view id) {
  return "no quantization format is called '" + std::string(id) + "'";
}

// "Q4_K" as people write it: the exact word, or one that folds alike.
const FormatSpec* find_format(const FormatTable& formats, std::string_view id) {
  const auto exact = formats.find(std::string(id));
  if (exact != formats.end()) return &exact->second;
  const std::string folded = fold_name(id);
  for (const auto& [word, format] : formats) {
    if (fold_name(word) == folded) return &format;
  }
  return nullptr;
}

}  // namespace

std::string_view singular(EntryKind kind) {
  return word(kind);
}

std::string_view plural(EntryKind kind) {
  switch (kind) {
    case EntryKind::device:
      return "devices";
    case EntryKind::system:
      return "systems";
    case EntryKind::cluster:
      return "clusters";
    case EntryKind::storage:
      return "storage";
    case EntryKind::link:
      return "links";
    case EntryKind::os:
      return "os";
    case EntryKind::engine:
      return "engines";
    case EntryKind::quantization:
      return "quantizations";
    case EntryKind::model:
      return "models";
  }
  return "?";
}

std::optional<EntryKind> entry_kind(std::string_view text) {
  for (const auto& [spelling, kind] : words_of<EntryKind>()) {
    if (text == spelling || text == plural(kind)) return kind;
  }
  return std::nullopt;
}

Catalog::Catalog(std::vector<DataFolders> folders) : state_(std::make_unique<State>()) {
  state_->folders = std::move(folders);
  for (const DataFolders& each : state_->folders)
    for (const GivenEntry& entry : each.given) state_->lay_over(entry);
  for (const DataFolders& each : state_->folders)
    if (each.overlay) state_->overlay = each.overlay;
}

Catalog::~Catalog() = default;

const DeviceSpec* Catalog::device(std::string_view name, const SourcePlace& place,
                                  Diagnostics& diagnostics) {
  return state_->find<DeviceSpec>(name, place, diagnostics);
}

const SystemSpec* Catalog::system(std::string_view name, const SourcePlace& place,
                                  Diagnostics& diagnostics) {
  return state_->find<SystemSpec>(name, place, diagnostics);
}

const ClusterSpec* Catalog::cluster(std::string_view name, const SourcePlace& place,
                                    Diagnostics& diagnostics) {
  return state_->find<ClusterSpec>(name, place, diagnostics);
}

const StorageSpec* Catalog::storage(std::string_view name, const SourcePlace& place,
                                    Diagnostics& diagnostics) {
  return state_->find<StorageSpec>(name, place, diagnostics);
}

const LinkSpec* Catalog::link(std::string_view name, const SourcePlace& place,
                              Diagnostics& diagnostics) {
  return state_->find<LinkSpec>(name, place, diagnostics);
}

const OsSpec* Catalog::os(std::string_view name, const SourcePlace& place,
                          Diagnostics& diagnostics) {
  return state_->find<OsSpec>(name, place, diagnostics);
}

const EngineSpec* Catalog::engine(std::string_view name, const SourcePlace& place,
                                  Diagnostics& diagnostics) {
  return state_->find<EngineSpec>(name, place, diagnostics);
}

const QuantizationSpec* Catalog::quantization(std::string_view name, const SourcePlace& place,
                                              Diagnostics& diagnostics) {
  return state_->find<QuantizationSpec>(name, place, diagnostics);
}

const ModelSpec* Catalog::model(std::string_view name, const SourcePlace& place,
                                Diagnostics& diagnostics) {
  return state_->find<ModelSpec>(name, place, diagnostics);
}

const FormatSpec* Catalog::format(std::string_view id, const SourcePlace& place,
                                  Diagnostics& diagnostics) {
  const LoadedTable<FormatTable>& loaded = state_->format_table();
  diagnostics.append(loaded.problems);
  if (const FormatSpec* found = find_format(loaded.table, id)) return found;
  std::vector<std::string> known;
  for (const auto& [word, format] : loaded.table) known.push_back(word);
  diagnostics.error("unknown-format", place, no_format(id), {},
                    nearest_name(id, known).value_or(""));
  return nullptr;
}

const RoofTable& Catalog::roofs(Diagnostics& diagnostics) {
  const LoadedTable<RoofTable>& loaded = state_->roof_table();
  diagnostics.append(loaded.problems);
  return loaded.table;
}

const RoutingSpec& Catalog::routing_prior(Diagnostics& diagnostics) {
  const LoadedTable<RoutingPrior>& loaded = state_->routing_prior();
  diagnostics.append(loaded.problems);
  return loaded.table.of_text;
}

const SpeculationTable& Catalog::speculation(Diagnostics& diagnostics) {
  const LoadedTable<SpeculationTable>& loaded = state_->speculation_table();
  diagnostics.append(loaded.problems);
  return loaded.table;
}

const RequestLengthTable& Catalog::request_lengths(Diagnostics& diagnostics) {
  const LoadedTable<RequestLengthTable>& loaded = state_->request_length_table();
  diagnostics.append(loaded.problems);
  return loaded.table;
}

const PriceBook& Catalog::prices(Diagnostics& diagnostics) {
  const LoadedTable<PriceBook>& loaded = state_->price_book();
  diagnostics.append(loaded.problems);
  return loaded.table;
}

void Catalog::lay_over(GivenEntry entry) {
  state_->lay_over(std::move(entry));
}

void Catalog::lay_over(std::shared_ptr<const EntryOverlay> overlay) {
  state_->overlay = std::move(overlay);
  state_->lay_overlay_over_all<DeviceSpec>();
  state_->lay_overlay_over_all<LinkSpec>();
  state_->lay_overlay_over_all<EngineSpec>();
}

const std::shared_ptr<const EntryOverlay>& Catalog::overlay() const {
  return state_->overlay;
}

std::vector<GivenEntry> Catalog::given() const {
  std::vector<GivenEntry> entries;
  for (const auto& [key, entry] : state_->laid_over)
    entries.push_back({.kind = key.first,
                       .name = key.second,
                       .id = entry.file.stem().string(),
                       .yaml = entry.yaml});
  return entries;
}

std::string Catalog::citation(std::string_view source) {
  const SourceTable& sources = state_->source_table().table;
  std::string result;
  for (const std::string& key : source_keys(source)) {
    const auto found = sources.find(key);
    if (found == sources.end()) return std::string(source);
    result += (result.empty() ? "" : "; ") + found->second;
  }
  const std::size_t colon = source.find(':');
  if (colon != std::string_view::npos) result += " -" + std::string(source.substr(colon + 1));
  return result;
}

const std::vector<CatalogEntry>& Catalog::headers(EntryKind kind) {
  return state_->index(kind).entries();
}

}  // namespace plimsoll

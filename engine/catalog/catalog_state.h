// What a catalog has looked up so far.
#pragma once

#include <filesystem>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <tuple>
#include <type_traits>
#include <vector>

#include "catalog/catalog.h"
#include "catalog/entry_index.h"
#include "catalog/fit_spec.h"
#include "catalog/reference.h"

namespace plimsoll {

template <class Spec>
struct LoadedEntry {
  std::optional<Spec> spec;  // nothing when the file has errors
  References references;
  Diagnostics problems;  // told again to everybody who asks
};

// Entries by file. Nodes of a map stay where they are, so pointers into it live as long as the
// catalog.
template <class Spec>
using Shelf = std::map<std::filesystem::path, LoadedEntry<Spec>>;

template <class Spec>
inline constexpr EntryKind kind_of = EntryKind::device;
template <>
inline constexpr EntryKind kind_of<SystemSpec> = EntryKind::system;
template <>
inline constexpr EntryKind kind_of<ClusterSpec> = EntryKind::cluster;
template <>
inline constexpr EntryKind kind_of<StorageSpec> = EntryKind::storage;
template <>
inline constexpr EntryKind kind_of<LinkSpec> = EntryKind::link;
template <>
inline constexpr EntryKind kind_of<OsSpec> = EntryKind::os;
template <>
inline constexpr EntryKind kind_of<EngineSpec> = EntryKind::engine;
template <>
inline constexpr EntryKind kind_of<QuantizationSpec> = EntryKind::quantization;
template <>
inline constexpr EntryKind kind_of<ModelSpec> = EntryKind::model;

// A table of small entries, merged over all folders that have it.
template <class Table>
struct LoadedTable {
  Table table;
  References references;
  Diagnostics problems;
};

using FormatTable = std::map<std::string, FormatSpec>;
using SourceTable = std::map<std::string, std::string>;

// An entry that is in no folder. Its path leads nowhere, but its stem is the entry's id.
struct LaidOverEntry {
  std::filesystem::path file;
  std::string yaml;
};

struct Catalog::State {
  std::vector<DataFolders> folders;
  std::map<std::pair<EntryKind, std::string>, LaidOverEntry, std::less<>> laid_over;  // by name
  std::shared_ptr<const EntryOverlay> overlay;                                        // null: none
  std::map<EntryKind, EntryIndex> indices;
  std::tuple<Shelf<DeviceSpec>, Shelf<SystemSpec>, Shelf<ClusterSpec>, Shelf<StorageSpec>,
             Shelf<LinkSpec>, Shelf<OsSpec>, Shelf<EngineSpec>, Shelf<QuantizationSpec>,
             Shelf<ModelSpec>>
      shelves;
  std::optional<LoadedTable<FormatTable>> formats;
  std::optional<LoadedTable<RoofTable>> roofs;
  std::optional<LoadedTable<RoutingPrior>> routing;
  std::optional<LoadedTable<FitTable>> fit;
  std::shared_ptr<const FitTable> shared_fit;  // that engines keep
  std::optional<LoadedTable<SpeculationTable>> speculation;
  std::optional<LoadedTable<RequestLengthTable>> request_lengths;
  std::optional<LoadedTable<SourceTable>> sources;
  std::optional<LoadedTable<PriceBook>> prices;

  void lay_over(GivenEntry entry);
  // The path of a given entry, or null.
  const std::filesystem::path* given_with_id(EntryKind kind, std::string_view id) const;
  // The text of an entry that is in no folder, or null.
  const std::string* text_of(EntryKind kind, const std::filesystem::path& file) const;

  // The kind's folders, in overlay order.
  std::vector<std::filesystem::path> folders_of(EntryKind kind) const;
  // The files of that name right inside hwdb, in overlay order.
  std::vector<std::filesystem::path> tables(const char* file_name) const;

  template <class Spec>
  void lay_overlay_over(LoadedEntry<Spec>& loaded) const;
  template <class Spec>
  void lay_overlay_over_all();

  const EntryIndex& index(EntryKind kind);
  // The file that `name` means; nothing after a complaint at `place`.
  std::optional<std::filesystem::path> locate(EntryKind kind, std::string_view name,
                                              const SourcePlace& place, Diagnostics&);
  template <class Spec>
  const LoadedEntry<Spec>& entry(const std::filesystem::path& file);
  template <class Spec>
  const Spec* find(std::string_view name, const SourcePlace& place, Diagnostics&);

  const LoadedTable<FormatTable>& format_table();
  const LoadedTable<RoofTable>& roof_table();
  const LoadedTable<RoutingPrior>& routing_prior();
  const LoadedTable<FitTable>& fit_table();
  const LoadedTable<SpeculationTable>& speculation_table();
  const LoadedTable<RequestLengthTable>& request_length_table();
  const LoadedTable<SourceTable>& source_table();
  const LoadedTable<PriceBook>& price_book();

 private:
  // The backends of the engine whose kernels this one runs.
  void take_kernels(LoadedEntry<EngineSpec>& loaded);
  // How often each expert is chosen.
  void take_popularity(LoadedEntry<ModelSpec>& loaded);
  void lay_fit_over(LoadedEntry<EngineSpec>& loaded);
  void lay_fit_over(LoadedEntry<DeviceSpec>& loaded);
  std::optional<std::filesystem::path> file_of_id(EntryKind kind, std::string_view id) const;
};

// Reads one file, or the text that stands for it.
template <class Spec>
LoadedEntry<Spec> load_entry(const std::filesystem::path& file, const std::string* text = nullptr);

template <class Spec>
void Catalog::State::lay_overlay_over(LoadedEntry<Spec>& loaded) const {
  if constexpr (std::is_same_v<Spec, DeviceSpec> || std::is_same_v<Spec, LinkSpec> ||
                std::is_same_v<Spec, EngineSpec>)
    if (overlay && loaded.spec) overlay->lay_over(*loaded.spec);
}

template <class Spec>
void Catalog::State::lay_overlay_over_all() {
  for (auto& [file, loaded] : std::get<Shelf<Spec>>(shelves)) lay_overlay_over(loaded);
}

template <class Spec>
const LoadedEntry<Spec>& Catalog::State::entry(const std::filesystem::path& file) {
  auto& shelf = std::get<Shelf<Spec>>(shelves);
  const auto known = shelf.find(file);
  if (known != shelf.end()) return known->second;
  LoadedEntry<Spec>& loaded =
      shelf.emplace(file, load_entry<Spec>(file, text_of(kind_of<Spec>, file))).first->second;
  if constexpr (std::is_same_v<Spec, EngineSpec>) take_kernels(loaded);
  if constexpr (std::is_same_v<Spec, ModelSpec>) take_popularity(loaded);
  if constexpr (std::is_same_v<Spec, EngineSpec> || std::is_same_v<Spec, DeviceSpec>)
    lay_fit_over(loaded);
  lay_overlay_over(loaded);
  return loaded;
}

template <class Spec>
const Spec* Catalog::State::find(std::string_view name, const SourcePlace& place,
                                 Diagnostics& diagnostics) {
  const auto file = locate(kind_of<Spec>, name, place, diagnostics);
  if (!file) return nullptr;
  const LoadedEntry<Spec>& loaded = entry<Spec>(*file);
  diagnostics.append(loaded.problems);
  return loaded.spec ? &*loaded.spec : nullptr;
}

}  // namespace plimsoll

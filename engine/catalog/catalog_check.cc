// The whole database at once: what `lint` and the test over the shipped data run.
#include <algorithm>

#include "base/names.h"
#include "catalog/catalog.h"
#include "catalog/catalog_state.h"
#include "catalog/cluster_layout.h"
#include "catalog/reference_check.h"

namespace plimsoll {

namespace {

template <class Map>
void check_key(const Map& map, const Reference& reference, const std::string& code,
               const std::string& what, Diagnostics& diagnostics) {
  if (map.contains(reference.target)) return;
  std::vector<std::string> known;
  for (const auto& [key, value] : map) known.push_back(key);
  diagnostics.error(code, reference.place, "no " + what + " is called '" + reference.target + "'",
                    {}, nearest_name(reference.target, known).value_or(""));
}

}  // namespace

void check_reference(Catalog& catalog, const RoofTable& roofs,
                     const std::map<std::string, std::string>& sources, const Reference& reference,
                     Diagnostics& diagnostics) {
  const auto& [kind, target, place] = reference;
  switch (kind) {
    case ReferenceKind::device:
      catalog.device(target, place, diagnostics);
      break;
    case ReferenceKind::storage:
      catalog.storage(target, place, diagnostics);
      break;
    case ReferenceKind::link:
      catalog.link(target, place, diagnostics);
      break;
    case ReferenceKind::os:
      catalog.os(target, place, diagnostics);
      break;
    case ReferenceKind::engine:
      catalog.engine(target, place, diagnostics);
      break;
    case ReferenceKind::model:
      catalog.model(target, place, diagnostics);
      break;
    case ReferenceKind::quantization:
      catalog.quantization(target, place, diagnostics);
      break;
    case ReferenceKind::format:
      catalog.format(target, place, diagnostics);
      break;
    case ReferenceKind::memory_roof:
      check_key(roofs.memory, reference, "unknown-roof", "memory class", diagnostics);
      break;
    case ReferenceKind::source:
      check_key(sources, reference, "unknown-source", "source", diagnostics);
      break;
  }
}

namespace {

// Names of machines and links, and what only the whole graph shows.
void check_clusters(Catalog& catalog, Diagnostics& diagnostics) {
  for (const CatalogEntry& header : catalog.headers(EntryKind::cluster)) {
    const SourcePlace place{.file = header.file.string()};
    if (const ClusterSpec* cluster = catalog.cluster(header.id, place, diagnostics))
      lay_out(*cluster, catalog, diagnostics);
  }
}

}  // namespace

template <class Spec>
void Catalog::check_kind(References& references, Diagnostics& diagnostics) {
  const EntryIndex& index = state_->index(kind_of<Spec>);
  for (const CatalogEntry& header : index.entries()) {
    const LoadedEntry<Spec>& loaded = state_->entry<Spec>(header.file);
    diagnostics.append(loaded.problems);
    references.insert(references.end(), loaded.references.begin(), loaded.references.end());
  }
  for (const NameCollision& collision : index.collisions()) {
    diagnostics.error(
        "duplicate-name", {.file = collision.second->file.string()},
        "'" + collision.spelling + "' is also a name of '" + collision.first->id + "'",
        "a name of its own");
  }
}

void Catalog::check_all(Diagnostics& diagnostics) {
  References references;
  check_kind<DeviceSpec>(references, diagnostics);
  check_kind<SystemSpec>(references, diagnostics);
  check_kind<ClusterSpec>(references, diagnostics);
  check_kind<StorageSpec>(references, diagnostics);
  check_kind<LinkSpec>(references, diagnostics);
  check_kind<OsSpec>(references, diagnostics);
  check_kind<EngineSpec>(references, diagnostics);
  check_kind<QuantizationSpec>(references, diagnostics);
  check_kind<ModelSpec>(references, diagnostics);
  check_clusters(*this, diagnostics);
  const auto& formats = state_->format_table();
  const auto& roofs = state_->roof_table();
  const auto& routing = state_->routing_prior();
  const auto& fit = state_->fit_table();
  const auto& speculation = state_->speculation_table();
  const auto& lengths = state_->request_length_table();
  const auto& sources = state_->source_table();
  const auto& prices = state_->price_book();
  for (const Diagnostics* problems :
       {&formats.problems, &roofs.problems, &routing.problems, &fit.problems, &speculation.problems,
        &lengths.problems, &sources.problems, &prices.problems}) {
    diagnostics.append(*problems);
  }
  for (const References* more :
       {&formats.references, &roofs.references, &routing.references, &fit.references,
        &speculation.references, &lengths.references, &prices.references}) {
    references.insert(references.end(), more->begin(), more->end());
  }
  for (const Reference& reference : references) {
    check_reference(*this, roofs.table, sources.table, reference, diagnostics);
  }
}

}  // namespace plimsoll

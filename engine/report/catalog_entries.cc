#include "report/catalog_entries.h"

#include "catalog/entry_index.h"

namespace plimsoll {

namespace {

double parameters_of(const ModelSpec& model, const ParameterCount& count) {
  if (count) return count(model);
  return model.published_parameters ? model.published_parameters->value : 0.0;
}

// Calls `visit` with the spec of that name, whatever its type; false after diagnostics.
template <class Visit>
bool visit_entry(Catalog& catalog, EntryKind kind, std::string_view name, Diagnostics& diagnostics,
                 Visit visit) {
  const auto visit_found = [&visit](const auto* spec) {
    if (spec) visit(*spec);
    return spec != nullptr;
  };
  switch (kind) {
    case EntryKind::device:
      return visit_found(catalog.device(name, {}, diagnostics));
    case EntryKind::system:
      return visit_found(catalog.system(name, {}, diagnostics));
    case EntryKind::cluster:
      return visit_found(catalog.cluster(name, {}, diagnostics));
    case EntryKind::storage:
      return visit_found(catalog.storage(name, {}, diagnostics));
    case EntryKind::link:
      return visit_found(catalog.link(name, {}, diagnostics));
    case EntryKind::os:
      return visit_found(catalog.os(name, {}, diagnostics));
    case EntryKind::engine:
      return visit_found(catalog.engine(name, {}, diagnostics));
    case EntryKind::quantization:
      return visit_found(catalog.quantization(name, {}, diagnostics));
    case EntryKind::model:
      return visit_found(catalog.model(name, {}, diagnostics));
  }
  return false;
}

template <class Spec>
DescribedEntry headed(const Spec& spec, Facts facts) {
  return {.id = spec.id, .name = spec.name, .names = spec.names, .facts = std::move(facts)};
}

template <class Spec>
Facts summary_of(const Spec& spec, const ParameterCount& count_parameters) {
  if constexpr (std::is_same_v<Spec, ModelSpec>) {
    return summarize(spec, parameters_of(spec, count_parameters));
  } else {
    return summarize(spec);
  }
}

template <class Spec>
Facts description_of(const Spec& spec, const ParameterCount& count_parameters) {
  Facts facts = describe(spec);
  if constexpr (std::is_same_v<Spec, ModelSpec>) {
    if (count_parameters) facts.push_back({"parameters", Amount{count_parameters(spec)}});
  }
  return facts;
}

}  // namespace

std::optional<DescribedEntry> describe_entry(Catalog& catalog, EntryKind kind,
                                             std::string_view name, Diagnostics& diagnostics,
                                             const ParameterCount& count_parameters) {
  std::optional<DescribedEntry> entry;
  visit_entry(catalog, kind, name, diagnostics, [&](const auto& spec) {
    entry = headed(spec, description_of(spec, count_parameters));
  });
  return entry;
}

std::vector<DescribedEntry> summarize_entries(Catalog& catalog, EntryKind kind,
                                              std::string_view pattern, Diagnostics& diagnostics,
                                              const ParameterCount& count_parameters) {
  std::vector<DescribedEntry> entries;
  for (const CatalogEntry& entry : catalog.headers(kind)) {
    if (!is_called_like(entry, pattern)) continue;
    visit_entry(catalog, kind, entry.id, diagnostics, [&](const auto& spec) {
      entries.push_back(headed(spec, summary_of(spec, count_parameters)));
    });
  }
  return entries;
}

}  // namespace plimsoll

#include "catalog/catalog_state.h"
#include "catalog/entry_head.h"
#include "catalog/readers.h"
#include "catalog/source_references.h"
#include "catalog/words.h"
#include "config/document.h"

namespace plimsoll {

template <class Spec>
LoadedEntry<Spec> load_entry(const std::filesystem::path& file, const std::string* text) {
  LoadedEntry<Spec> loaded;
  const Document document = text ? Document::parse(*text, file.string(), loaded.problems)
                                 : Document::load_file(file, loaded.problems);
  if (document.root().kind() == NodeKind::invalid) return loaded;
  const std::string_view kind = word(kind_of<Spec>);
  MapReader reader(document.root(), std::string(kind), loaded.problems);
  if (!take_kind(reader, kind)) return loaded;
  EntryHead head = take_head(reader, file.stem().string());
  Spec spec;
  spec.id = std::move(head.id);
  spec.name = std::move(head.name);
  spec.names = std::move(head.names);
  spec.place = reader.place();
  read_entry(reader, spec, loaded.references);
  reader.finish();
  note_sources(document.root(), loaded.references);
  if (!loaded.problems.has_errors()) loaded.spec = std::move(spec);
  return loaded;
}

template LoadedEntry<DeviceSpec> load_entry(const std::filesystem::path&, const std::string*);
template LoadedEntry<SystemSpec> load_entry(const std::filesystem::path&, const std::string*);
template LoadedEntry<ClusterSpec> load_entry(const std::filesystem::path&, const std::string*);
template LoadedEntry<StorageSpec> load_entry(const std::filesystem::path&, const std::string*);
template LoadedEntry<LinkSpec> load_entry(const std::filesystem::path&, const std::string*);
template LoadedEntry<OsSpec> load_entry(const std::filesystem::path&, const std::string*);
template LoadedEntry<EngineSpec> load_entry(const std::filesystem::path&, const std::string*);
template LoadedEntry<QuantizationSpec> load_entry(const std::filesystem::path&, const std::string*);
template LoadedEntry<ModelSpec> load_entry(const std::filesystem::path&, const std::string*);

}  // namespace plimsoll

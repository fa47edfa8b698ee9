#include "catalog/entry_head.h"

#include "catalog/reader_parts.h"

namespace plimsoll {

bool take_kind(MapReader& reader, std::string_view expected) {
  if (!reader.valid() && !reader.describing()) return false;  // reported by the reader
  const std::string kind = reader.required("kind", field::constant(expected));
  if (kind.empty() || kind == expected) return true;
  reader.error("kind", "wrong-kind-of-file",
               "this file holds '" + kind + "' and not '" + std::string(expected) + "'",
               "kind: " + std::string(expected));
  return false;
}

EntryHead take_head(MapReader& reader, const std::string& stem) {
  EntryHead head;
  const ErrorWatch watch(reader);
  head.id = reader.required("id", field::id());
  if (watch.clean() && head.id != stem) {
    reader.error("id", "id-mismatch", "the id '" + head.id + "' is not the name of its file",
                 "id: " + stem);
  }
  head.name = reader.required("name", field::text());
  head.names = reader.value_or("names", field::list_of(field::text()), {});
  return head;
}

}  // namespace plimsoll

#include "catalog/reader_parts.h"

namespace plimsoll {

namespace {

void note(References& references, ReferenceKind kind, const std::string& target,
          SourcePlace place) {
  if (!target.empty()) references.push_back({kind, target, std::move(place)});
}

}  // namespace

std::string required_reference(MapReader& reader, std::string_view key, ReferenceKind kind,
                               References& references) {
  std::string target = reader.required(key, field::text());
  note(references, kind, target, reader.place_of(key));
  return target;
}

std::string optional_reference(MapReader& reader, std::string_view key, ReferenceKind kind,
                               References& references) {
  std::string target = text_or_empty(reader, key);
  note(references, kind, target, reader.place_of(key));
  return target;
}

std::vector<std::string> required_references(MapReader& reader, std::string_view key,
                                             ReferenceKind kind, References& references) {
  std::vector<std::string> targets = reader.required(key, field::list_of(field::text()));
  const Node* list = reader.take(key);
  for (std::size_t i = 0; i < targets.size(); ++i) {
    note(references, kind, targets[i], list->items()[i].place());
  }
  return targets;
}

}  // namespace plimsoll

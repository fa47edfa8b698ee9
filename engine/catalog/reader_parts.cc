#include "catalog/reader_parts.h"

namespace plimsoll {

namespace {

void note(References& references, ReferenceKind kind, const std::string& target,
          SourcePlace place) {
  if (!target.empty()) references.push_back({kind, target, std::move(place)});
}

std::vector<std::string> noted(MapReader& reader, std::string_view key, ReferenceKind kind,
                               References& references, std::vector<std::string> targets) {
  const Node* list = reader.take(key);
  for (std::size_t i = 0; i < targets.size(); ++i)
    note(references, kind, targets[i], list->items()[i].place());
  return targets;
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
  return noted(reader, key, kind, references, reader.required(key, field::list_of(field::text())));
}

std::vector<std::string> optional_references(MapReader& reader, std::string_view key,
                                             ReferenceKind kind, References& references) {
  return noted(reader, key, kind, references, texts_or_none(reader, key));
}

RoutingSpec read_routing(MapReader& reader) {
  return {.skew = reader.required("skew", field::figure(0.0, 8.0)),
          .reuse = reader.required("reuse", field::figure(0.0, 0.99)),
          .memory = reader.required("memory", field::figure(1.0, 1000.0))};
}

}  // namespace plimsoll

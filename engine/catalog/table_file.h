// Small steps that the readers of table files share.
#pragma once

#include <string>
#include <utility>

#include "catalog/entry_head.h"
#include "catalog/reference.h"
#include "catalog/source_references.h"
#include "catalog/table_input.h"
#include "config/document.h"
#include "config/map_reader.h"

namespace plimsoll {

// Opens a table file and hands its map, with `kind` taken and checked, to `read`.
template <class Read>
void read_table(const TableInput& input, const std::string& kind, References& references,
                Diagnostics& diagnostics, Read read) {
  if (input.schema) {
    const Node nothing;
    MapReader reader(nothing, "table of " + kind, diagnostics, input.schema);
    if (take_kind(reader, kind)) read(reader);
    return;
  }
  const Document document = Document::load_file(input.file, diagnostics);
  if (document.root().kind() == NodeKind::invalid) return;
  MapReader reader(document.root(), "table of " + kind, diagnostics);
  if (!take_kind(reader, kind)) return;
  read(reader);
  reader.finish();
  note_sources(document.root(), references);
}

// What the overlay says wins over what was there.
template <class Map>
void overlay(Map& below, Map above) {
  above.merge(below);
  below = std::move(above);
}

}  // namespace plimsoll

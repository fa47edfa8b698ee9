// What a field that names something may name, with the few facts by which one chooses. Without Qt.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "base/quantity.h"
#include "catalog/catalog.h"

namespace plimsoll::gui {

struct NameCell {
  std::string text;
  double key = 0.0;  // orders a column of figures
};

struct NameRow {
  std::string id;
  std::string name;
  std::vector<NameCell> cells;  // as many as NameList::columns; empty texts where unknown
  std::string search;           // id and names, folded, a space between two
};

struct NameList {
  std::vector<std::string> columns;  // beside the name: "parameters"
  std::vector<NameRow> rows;
};

// Of every entry, by id; broken files are left out. Reads them all: for a worker.
NameList model_names(Catalog& catalog);    // parameters, licence, size of the published checkpoint
NameList machine_names(Catalog& catalog);  // memory and price of systems, and the bare devices
NameList cluster_names(Catalog& catalog);  // machines
NameList engine_names(Catalog& catalog);   // backends, families of weights
NameList link_names(Catalog& catalog);     // those between machines; rate and latency
NameList os_names(Catalog& catalog);

// Whether every word of what was typed stands in the row's ids and names, however it is spelled.
bool matches(const NameRow& row, std::string_view typed);

// A model in every quantization that an engine loads, best quality first. `engine` empty: in those
// of the usual one. Nothing where a name is unknown.
NameList quantization_names(const std::string& model, const std::string& engine, Catalog& catalog);

}  // namespace plimsoll::gui

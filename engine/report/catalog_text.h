// What `plimsoll list` and `plimsoll show` print, as text and as JSON.
//
// JSON names carry units: "bandwidth_bytes_per_second": 3.35e12 in a list, and in `show`, where
// every figure says where it comes from, "bandwidth_bytes_per_second": {"value", "low", "high",
// "status", "confidence", "source", "citation"} with null for an interval nobody stated.
#pragma once

#include <functional>
#include <string>
#include <string_view>

#include "catalog/catalog.h"
#include "report/layout.h"

namespace plimsoll {

// Parameters of a model, counted from its tensors; without it the published number is shown, where
// there is one.
using ParameterCount = std::function<double(const ModelSpec&)>;

struct CatalogTextOptions {
  TextStyle style;
  ParameterCount count_parameters;
};

// The entries of a kind whose id or a name of theirs contains `pattern` (folded; empty: all),
// sorted by id. Reads each of them; problems of broken files become diagnostics, and the files are
// left out.
std::string list_text(Catalog& catalog, EntryKind kind, std::string_view pattern,
                      Diagnostics& diagnostics, const CatalogTextOptions& options = {});
std::string list_json(Catalog& catalog, EntryKind kind, std::string_view pattern,
                      Diagnostics& diagnostics, const CatalogTextOptions& options = {});

// One entry by id, name or path, with every figure's value, interval, status, confidence and
// citation. Empty after diagnostics.
std::string show_text(Catalog& catalog, EntryKind kind, std::string_view name,
                      Diagnostics& diagnostics, const CatalogTextOptions& options = {});
std::string show_json(Catalog& catalog, EntryKind kind, std::string_view name,
                      Diagnostics& diagnostics, const CatalogTextOptions& options = {});

}  // namespace plimsoll

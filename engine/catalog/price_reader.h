// The files of hwdb/prices/.
#pragma once

#include <filesystem>
#include <span>

#include "base/diagnostic.h"
#include "catalog/price_spec.h"
#include "catalog/reference.h"
#include "catalog/table_input.h"

namespace plimsoll {

// Adds what a file says to the book; an entry that is already there is replaced (overlay folders).
// Codes: those of figure_reader.h and config, bad-date, and "inconsistent" where cached input costs
// more than input or a class has more replacements than events.
using ReadPrices = void (*)(const TableInput& input, PriceBook& book, References& references,
                            Diagnostics& diagnostics);

struct PriceTableFile {
  const char* name;  // below hwdb
  ReadPrices read;
};
std::span<const PriceTableFile> price_tables();

}  // namespace plimsoll

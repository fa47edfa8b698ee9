// Entries of any kind as facts: the one place that goes from a kind to its type.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "report/catalog_facts.h"
#include "report/catalog_text.h"

namespace plimsoll {

struct DescribedEntry {
  std::string id;
  std::string name;
  std::vector<std::string> names;
  Facts facts;
};

// One entry with all it says.
std::optional<DescribedEntry> describe_entry(Catalog& catalog, EntryKind kind,
                                             std::string_view name, Diagnostics& diagnostics,
                                             const ParameterCount& count_parameters);

// The matching entries with the facts by which one chooses.
std::vector<DescribedEntry> summarize_entries(Catalog& catalog, EntryKind kind,
                                              std::string_view pattern, Diagnostics& diagnostics,
                                              const ParameterCount& count_parameters);

}  // namespace plimsoll

// What a file that can be read may still have wrong. Each rule stands in doc/lint.md with its
// tolerance and its reason.
#pragma once

#include <optional>

#include "base/diagnostic.h"
#include "catalog/catalog.h"
#include "config/node.h"

namespace plimsoll {

// Of one entry, when its reader found nothing to refuse. Names of other entries resolve in the
// catalogue; those that do not are not this function's to report.
void check_rules(const DeviceSpec& device, Catalog& catalog, Diagnostics& diagnostics);
void check_rules(const SystemSpec& system, Catalog& catalog, Diagnostics& diagnostics);
void check_rules(const StorageSpec& storage, Catalog& catalog, Diagnostics& diagnostics);
void check_rules(const QuantizationSpec& quantization, Catalog& catalog, Diagnostics& diagnostics);
void check_rules(const ModelSpec& model, Catalog& catalog, Diagnostics& diagnostics);
void check_rules(const ClusterSpec& cluster, Catalog& catalog, Diagnostics& diagnostics);
// Nothing beyond what their readers check.
inline void check_rules(const LinkSpec&, Catalog&, Diagnostics&) {}
inline void check_rules(const OsSpec&, Catalog&, Diagnostics&) {}
inline void check_rules(const EngineSpec&, Catalog&, Diagnostics&) {}

// A price from before the year in which the thing was sold (a year early is an announcement).
void check_price(const std::optional<Figure<Dollars>>& price, int year, Diagnostics& diagnostics);

// Of the text of any file: figures that nobody vouches for and that have no range. No problem, as
// their confidence gives them an interval; a source that gives a better one is welcome.
void note_figures(const Node& root, Diagnostics& notes);

// Of an entry's names: those that no lookup finds, and those that are there twice.
void check_names(EntryKind kind, const Node& root, Catalog& catalog, Diagnostics& diagnostics);

}  // namespace plimsoll

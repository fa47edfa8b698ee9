// Single changes to a scenario, each simulated: what would help, ranked.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "catalog/catalog.h"
#include "evaluate/outcome.h"
#include "evaluate/prepared.h"

namespace plimsoll {

// An edit of a spec in the words of `--set`.
struct Edit {
  std::string description;
  std::string kind;
  std::vector<std::string> set;
  ScenarioSpec spec;
  std::string warning;
};

// Alternatives worth trying, none of them the scenario itself.
std::vector<Edit> propose_edits(const Prepared& prepared, Catalog& catalog,
                                Diagnostics& diagnostics);

// Edits that keep model and quantization and might make a scenario fit, smallest first: raise the
// operating system's limit on GPU memory, shorten the context to what the workload needs, a smaller
// cache format.
std::vector<Edit> propose_repairs(const Prepared& prepared);

// Simulates each edit of a scenario with these rates (nothing: it does not run); best first. Lossy
// changes carry their warning and never come first while a harmless one helps. Changes of a
// scenario that streams (or would) may stream, too; their spread is taken to be that of the
// scenario.
std::vector<Change> rank_changes(const std::optional<Rates>& base, bool base_streams,
                                 Catalog& catalog, const std::vector<Edit>& edits);

// The warning that goes with few bits per weight or fewer experts than trained; empty where there
// is nothing to say.
std::string quality_warning(double bits_per_weight, bool fewer_experts);

}  // namespace plimsoll

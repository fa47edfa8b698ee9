// How a benchmark loaded a server, in the words of its table: the load section of a scenario.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "catalog/catalog.h"
#include "measurements/measurement.h"
#include "scenario/load_setup.h"

namespace plimsoll {

// The load of one of `copies` copies of the model that share the requests evenly. What the words
// leave open is what the benchmark does by default, and told in `assumed`. Nothing, with the reason
// in `why_not`, where no length of the requests is known.
struct MeasuredLoad {
  std::optional<LoadSection> section;
  std::vector<AssumedFact> assumed;
  std::string why_not;
};
MeasuredLoad load_of(const Measurement& measurement, int copies, Catalog& catalog);

}  // namespace plimsoll

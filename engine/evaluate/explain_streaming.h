// The parts of an outcome that explain a scenario whose experts stay on the drive.
#pragma once

#include <optional>
#include <vector>

#include "evaluate/costs.h"
#include "evaluate/outcome.h"
#include "evaluate/prepared.h"
#include "streaming/stream_model.h"

namespace plimsoll {

// Cache state and hit rate.
void fill_streaming(const Prepared& prepared, const StreamRun& run, Outcome& outcome);

// Time shares, limits, the page cache among the memory, remarks, and the block `streaming`; with a
// published rate what it would need.
void explain_streaming(const Prepared& prepared, const StreamRun& run,
                       const std::optional<double>& published, Outcome& outcome);

// Means over the tokens up to 1, 2, 5, 10, 20, 50, … of the prompt and of the answer, each also up
// to its last.
std::vector<StreamingInterval> intervals_of(const std::vector<StreamPass>& passes);

// Of the parameters, those that move the time of a token.
std::vector<UsedFigure> figures_used(const StreamRun& run);

}  // namespace plimsoll

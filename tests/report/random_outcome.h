// Outcomes nobody would think of: long names, strange characters, extreme numbers, empty and
// crowded lists.
#pragma once

#include <span>
#include <string>
#include <vector>

#include "base/rng.h"
#include "evaluate/outcome.h"

namespace plimsoll::test {

std::string random_text(Rng& rng);
Outcome random_outcome(Rng& rng);
std::vector<RankedModel> random_ranking(Rng& rng);

}  // namespace plimsoll::test

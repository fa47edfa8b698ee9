// Can a claim be true? What of a scenario marked `claimed` contradicts what is published.
#pragma once

#include <string>
#include <vector>

#include "catalog/catalog.h"
#include "evaluate/outcome.h"
#include "evaluate/prepared.h"

namespace plimsoll {

// Sentences, each with its numbers: links the machines have no port for, hardware beside the
// published hardware (ScenarioSpec::published), what the claim comes to if it were true, and the
// claimed weights on the published machines. Empty for scenarios that are not claimed.
std::vector<std::string> check_claims(const Prepared& claimed, const Outcome& outcome,
                                      Catalog& catalog);

}  // namespace plimsoll

// The report for programs: a stable contract, documented key by key in doc/report-json.md.
#pragma once

#include <string>

#include "evaluate/outcome.h"

namespace plimsoll {

// Rises when a key is renamed, removed or changes its meaning; new keys do not raise it.
inline constexpr int report_schema_version = 1;

std::string report_json(const Outcome& outcome);

// The same of a simulated run, and what each resource did (key tracks).
std::string simulation_json(const Outcome& outcome, const Timeline& timeline);

}  // namespace plimsoll

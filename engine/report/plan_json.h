// Plans for programs: a stable contract, documented in doc/plan.md.
#pragma once

#include <string>

#include "plan/plan.h"

namespace plimsoll {

// Rises when a key is renamed, removed or changes its meaning; new keys do not raise it.
inline constexpr int plan_schema_version = 1;

std::string plan_json(const PlanResult& result);

}  // namespace plimsoll

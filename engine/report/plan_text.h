// The plans a person reads in a terminal.
#pragma once

#include <string>

#include "plan/plan.h"
#include "report/layout.h"

namespace plimsoll {

std::string plan_text(const PlanResult& result, const TextStyle& style);

}  // namespace plimsoll

// Plans as GitHub-flavoured Markdown, for issues and wikis.
#pragma once

#include <string>

#include "plan/plan.h"

namespace plimsoll {

std::string plan_markdown(const PlanResult& result);

}  // namespace plimsoll

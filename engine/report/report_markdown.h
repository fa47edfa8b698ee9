// The report as GitHub-flavoured Markdown, for issues and wikis.
#pragma once

#include <string>

#include "evaluate/outcome.h"

namespace plimsoll {

std::string report_markdown(const Outcome& outcome);

}  // namespace plimsoll

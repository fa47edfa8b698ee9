// The report a person reads in a terminal.
#pragma once

#include <string>

#include "evaluate/outcome.h"
#include "report/layout.h"

namespace plimsoll {

// Verdict first; no line is wider than style.width, but for single words of the start command (see
// Page::command).
std::string report_text(const Outcome& outcome, const TextStyle& style);

}  // namespace plimsoll

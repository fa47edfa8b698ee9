// What a terminal says about a simulated run: how it went on where experts come from the drive, and
// how busy each resource was.
#pragma once

#include <string>

#include "evaluate/outcome.h"
#include "report/layout.h"

namespace plimsoll {

// "Mixtral 8x22B, BF16 on 4x …": names the run in a trace.
std::string timeline_title(const ModelFacts& facts);

// The verdict, then a line per track: spans, busy time and its share of the run.
std::string timeline_text(const Outcome& outcome, const Timeline& timeline, const TextStyle& style);

}  // namespace plimsoll

// Requests as somebody recorded them: arrivals, prompts and answers, a line each.
//
// CSV with a line of names first, or JSON lines, by the first character. Names that count:
// arrival or arrival_time in seconds (from any zero), prompt, prompt_tokens, input_tokens or
// input_toks, output, output_tokens or output_toks; others are passed over.
#pragma once

#include <filesystem>
#include <vector>

#include "base/diagnostic.h"
#include "scenario/load_setup.h"

namespace plimsoll {

// In the order of arrival, the first at zero. Without `arrivals` in the order of the file, and all
// at zero. Complains at lines of the file (bad-record), or at `place` of the file's name
// (unreadable); empty then.
std::vector<RecordedRequest> read_recorded_requests(const std::filesystem::path& file,
                                                    bool arrivals, const SourcePlace& place,
                                                    Diagnostics& diagnostics);

}  // namespace plimsoll

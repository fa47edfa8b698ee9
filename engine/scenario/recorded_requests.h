// Requests as somebody recorded them: arrivals, prompts and answers, a line each.
//
// CSV with a line of names first, or JSON lines, by the first character. Names that count:
// arrival or arrival_time in seconds (from any zero), prompt, prompt_tokens, input_tokens or
// input_toks, output, output_tokens or output_toks; others are passed over. Of requests that were
// answered also first_token or first_token_ts and last_token or last_token_ts, in seconds; where
// queued or queued_ts is there these are of its clock, else of that of the arrivals.
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

// One that a server answered.
struct AnsweredRequest {
  RecordedRequest request;
  Seconds first_token;  // since its arrival
  Seconds last_token;
};

// The same requests in the same order, with what they waited. The server's clock is ahead of that
// of the arrivals by what the quickest hand-over between them takes at least.
std::vector<AnsweredRequest> read_answered_requests(const std::filesystem::path& file,
                                                    const SourcePlace& place,
                                                    Diagnostics& diagnostics);

}  // namespace plimsoll

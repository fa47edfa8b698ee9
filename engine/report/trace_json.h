// A simulated run in the Chrome trace event format, which Perfetto and chrome://tracing open.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "evaluate/outcome.h"

namespace plimsoll {

// One thread per track, in the order of the tracks; complete events ("ph": "X") with `ts` and `dur`
// in microseconds, to the nanosecond. Spans of one track that overlap without nesting cannot share
// a thread in that format: the later one goes to a further thread of the same track, named "GPU 0
// (2)". Format: "Trace Event Format", Google,
// https://docs.google.com/document/d/1CvAClvFfyA5R-PhYUmn5OOQtYMH4h6I0nSsKchNAySU
std::string trace_json(const Timeline& timeline, std::string_view process_name);

// What a terminal says about a run: per track its spans and busy time.
struct TrackUse {
  std::string track;
  std::size_t spans = 0;
  Seconds busy;  // time with at least one span
};
std::vector<TrackUse> track_use(const Timeline& timeline);

}  // namespace plimsoll

// Where the time of a token or of the prompt goes, and how a streamed run goes on. Without Qt.
#pragma once

#include <string>
#include <vector>

#include "evaluate/outcome.h"

namespace plimsoll::gui {

// A part of the time: from `start` to `end` in seconds from the left of the bar.
struct TimeSegment {
  std::string resource;
  std::string operators;
  Seconds time;
  double start = 0.0;
  double end = 0.0;
  double share = 0.0;
};

// Parts of a resource together, the resource that takes longest first.
std::vector<TimeSegment> time_segments(const std::vector<TimeShare>& shares);

// The engine's steps of the mean layer, in their order.
std::vector<TimeSegment> layer_segments(const StreamingOutcome& streaming);

// The run of a streamed scenario as curves over tokens.
struct RunPoint {
  double token = 1.0;  // the last of its interval, of the prompt or of the answer
  double value = 0.0;
};
struct RunCurve {
  std::string what;  // "answer: rate", "prompt: hit rate"
  bool prompt = false;
  std::vector<RunPoint> points;
};
struct RunCurves {
  std::vector<RunCurve> rates;        // token/s
  std::vector<RunCurve> shares;       // per cent: hit rates; speed that heat allows
  std::vector<RunCurve> temperature;  // degrees C; empty without a thermal model
};
RunCurves run_curves(const StreamingOutcome& streaming);

}  // namespace plimsoll::gui

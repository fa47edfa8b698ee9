#include "presenters/time_bars.h"

#include <algorithm>
#include <functional>
#include <map>

namespace plimsoll::gui {
namespace {

void lay_out(std::vector<TimeSegment>& segments) {
  double at = 0.0;
  for (TimeSegment& segment : segments) {
    segment.start = at;
    segment.end = at += segment.time.base();
  }
}

}  // namespace

std::vector<TimeSegment> time_segments(const std::vector<TimeShare>& shares) {
  std::map<std::string, Seconds> by_resource;
  for (const TimeShare& share : shares) by_resource[share.resource] += share.time;
  std::vector<TimeSegment> segments;
  for (const TimeShare& share : shares)
    segments.push_back({.resource = share.resource,
                        .operators = share.operators,
                        .time = share.time,
                        .share = share.share});
  std::stable_sort(segments.begin(), segments.end(),
                   [&](const TimeSegment& a, const TimeSegment& b) {
                     const Seconds left = by_resource[a.resource];
                     const Seconds right = by_resource[b.resource];
                     if (left != right) return left > right;
                     if (a.resource != b.resource) return a.resource < b.resource;
                     return a.time > b.time;
                   });
  lay_out(segments);
  return segments;
}

std::vector<TimeSegment> layer_segments(const StreamingOutcome& streaming) {
  Seconds layer;
  for (const StreamingStep& step : streaming.layer) layer += step.time;
  std::vector<TimeSegment> segments;
  for (const StreamingStep& step : streaming.layer)
    segments.push_back({.resource = step.what,
                        .operators = {},
                        .time = step.time,
                        .share = layer > Seconds() ? step.time / layer : 0.0});
  lay_out(segments);
  return segments;
}

namespace {

using Value = std::function<double(const StreamingInterval&)>;

RunCurve curve(const StreamingOutcome& streaming, bool prompt, const std::string& what,
               const Value& value) {
  RunCurve made{.what = (prompt ? "prompt: " : "answer: ") + what, .prompt = prompt, .points = {}};
  for (const StreamingInterval& interval : streaming.series)
    if (interval.prompt == prompt)
      made.points.push_back({static_cast<double>(interval.last), value(interval)});
  return made;
}

void add_both(std::vector<RunCurve>& curves, const StreamingOutcome& streaming,
              const std::string& what, const Value& value) {
  for (const bool prompt : {false, true}) {
    RunCurve made = curve(streaming, prompt, what, value);
    if (!made.points.empty()) curves.push_back(std::move(made));
  }
}

template <class Condition>
bool ever(const StreamingOutcome& streaming, Condition condition) {
  return std::any_of(streaming.series.begin(), streaming.series.end(), condition);
}

}  // namespace

RunCurves run_curves(const StreamingOutcome& streaming) {
  using Interval = StreamingInterval;
  constexpr double per_cent = 100.0;
  RunCurves curves;
  add_both(curves.rates, streaming, "rate",
           [](const Interval& interval) { return interval.tokens_per_second; });
  add_both(curves.shares, streaming, "hit rate",
           [](const Interval& interval) { return per_cent * interval.hit_rate; });
  if (ever(streaming, [](const Interval& interval) { return interval.speed < 1.0; }))
    add_both(curves.shares, streaming, "speed that heat allows",
             [](const Interval& interval) { return per_cent * interval.speed; });
  if (ever(streaming, [](const Interval& interval) { return interval.body_temperature != 0.0; }))
    add_both(curves.temperature, streaming, "case temperature",
             [](const Interval& interval) { return interval.body_temperature; });
  return curves;
}

}  // namespace plimsoll::gui

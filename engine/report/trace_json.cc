#include "report/trace_json.h"

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <string>
#include <vector>

#include "report/json_writer.h"

namespace plimsoll {
namespace {

using Layout = JsonWriter::Layout;
constexpr int process = 1;

// A span on the integer grid of nanoseconds: rounding both ends keeps touching spans touching.
struct Event {
  std::int64_t start = 0;
  std::int64_t end = 0;
  int name = 0;
};

std::int64_t nanoseconds(Seconds time) {
  return std::llround(time.base() * 1e9);
}

std::vector<Event> events_of(const Timeline& timeline, int track) {
  std::vector<Event> events;
  for (const TimelineSpan& span : timeline.spans) {
    if (span.track != track) continue;
    const std::int64_t start = nanoseconds(span.start);
    events.push_back({start, std::max(start, nanoseconds(span.end)), span.name});
  }
  // Outer spans before the ones they contain.
  std::stable_sort(events.begin(), events.end(), [](const Event& a, const Event& b) {
    return a.start != b.start ? a.start < b.start : a.end > b.end;
  });
  return events;
}

// A thread's events so far, as the ends of those still open, outermost first.
struct Lane {
  std::vector<Event> events;
  std::vector<std::int64_t> open_ends;

  bool takes(const Event& event) {
    while (!open_ends.empty() && open_ends.back() <= event.start) open_ends.pop_back();
    return open_ends.empty() || event.end <= open_ends.back();
  }
};

std::vector<Lane> lanes_of(const std::vector<Event>& events) {
  std::vector<Lane> lanes;
  for (const Event& event : events) {
    auto lane =
        std::find_if(lanes.begin(), lanes.end(), [&](Lane& each) { return each.takes(event); });
    if (lane == lanes.end()) lane = lanes.insert(lanes.end(), Lane{});
    lane->open_ends.push_back(event.end);
    lane->events.push_back(event);
  }
  return lanes;
}

void write_metadata(JsonWriter& json, std::string_view what, int thread, std::string_view key,
                    auto value) {
  json.open_object(Layout::inline_);
  json.member("name", what);
  json.member("ph", "M");
  json.member("pid", process);
  json.member("tid", thread);
  json.key("args");
  json.open_object(Layout::inline_);
  json.member(key, value);
  json.close();
  json.close();
}

void write_event(JsonWriter& json, const Event& event, int thread, const std::string& name) {
  json.open_object(Layout::inline_);
  json.member("name", name);
  json.member("ph", "X");
  json.member("pid", process);
  json.member("tid", thread);
  json.member("ts", static_cast<double>(event.start) / 1e3);
  json.member("dur", static_cast<double>(event.end - event.start) / 1e3);
  json.close();
}

void write_lane(JsonWriter& json, const Timeline& timeline, const Lane& lane, int thread,
                const std::string& name) {
  write_metadata(json, "thread_name", thread, "name", name);
  write_metadata(json, "thread_sort_index", thread, "sort_index", thread);
  for (const Event& event : lane.events) {
    write_event(json, event, thread, timeline.names.at(static_cast<std::size_t>(event.name)));
  }
}

}  // namespace

std::string trace_json(const Timeline& timeline, std::string_view process_name) {
  JsonWriter json;
  json.open_object();
  json.member("displayTimeUnit", "ns");
  json.key("traceEvents");
  json.open_array();
  write_metadata(json, "process_name", 0, "name", process_name);
  int thread = 0;
  for (std::size_t track = 0; track < timeline.tracks.size(); ++track) {
    std::vector<Lane> lanes = lanes_of(events_of(timeline, static_cast<int>(track)));
    if (lanes.empty()) lanes.emplace_back();  // an idle resource is worth seeing
    for (std::size_t lane = 0; lane < lanes.size(); ++lane) {
      const std::string suffix = lane == 0 ? "" : " (" + std::to_string(lane + 1) + ")";
      write_lane(json, timeline, lanes[lane], ++thread, timeline.tracks[track] + suffix);
    }
  }
  json.close();
  json.close();
  return json.take();
}

std::vector<TrackUse> track_use(const Timeline& timeline) {
  std::vector<TrackUse> uses;
  for (std::size_t track = 0; track < timeline.tracks.size(); ++track) {
    const std::vector<Event> events = events_of(timeline, static_cast<int>(track));
    std::int64_t busy = 0;
    std::int64_t covered_until = 0;
    for (const Event& event : events) {
      busy += std::max<std::int64_t>(0, event.end - std::max(event.start, covered_until));
      covered_until = std::max(covered_until, event.end);
    }
    uses.push_back(
        {timeline.tracks[track], events.size(), Seconds(static_cast<double>(busy) * 1e-9)});
  }
  return uses;
}

}  // namespace plimsoll

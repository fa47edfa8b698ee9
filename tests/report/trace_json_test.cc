#include "report/trace_json.h"

#include <algorithm>
#include <cmath>
#include <map>
#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "base/rng.h"
#include "report/sample_outcomes.h"
#include "report/timeline_text.h"
#include "support/catch.h"

using namespace plimsoll;
using nlohmann::json;

namespace {

Timeline small_timeline() {
  return {.tracks = {"GPU 0", "link nvlink-3"},
          .names = {"attention", "all-reduce"},
          .spans = {{0, 0, Seconds(0.0), Seconds(0.001)},
                    {1, 1, Seconds(0.001), Seconds(0.0015005)},
                    {0, 0, Seconds(0.0015005), Seconds(0.002)}}};
}

std::vector<json> events_of(const json& trace, const std::string& phase) {
  std::vector<json> events;
  for (const json& event : trace["traceEvents"]) {
    if (event["ph"] == phase) events.push_back(event);
  }
  return events;
}

std::map<int, std::string> thread_names(const json& trace) {
  std::map<int, std::string> names;
  for (const json& event : events_of(trace, "M")) {
    if (event["name"] == "thread_name") names[event["tid"]] = event["args"]["name"];
  }
  return names;
}

std::int64_t nanoseconds(const json& microseconds) {
  return std::llround(microseconds.get<double>() * 1000.0);
}

// The viewer draws events of one thread as a stack: two may touch or nest, nothing else.
void check_nesting(const json& trace) {
  std::map<int, std::vector<std::pair<std::int64_t, std::int64_t>>> threads;
  for (const json& event : events_of(trace, "X")) {
    const std::int64_t start = nanoseconds(event["ts"]);
    threads[event["tid"]].emplace_back(start, start + nanoseconds(event["dur"]));
  }
  for (const auto& [thread, spans] : threads) {
    for (std::size_t i = 0; i < spans.size(); ++i) {
      for (std::size_t j = 0; j < i; ++j) {
        const auto [a, b] = spans[i];
        const auto [c, d] = spans[j];
        const bool apart = b <= c || d <= a;
        const bool nested = (a >= c && b <= d) || (c >= a && d <= b);
        REQUIRE((apart || nested));
      }
    }
  }
}

}  // namespace

TEST_CASE("a trace names its process and tracks", "[report][trace]") {
  const json trace = json::parse(trace_json(small_timeline(), "Mixtral on A100"));
  CHECK(events_of(trace, "M")[0]["name"] == "process_name");
  CHECK(events_of(trace, "M")[0]["args"]["name"] == "Mixtral on A100");
  CHECK(thread_names(trace) == std::map<int, std::string>{{1, "GPU 0"}, {2, "link nvlink-3"}});
}

TEST_CASE("spans are complete events in microseconds", "[report][trace]") {
  const json trace = json::parse(trace_json(small_timeline(), "run"));
  const std::vector<json> events = events_of(trace, "X");
  REQUIRE(events.size() == 3);
  CHECK(events[0]["name"] == "attention");
  CHECK(events[0]["ts"] == 0.0);
  CHECK(events[0]["dur"] == 1000.0);
  CHECK(events[1]["ts"] == 1500.5);  // tracks one after the other
  CHECK(events[1]["dur"] == 499.5);
  CHECK(events[2]["name"] == "all-reduce");
  CHECK(events[2]["tid"] == 2);
  for (const json& event : events) CHECK(event["pid"] == 1);
}

TEST_CASE("overlapping spans go to lanes of their track", "[report][trace]") {
  const Timeline timeline{.tracks = {"GPU 0"},
                          .names = {"a", "b", "c"},
                          .spans = {{0, 0, Seconds(0.0), Seconds(4e-6)},     // holds b
                                    {0, 1, Seconds(1e-6), Seconds(2e-6)},    // nests in a
                                    {0, 2, Seconds(3e-6), Seconds(6e-6)}}};  // overlaps a
  const json trace = json::parse(trace_json(timeline, "run"));
  CHECK(thread_names(trace) == std::map<int, std::string>{{1, "GPU 0"}, {2, "GPU 0 (2)"}});
  std::map<std::string, int> lane;
  for (const json& event : events_of(trace, "X")) lane[event["name"]] = event["tid"];
  CHECK(lane == std::map<std::string, int>{{"a", 1}, {"b", 1}, {"c", 2}});
}

TEST_CASE("any timeline makes a trace that viewers can stack", "[report][trace][property]") {
  Rng rng(5, "trace");
  for (int round = 0; round < 50; ++round) {
    Timeline timeline{.tracks = {"a", "b", "c"}, .names = {"x \"quoted\"", "y"}, .spans = {}};
    for (int i = 0; i < 40; ++i) {
      const double start = rng.uniform();
      timeline.spans.push_back({static_cast<int>(rng.below(3)), static_cast<int>(rng.below(2)),
                                Seconds(start), Seconds(start + rng.uniform() * 0.1)});
    }
    const json trace = json::parse(trace_json(timeline, "run"));
    REQUIRE(events_of(trace, "X").size() == timeline.spans.size());
    check_nesting(trace);
  }
}

TEST_CASE("touching spans share a lane in spite of rounding", "[report][trace]") {
  Timeline timeline{.tracks = {"queue"}, .names = {"op"}, .spans = {}};
  Seconds now;
  for (int i = 1; i <= 1000; ++i) {
    const Seconds end = now + Seconds(1e-6 / 3.0);  // no whole number of nanoseconds
    timeline.spans.push_back({0, 0, now, end});
    now = end;
  }
  CHECK(thread_names(json::parse(trace_json(timeline, "run"))).size() == 1);
}

TEST_CASE("nothing simulated is a valid trace", "[report][trace]") {
  const json trace = json::parse(trace_json({}, "run"));
  CHECK(events_of(trace, "X").empty());
}

TEST_CASE("busy time counts overlapping spans once", "[report][trace]") {
  const Timeline timeline{.tracks = {"GPU"},
                          .names = {"op"},
                          .spans = {{0, 0, Seconds(0.0), Seconds(0.004)},
                                    {0, 0, Seconds(0.002), Seconds(0.005)},
                                    {0, 0, Seconds(0.009), Seconds(0.010)}}};
  const std::vector<TrackUse> uses = track_use(timeline);
  REQUIRE(uses.size() == 1);
  CHECK(uses[0].spans == 3);
  CHECK(uses[0].busy.base() == Approx(0.006));  // 0 to 5 ms and 9 to 10 ms
  const std::string text = timeline_text(test::fitting_outcome(), timeline,
                                         {.width = 80, .colour = false, .unicode = false});
  CHECK_THAT(text, Catch::Contains("60.0 %  6.00 ms  3 spans"));  // of 10 ms
}

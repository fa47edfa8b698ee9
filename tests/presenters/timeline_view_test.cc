#include "presenters/timeline_view.h"

#include <algorithm>
#include <cmath>

#include "base/rng.h"
#include "report/trace_json.h"
#include "support/catch.h"

using namespace plimsoll;
using namespace plimsoll::gui;

namespace {

TimelineSpan span(int track, int name, double start, double end) {
  return {.track = track, .name = name, .start = Seconds(start), .end = Seconds(end)};
}

Timeline sample_timeline() {
  return {.tracks = {"GPU", "links"},
          .names = {"layer 0 attention", "layer 1 attention", "transfer"},
          .spans = {span(0, 0, 0.0, 2.0), span(0, 1, 2.0, 5.0), span(1, 2, 1.0, 4.0),
                    span(1, 2, 3.0, 6.0)},
          .parts = {{"token", Seconds(0), Seconds(10)}}};
}

// A queue of that many short spans with gaps, and now and then a long one.
Timeline busy_queue(int spans) {
  Timeline timeline{.tracks = {"queue"}, .names = {"a", "b"}, .spans = {}, .parts = {}};
  Rng rng(7, "timeline");
  double at = 0.0;
  for (int i = 0; i < spans; ++i) {
    const double start = at + rng.uniform() * 1e-6;
    at = start + (rng.below(50) == 0 ? 1e-4 : rng.uniform() * 2e-6);
    timeline.spans.push_back(span(0, i % 2, start, at));
  }
  timeline.parts = {{"token", Seconds(0), Seconds(at)}};
  return timeline;
}

double total_busy(const std::vector<TimelinePiece>& pieces) {
  double sum = 0.0;
  for (const TimelinePiece& piece : pieces) sum += piece.busy;
  return sum;
}

}  // namespace

TEST_CASE("a track has as many rows as it does things at once", "[timeline_view]") {
  const TimelineView view(sample_timeline());
  REQUIRE(view.rows().size() == 3);
  CHECK(view.rows()[0].title == "GPU");
  CHECK(view.rows()[1].title == "links");
  CHECK(view.rows()[2].title == "links (2)");
  CHECK(view.span_count() == 4);
  CHECK(view.length() == 10.0);
  CHECK(view.busy_share(0) == Approx(0.5));
  CHECK(view.busy_share(1) == Approx(0.5));  // 1 to 6, what overlaps counted once
  CHECK(view.critical_track() == 0);
}

TEST_CASE("a part begins at zero and has its spans only", "[timeline_view]") {
  Timeline timeline = sample_timeline();
  timeline.spans.push_back(span(0, 0, 10.0, 11.5));
  timeline.parts.push_back({"second", Seconds(10), Seconds(12)});
  CHECK(TimelineView(part_of(timeline, timeline.parts[0])).span_count() == 4);
  const TimelineView second(part_of(timeline, timeline.parts[1]));
  REQUIRE(second.span_count() == 1);
  CHECK(second.start({0, 0}) == 0.0);
  CHECK(second.duration({0, 0}) == 1.5);
  CHECK(second.length() == 2.0);
}

TEST_CASE("merging what is below a pixel keeps the busy time", "[timeline_view]") {
  const Timeline timeline = busy_queue(20000);
  const TimelineView view(timeline);
  double all = 0.0;
  for (const TimelineSpan& each : timeline.spans) all += (each.end - each.start).base();
  for (const double pixels : {1.0, 10.0, 1000.0, 1e6}) {
    INFO(pixels << " pixels");
    const double resolution = view.length() / pixels;
    const std::vector<TimelinePiece> pieces = view.pieces(0, 0.0, view.length(), resolution);
    CHECK(total_busy(pieces) == Approx(all).epsilon(1e-9));
    // No more than two pieces begin in a pixel: merged ones, and a long one after them.
    CHECK(static_cast<double>(pieces.size()) <= 2.0 * pixels + 1.0);
    for (std::size_t i = 0; i < pieces.size(); ++i) {
      const TimelinePiece& piece = pieces[i];
      CHECK(piece.first == (i == 0 ? 0 : pieces[i - 1].last + 1));
      if (piece.first != piece.last) CHECK(piece.end - piece.start < 2.0 * resolution);
    }
  }
}

TEST_CASE("only what is in sight is drawn", "[timeline_view]") {
  const TimelineView view(sample_timeline());
  const std::vector<TimelinePiece> pieces = view.pieces(0, 2.5, 3.0, 0.01);
  REQUIRE(pieces.size() == 1);
  CHECK(pieces[0].first == 1);
  CHECK(view.pieces(0, 5.5, 9.0, 0.01).empty());
}

TEST_CASE("a span is found where it is drawn", "[timeline_view]") {
  const TimelineView view(sample_timeline());
  CHECK(view.span_at(0, 1.0, 0.0) == SpanPlace{0, 0});
  CHECK(view.span_at(0, 2.0, 0.0) == SpanPlace{0, 1});
  CHECK_FALSE(view.span_at(0, 7.0, 1.0));
  CHECK(view.span_at(0, 7.0, 2.5) == SpanPlace{0, 1});
  CHECK_FALSE(view.span_at(5, 1.0, 1.0));
}

TEST_CASE("a search finds names in any case, and goes round", "[timeline_view]") {
  TimelineView view(sample_timeline());
  CHECK(view.search("ATTEN") == 2);
  CHECK(view.is_match({0, 0}));
  CHECK_FALSE(view.is_match({1, 0}));
  CHECK(view.pieces(0, 0.0, 10.0, 20.0)[0].matches == 2);
  const auto first = view.next_match(std::nullopt, 1);
  REQUIRE(first);
  CHECK(*first == SpanPlace{0, 0});
  CHECK(view.next_match(first, 1) == SpanPlace{0, 1});
  CHECK(view.next_match(SpanPlace{0, 1}, 1) == first);
  CHECK(view.next_match(first, -1) == SpanPlace{0, 1});
  CHECK(view.search("") == 0);
  CHECK_FALSE(view.next_match(std::nullopt, 1));
}

TEST_CASE("classes leave out the layer", "[timeline_view]") {
  CHECK(class_of("layer 12 routed experts") == "routed experts");
  CHECK(class_of("layer cake") == "layer cake");
  CHECK(class_of("issue attention") == "issue attention");
  CHECK(class_of("layer 3") == "layer 3");
}

TEST_CASE("steps of the ruler are 1, 2 or 5", "[timeline_view]") {
  CHECK(ruler_step(0.7e-3) == Approx(1e-3));
  CHECK(ruler_step(1.0e-3) == Approx(1e-3));
  CHECK(ruler_step(1.2) == 2.0);
  CHECK(ruler_step(3.0) == 5.0);
  CHECK(ruler_step(0.0) == 1.0);
}

TEST_CASE("the text has a line for each span", "[timeline_view]") {
  const std::string text = timeline_table(TimelineView(sample_timeline()));
  CHECK(std::count(text.begin(), text.end(), '\n') == 5);
  CHECK(text.find("GPU\tlayer 1 attention\t2\t3\n") != std::string::npos);
}

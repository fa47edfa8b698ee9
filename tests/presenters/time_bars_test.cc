#include "presenters/time_bars.h"

#include "support/catch.h"

using namespace plimsoll;
using namespace plimsoll::gui;

TEST_CASE("times of a token add up to it, resource by resource", "[time_bars]") {
  const std::vector<TimeSegment> segments = time_segments({{"host", "sampling", Seconds(3), 0.3},
                                                           {"memory", "attention", Seconds(2), 0.2},
                                                           {"memory", "experts", Seconds(4), 0.4},
                                                           {"links", "transfer", Seconds(1), 0.1}});
  REQUIRE(segments.size() == 4);
  // Memory takes 6 of 10; of it experts first.
  CHECK(segments[0].operators == "experts");
  CHECK(segments[1].operators == "attention");
  CHECK(segments[2].resource == "host");
  CHECK(segments[3].resource == "links");
  CHECK(segments[0].start == 0.0);
  CHECK(segments[1].start == 4.0);
  CHECK(segments[3].end == 10.0);
  double share = 0.0;
  for (const TimeSegment& segment : segments) share += segment.share;
  CHECK(share == Approx(1.0));
  CHECK(time_segments({}).empty());
}

TEST_CASE("steps of a layer keep their order", "[time_bars]") {
  StreamingOutcome streaming;
  streaming.layer = {{"attention", Seconds(1)}, {"reads", Seconds(3)}};
  const std::vector<TimeSegment> segments = layer_segments(streaming);
  REQUIRE(segments.size() == 2);
  CHECK(segments[0].resource == "attention");
  CHECK(segments[1].start == 1.0);
  CHECK(segments[1].share == 0.75);
}

TEST_CASE("a run is curves over its tokens", "[time_bars]") {
  StreamingOutcome streaming;
  const auto interval = [](bool prompt, std::int64_t last, double rate, double hits) {
    return StreamingInterval{
        .prompt = prompt, .first = last, .last = last, .tokens_per_second = rate, .hit_rate = hits};
  };
  streaming.series = {interval(true, 5, 2.0, 0.1), interval(false, 1, 3.0, 0.5),
                      interval(false, 10, 4.0, 0.75)};
  const RunCurves curves = run_curves(streaming);
  REQUIRE(curves.rates.size() == 2);
  CHECK(curves.rates[0].what == "answer: rate");
  REQUIRE(curves.rates[0].points.size() == 2);
  CHECK(curves.rates[0].points[1].token == 10.0);
  CHECK(curves.rates[0].points[1].value == 4.0);
  CHECK(curves.rates[1].prompt);
  CHECK(curves.shares[0].points[1].value == 75.0);  // per cent
  // Nothing slows the chip, and nobody knows its temperature.
  CHECK(curves.shares.size() == 2);
  CHECK(curves.temperature.empty());
  streaming.series[2].speed = 0.9;
  streaming.series[2].body_temperature = 44.0;
  CHECK(run_curves(streaming).shares.size() == 4);
  CHECK(run_curves(streaming).temperature.size() == 2);
}

#include "presenters/roofline.h"
#include "support/catch.h"

using namespace plimsoll;
using namespace plimsoll::gui;

namespace {

// A unit that computes 1000 FLOP/s on one kind of units and 100 on another, with 10 B/s.
Roofline sample_roofline() {
  return {.units = {{.unit = "GPU",
                     .count = 1,
                     .memory = BytesPerSecond(10),
                     .compute = {{.units = "matrix units", .rate = FlopPerSecond(1000)},
                                 {.units = "vector units", .rate = FlopPerSecond(100)}}}},
          .points = {{.operators = "small",
                      .unit = "GPU",
                      .units = "vector units",
                      .work = Flop(20),
                      .bytes = Bytes(10),
                      .time = Seconds(2),
                      .roof_time = Seconds(1)},
                     {.operators = "large",
                      .unit = "GPU",
                      .units = "matrix units",
                      .work = Flop(4000),
                      .bytes = Bytes(20),
                      .time = Seconds(6),
                      .roof_time = Seconds(4)},
                     {.operators = "copy",
                      .unit = "GPU",
                      .units = "vector units",
                      .work = Flop(0),
                      .bytes = Bytes(10),
                      .time = Seconds(2),
                      .roof_time = Seconds(1)}}};
}

}  // namespace

TEST_CASE("operators stand where their work over bytes and over time is", "[roofline]") {
  const RooflinePlot plot = roofline_plot(sample_roofline());
  REQUIRE(plot.points.size() == 2);  // a copy has no place on a logarithmic axis
  CHECK(plot.points[0].operators == "large");
  CHECK(plot.points[1].intensity == 2.0);    // 20 FLOP for 10 B
  CHECK(plot.points[1].achieved == 10.0);    // in 2 s
  CHECK(plot.points[1].attainable == 20.0);  // 2 FLOP/B times 10 B/s
  CHECK(plot.points[1].of_roof == 0.5);
  CHECK(plot.points[1].share == Approx(0.2));  // of 10 s, the copy's included
}

TEST_CASE("names that would cover one another are one name", "[roofline]") {
  Roofline roofline = sample_roofline();
  CHECK(roofline_plot(roofline).points[0].named == 0);
  RooflinePoint beside = roofline.points[1];
  beside.operators = "beside";
  beside.time = Seconds(5.9);
  roofline.points.push_back(beside);
  const RooflinePlot plot = roofline_plot(roofline);
  CHECK(plot.points[0].named == 1);
  CHECK(plot.points[1].named == -1);
  CHECK(plot.points[2].named == 0);
}

TEST_CASE("the slope of memory meets the roofs at their ridges", "[roofline]") {
  const RooflinePlot plot = roofline_plot(sample_roofline());
  REQUIRE(plot.lines.size() == 3);
  CHECK(plot.lines[0].memory);
  CHECK(plot.lines[0].x1 == Approx(100.0));  // 1000 FLOP/s over 10 B/s
  CHECK(plot.lines[0].y1 == Approx(1000.0));
  CHECK(plot.lines[0].y0 / plot.lines[0].x0 == Approx(10.0));
  CHECK(plot.lines[2].x0 == Approx(10.0));
  CHECK(plot.lines[2].y0 == 100.0);
  for (const RoofPoint& point : plot.points) {
    CHECK(point.intensity >= plot.x_low);
    CHECK(point.intensity <= plot.x_high);
    CHECK(point.achieved >= plot.y_low);
    CHECK(point.achieved <= plot.y_high);
  }
  CHECK(roofline_plot({}).points.empty());
}

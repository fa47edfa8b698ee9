// Weights, scores and groups of errors against examples worked by hand.
#include "validate/error_summary.h"

#include <cmath>
#include <string>
#include <vector>

#include "support/catch.h"

namespace plimsoll {
namespace {

SpeedPoint speed_point(const std::string& id, const std::string& model, double measured,
                       double predicted, double factor = 2.0) {
  return {.id = id,
          .metric = "decode_tps",
          .device = "some-gpu",
          .variant = {},
          .model = model,
          .engine = "some-engine",
          .backend = "cuda",
          .placement = {},
          .measured = measured,
          .predicted = Estimate{predicted, predicted / factor, predicted * factor},
          .status = ValidationStatus::ok,
          .reason = {},
          .why = {}};
}

SpeedPoints pointers(const std::vector<SpeedPoint>& points) {
  SpeedPoints result;
  for (const SpeedPoint& point : points) result.push_back(&point);
  return result;
}

TEST_CASE("the interval score is the width and twenty times the miss", "[validate]") {
  // log2 scale: [5, 20] around 10 is log 4 wide; 80 lies log 4 above its end, 5 on its end.
  CHECK(speed_point("a-1", "m", 10.0, 10.0).interval_score() == Approx(std::log(4.0)));
  CHECK(speed_point("a-1", "m", 5.0, 10.0).interval_score() == Approx(std::log(4.0)));
  CHECK(speed_point("a-1", "m", 80.0, 10.0).interval_score() == Approx(21.0 * std::log(4.0)));
  CHECK(speed_point("a-1", "m", 1.25, 10.0).interval_score() == Approx(21.0 * std::log(4.0)));
}

TEST_CASE("rows of one table about one machine and model are one witness", "[validate]") {
  std::vector<SpeedPoint> points = {
      speed_point("xd-one", "a", 1, 1), speed_point("xd-two", "a", 1, 1),
      speed_point("xd-three", "b", 1, 1), speed_point("other-one", "a", 1, 1)};
  CHECK(witness_weights(pointers(points)) == std::vector<double>{0.5, 0.5, 1.0, 1.0});
  points[1].variant = "330 W";
  points[2].device = "another-gpu";
  CHECK(witness_weights(pointers(points)) == std::vector<double>{1.0, 1.0, 1.0, 1.0});
}

TEST_CASE("a hundred rows of a table weigh as much as one of another", "[validate]") {
  // One witness with errors of +100 % and 0 twice over, another with -50 %, a third with +30 %:
  // mean (0.5 + 0.5 + 0.3) / 3, bias (0.5 - 0.5 + 0.3) / 3. Of the weight 3, 0.5 lies at 0,
  // 1.5 up to 0.3 (half of it: the median), 2.5 up to 0.5.
  const std::vector<SpeedPoint> points = {
      speed_point("a-1", "m", 10, 20), speed_point("a-2", "m", 10, 20),
      speed_point("a-3", "m", 10, 10), speed_point("a-4", "m", 10, 10),
      speed_point("b-1", "m", 10, 5),  speed_point("c-1", "m", 10, 13, 1.2)};
  const ErrorSummary summary = summarise_errors(pointers(points));
  CHECK(summary.points == 6);
  CHECK(summary.witnesses == 3);
  CHECK(summary.mean_error == Approx(1.3 / 3.0));
  CHECK(summary.bias == Approx(0.1));
  CHECK(summary.median_error == Approx(0.3));
  // [10.83, 15.6] is the only one that misses.
  CHECK(summary.coverage == Approx(2.0 / 3.0));
  CHECK(summary.width == Approx((2.0 * std::log(4.0) + std::log(1.44)) / 3.0));
  CHECK(summary.score == Approx(summary.width + 20.0 * std::log(13.0 / 1.2 / 10.0) / 3.0));
}

TEST_CASE("nothing judged has no errors", "[validate]") {
  CHECK(summarise_errors({}).points == 0);
  CHECK(summarise_errors({}).mean_error == 0.0);
  CHECK(best_constant_band({}).score == 0.0);
  CHECK_FALSE(width_error_correlation({}));
}

TEST_CASE("weighted quantiles", "[validate]") {
  CHECK(weighted_quantile({{3, 1}, {1, 1}, {2, 1}}, 0.5) == 2);
  CHECK(weighted_quantile({{1, 1}, {2, 1}}, 0.5) == 1);
  CHECK(weighted_quantile({{1, 1}, {2, 3}}, 0.5) == 2);
  // Ten times a tenth is one although their sum is not.
  CHECK(weighted_quantile(std::vector<Weighted>(10, {7, 0.1}), 1.0) == 7);
}

TEST_CASE("the best constant band leaves a tenth outside and no other scores less", "[validate]") {
  // Nine predictions within a factor of 1.5 and one wrong by 8: the band ends at 1.5, the score is
  // 2 log 1.5 + 20 (log 8 - log 1.5) / 10 = 2 log 8.
  std::vector<SpeedPoint> points;
  for (int i = 0; i < 9; ++i)
    points.push_back(speed_point("s" + std::to_string(i) + "-x", "m", 10, i % 2 ? 15 : 11));
  points.push_back(speed_point("s9-x", "m", 10, 80));
  const ConstantBand band = best_constant_band(pointers(points));
  CHECK(band.q == Approx(0.5));
  CHECK(band.coverage == Approx(0.9));
  CHECK(band.score == Approx(2.0 * std::log(8.0)));
  for (const double factor : {1.2, 1.49, 1.51, 2.0, 7.0, 9.0}) {
    for (SpeedPoint& point : points) {
      point.predicted->low = point.predicted->value / factor;
      point.predicted->high = point.predicted->value * factor;
    }
    CHECK(summarise_errors(pointers(points)).score >= band.score - 1e-12);
  }
}

TEST_CASE("widths that grow with the errors correlate, others do not", "[validate]") {
  std::vector<SpeedPoint> points = {speed_point("a-1", "m", 10, 10, 1.1),
                                    speed_point("b-1", "m", 10, 12, 1.5),
                                    speed_point("c-1", "m", 10, 4, 4.0)};
  CHECK(*width_error_correlation(pointers(points)) == Approx(1.0));
  // Ranks of the widths 1, 3, 2 against 1, 2, 3: 1 - 6 (0 + 1 + 1) / (3 * 8).
  points[1].predicted = Estimate{12, 1, 100};
  CHECK(*width_error_correlation(pointers(points)) == Approx(0.5));
  for (SpeedPoint& point : points) point.predicted = Estimate{10, 5, 20};
  CHECK_FALSE(width_error_correlation(pointers(points)));
}

TEST_CASE("groups tell devices, engines, metrics, kinds and numbers apart", "[validate]") {
  std::vector<SpeedPoint> points(6, speed_point("a-1", "m", 10, 10));
  points[1].device = "b";
  points[2].devices = 4;
  points[3].moe = true;
  points[4].load = Traffic::load;
  points[5].model = "another";
  const auto by_group = grouped(pointers(points), group_of);
  CHECK(by_group.size() == 4);
  CHECK(by_group.at(group_of(points[0])).size() == 3);
  CHECK(group_of(points[2]).several);
  const auto by_cell = grouped(pointers(points), cell_of);
  CHECK(by_cell.size() == 3);
  CHECK(by_cell.at(cell_of(points[0])).size() == 4);
  CHECK(grouped(pointers(points), engine_group_of).size() == 2);
}

}  // namespace
}  // namespace plimsoll

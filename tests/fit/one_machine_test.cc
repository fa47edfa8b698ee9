// What lies between machines of what a fit leaves over.

#include "fit/one_machine.h"

#include <cmath>

#include "support/catch.h"

using namespace plimsoll;

namespace {

SpeedPoint erring_point(const std::string& id, double log_error) {
  return {.id = id,
          .metric = "decode_tps",
          .device = "card",
          .load = Traffic::single,
          .measured = 100.0,
          .predicted = Estimate::exact(100.0 * std::exp(log_error))};
}

}  // namespace

TEST_CASE("where machines differ and their points do not, nothing is left of the spread",
          "[fit][one_machine]") {
  std::vector<SpeedPoint> points;
  for (const char* model : {"a", "b", "c"}) {
    points.push_back(erring_point(std::string("slow-") + model, 0.2));
    points.push_back(erring_point(std::string("fast-") + model, -0.2));
  }
  CHECK(one_machine_share(points) == Approx(0.0).margin(1e-12));
}

TEST_CASE("where points of a machine differ as far as all do, all of it is left",
          "[fit][one_machine]") {
  // The median is 0, so distances from it are the errors, enlarged by sqrt(3 / 2).
  const std::vector<SpeedPoint> points = {erring_point("one-a", -0.1), erring_point("one-b", 0.0),
                                          erring_point("one-c", 0.1)};
  CHECK(one_machine_share(points) == 1.0);
}

TEST_CASE("a machine that is off by 0.3 and whose points differ by 0.1", "[fit][one_machine]") {
  const std::vector<SpeedPoint> points = {erring_point("one-a", 0.2), erring_point("one-b", 0.3),
                                          erring_point("one-c", 0.4)};
  // Of three values the ninth decile lies at 1.8 of 2: of 0.2, 0.3, 0.4 at 0.38; of 0, 0.1, 0.1
  // times sqrt(3 / 2) at 0.1 sqrt(3 / 2).
  CHECK(one_machine_share(points) == Approx(0.1 * std::sqrt(1.5) / 0.38));
}

TEST_CASE("machines with few points, and points of other metrics, say nothing",
          "[fit][one_machine]") {
  std::vector<SpeedPoint> points = {erring_point("one-a", 0.2), erring_point("one-b", 0.3)};
  CHECK(one_machine_share(points) == 1.0);
  points.push_back(erring_point("one-c", 0.4));
  points.back().metric = "ttft_s";
  CHECK(one_machine_share(points) == 1.0);
}

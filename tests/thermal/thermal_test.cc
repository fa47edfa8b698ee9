// Two thermal nodes against closed forms, conservation and a fine numerical integration; the
// governor against its definition.
#include "thermal/thermal.h"

#include <cmath>

#include "support/catch.h"

namespace plimsoll {
namespace {

// A phone-like machine with round numbers: 20 K over 4 K/W are 5 W by the case, 70 K over 10 K/W
// are 7 W by the chip.
ThermalSpecification phone() {
  return {.chip = {.capacity = 4.0, .resistance = 6.0, .limit = 95.0},
          .body = {.capacity = 150.0, .resistance = 4.0, .limit = 45.0},
          .ambient = 25.0,
          .peak_power = 12.0,
          .idle_power = 1.0,
          .speed_exponent = 0.5};
}

TEST_CASE("a constant power ends at the temperatures of two resistances in series", "[thermal]") {
  ThermalModel model(phone());
  model.advance(Seconds(1e5), 3.0);
  CHECK(model.body_temperature() == Approx(25.0 + 3.0 * 4.0));
  CHECK(model.chip_temperature() == Approx(25.0 + 3.0 * (4.0 + 6.0)));
}

TEST_CASE("energy in is energy stored and energy given off", "[thermal]") {
  const ThermalSpecification spec = phone();
  ThermalModel model(spec);
  double drawn = 0.0;
  double given_off = 0.0;
  // Simpson's rule over the flow to the air; 0.5 s is short against 20 s of the chip.
  for (int i = 0; i < 1200; ++i) {
    const double power = i < 600 ? 9.0 : 2.0;
    const auto flow = [&] {
      return (model.body_temperature() - spec.ambient) / spec.body.resistance;
    };
    const double before = flow();
    drawn += model.advance(Seconds(0.25), power);
    const double middle = flow();
    drawn += model.advance(Seconds(0.25), power);
    given_off += 0.5 / 6.0 * (before + 4.0 * middle + flow());
  }
  const double stored = spec.chip.capacity * (model.chip_temperature() - spec.ambient) +
                        spec.body.capacity * (model.body_temperature() - spec.ambient);
  CHECK(drawn == Approx(300.0 * 9.0 + 300.0 * 2.0));
  CHECK(stored + given_off == Approx(drawn).epsilon(1e-8));
}

TEST_CASE("one long step is many short ones", "[thermal]") {
  ThermalModel once(phone());
  ThermalModel often(phone());
  for (const double power : {8.0, 0.0, 3.5}) {
    once.advance(Seconds(60.0), power);
    for (int i = 0; i < 60; ++i) often.advance(Seconds(1.0), power);
    CHECK(once.chip_temperature() == Approx(often.chip_temperature()).epsilon(1e-12));
    CHECK(once.body_temperature() == Approx(often.body_temperature()).epsilon(1e-12));
  }
}

TEST_CASE("the exact solution against Euler's method", "[thermal]") {
  const ThermalSpecification spec = phone();
  ThermalModel model(spec);
  model.advance(Seconds(40.0), 10.0);
  double chip = spec.ambient;
  double body = spec.ambient;
  const double step = 1e-4;
  for (int i = 0; i < 400'000; ++i) {
    const double inner = (chip - body) / spec.chip.resistance;
    const double outer = (body - spec.ambient) / spec.body.resistance;
    chip += step * (10.0 - inner) / spec.chip.capacity;
    body += step * (inner - outer) / spec.body.capacity;
  }
  CHECK(model.chip_temperature() == Approx(chip).epsilon(1e-5));
  CHECK(model.body_temperature() == Approx(body).epsilon(1e-5));
}

TEST_CASE("the first second heats the chip alone", "[thermal]") {
  ThermalModel model(phone());
  model.advance(Seconds(0.01), 10.0);
  // P t / C1; what flows on is of second order, 0.01 s / (2 x 24 s).
  CHECK(model.chip_temperature() - 25.0 == Approx(10.0 * 0.01 / 4.0).epsilon(3e-4));
  CHECK(model.body_temperature() - 25.0 < 1e-5);
}

TEST_CASE("what is sustained is the least that a limit allows", "[thermal]") {
  ThermalSpecification spec = phone();
  CHECK(ThermalModel(spec).sustained_power() == Approx(20.0 / 4.0));
  spec.body.limit = 65.0;  // 10 W by the case, 7 W by the chip
  CHECK(ThermalModel(spec).sustained_power() == Approx(70.0 / 10.0));
  spec.peak_power = 6.0;
  CHECK(ThermalModel(spec).sustained_power() == 6.0);
}

TEST_CASE("the governor allows what meets a limit a minute later", "[thermal]") {
  ThermalModel model(phone());
  model.advance(Seconds(500.0), 7.0);
  const double allowed = model.allowed_power();
  REQUIRE(allowed < 12.0);
  model.advance(governor_horizon, allowed);
  const double chip_left = 95.0 - model.chip_temperature();
  const double body_left = 45.0 - model.body_temperature();
  CHECK(std::min(chip_left, body_left) == Approx(0.0).margin(1e-9));
}

TEST_CASE("a machine at work slows down smoothly to what it sustains", "[thermal]") {
  ThermalModel model(phone());
  double before = model.speed();
  for (int second = 0; second < 7200; ++second) {
    const double speed = model.speed();
    CHECK(speed <= before + 1e-12);
    CHECK(before - speed < 0.01);
    before = speed;
    model.advance(Seconds(1.0), model.power(speed, 1.0));
    CHECK(model.chip_temperature() <= 95.0 + 1e-9);
    CHECK(model.body_temperature() <= 45.0 + 1e-9);
  }
  CHECK(model.body_temperature() == Approx(45.0).margin(1e-3));
  // (5 - 1) / (12 - 1) of the dynamic power, to the power of 0.5.
  CHECK(model.speed() == Approx(std::sqrt(4.0 / 11.0)).epsilon(1e-4));
}

TEST_CASE("the hotter, the slower; and cooling gives the speed back", "[thermal]") {
  double before = 2.0;
  for (const double power : {0.0, 2.0, 4.0, 6.0, 8.0, 10.0}) {
    ThermalModel model(phone());
    model.advance(Seconds(400.0), power);
    CHECK(model.speed() <= before);
    before = model.speed();
    model.advance(Seconds(1e5), 0.0);
    CHECK(model.speed() == Approx(ThermalModel(phone()).speed()));
  }
}

TEST_CASE("a machine far too hot runs at its lowest clock", "[thermal]") {
  ThermalModel model(phone());
  model.advance(Seconds(1e4), 60.0);
  CHECK(model.allowed_power() == 0.0);
  CHECK(model.speed() == lowest_speed);
}

TEST_CASE("power at a speed undoes the speed at a power", "[thermal]") {
  const ThermalModel model(phone());
  CHECK(model.power(1.0, 1.0) == Approx(12.0));
  CHECK(model.power(1.0, 0.0) == Approx(1.0));
  CHECK(model.power(0.5, 1.0) == Approx(1.0 + 11.0 * 0.25));
  CHECK(model.power(0.5, 0.4) == Approx(1.0 + 0.4 * 11.0 * 0.25));
}

TEST_CASE("what no machine can be", "[thermal]") {
  const auto refused = [](auto change) {
    ThermalSpecification spec = phone();
    change(spec);
    CHECK_THROWS_AS(ThermalModel(spec), std::invalid_argument);
  };
  refused([](ThermalSpecification& spec) { spec.chip.capacity = 0.0; });
  refused([](ThermalSpecification& spec) { spec.body.resistance = -1.0; });
  refused([](ThermalSpecification& spec) { spec.body.limit = 25.0; });
  refused([](ThermalSpecification& spec) { spec.idle_power = 12.0; });
  refused([](ThermalSpecification& spec) { spec.speed_exponent = 0.0; });
  refused([](ThermalSpecification& spec) { spec.peak_power = std::nan(""); });
  ThermalModel model(phone());
  CHECK_THROWS_AS(model.advance(Seconds(-1.0), 1.0), std::invalid_argument);
  CHECK_THROWS_AS(model.advance(Seconds(1.0), -1.0), std::invalid_argument);
  CHECK_THROWS_AS(model.power(0.0, 1.0), std::invalid_argument);
}

}  // namespace
}  // namespace plimsoll

// What the phones of hwdb/systems make of published stress tests, none of which their figures come
// from.
#include <cmath>

#include "catalog/catalog.h"
#include "support/catch.h"
#include "thermal/thermal.h"

namespace plimsoll {
namespace {

ThermalSpecification specification_of(const std::string& id) {
  const std::filesystem::path root = PLIMSOLL_SOURCE_DIR;
  Catalog catalog({{.hwdb = root / "hwdb", .models = root / "models"}});
  Diagnostics problems;
  const SystemSpec* system = catalog.system(id, {}, problems);
  REQUIRE(system != nullptr);
  REQUIRE(system->thermal.has_value());
  const ThermalSpec& thermal = *system->thermal;
  return {.chip = {thermal.chip_capacity.value, thermal.chip_resistance.value,
                   thermal.chip_limit.value},
          .body = {thermal.body_capacity.value, thermal.body_resistance.value,
                   thermal.body_limit.value},
          .ambient = thermal.ambient.value,
          .peak_power = thermal.peak_power.value.base(),
          .idle_power = thermal.idle_power.value.base(),
          .speed_exponent = thermal.speed_exponent.value};
}

// Busy all the time for 20 loops of a minute, as 3DMark's stress tests are.
struct StressTest {
  double last_over_first = 0.0;
  double body_after_5_minutes = 0.0;
  double body_at_end = 0.0;
};

StressTest stress(const ThermalSpecification& specification) {
  ThermalModel model(specification);
  StressTest result;
  double first = 0.0;
  double last = 0.0;
  for (int second = 0; second < 1200; ++second) {
    const double speed = model.speed();
    if (second < 60) first += speed;
    if (second >= 1140) last += speed;
    model.advance(Seconds(1.0), model.power(speed, 1.0));
    if (second == 299) result.body_after_5_minutes = model.body_temperature();
  }
  result.last_over_first = last / first;
  result.body_at_end = model.body_temperature();
  return result;
}

TEST_CASE("an iPhone 17 Pro Max after 20 minutes", "[thermal]") {
  ThermalSpecification spec = specification_of("iphone-17-pro");
  // The larger phone: 231 against 206 g, 297 against 254.5 cm2 of surface.
  spec.body.capacity *= 231.0 / 206.0;
  spec.body.resistance *= 254.5 / 297.0;
  // Published: 81 % of the first loop (3DMark, source PHA).
  CHECK(stress(spec).last_over_first == Approx(0.81).margin(0.06));
}

TEST_CASE("an iPhone 15 Pro after 5 and 20 minutes", "[thermal]") {
  const StressTest test = stress(specification_of("iphone-15-pro"));
  // Published: past 40 C within five minutes, 47 C at the end (Wild Life, source AA15); the phone
  // after it, with the same case but for its size, keeps 65 % (source PHA).
  CHECK(test.body_after_5_minutes == Approx(40.0).margin(4.0));
  CHECK(test.body_at_end == Approx(47.0).margin(1.5));
  CHECK(test.last_over_first == Approx(0.65).margin(0.06));
}

}  // namespace
}  // namespace plimsoll

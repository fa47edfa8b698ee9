// What the shipped machines say about their power, by what the keys mean.
#include <cmath>
#include <filesystem>

#include "catalog/catalog.h"
#include "catalog/power_limit.h"
#include "support/catch.h"

namespace plimsoll {
namespace {

TEST_CASE("a load is measured and lies between idle and maximum", "[catalog][shipped]") {
  const std::filesystem::path root = PLIMSOLL_SOURCE_DIR;
  Catalog catalog({{.hwdb = root / "hwdb", .models = root / "models"}});
  int loads = 0;
  int maxima = 0;
  for (const CatalogEntry& entry : catalog.headers(EntryKind::system)) {
    CAPTURE(entry.id);
    Diagnostics problems;
    const SystemSpec* system = catalog.system(entry.id, {}, problems);
    REQUIRE(system != nullptr);
    if (system->load_power) {
      ++loads;
      CHECK(system->load_power->from.status == FigureStatus::measured);
      if (system->idle_power) CHECK(system->idle_power->value < system->load_power->value);
      if (system->max_power) CHECK(system->load_power->value <= system->max_power->value);
    }
    if (system->max_power) {
      ++maxima;
      if (system->idle_power) CHECK(system->idle_power->value < system->max_power->value);
    }
  }
  CHECK(loads > 0);
  CHECK(maxima > 0);
}

// At half the power, (0.5 - 0.3) / 0.7 of it is left for switching, which goes with the cube of
// the clock.
TEST_CASE("a power limit slows clocks and arithmetic, not the memory's clock", "[catalog]") {
  DeviceSpec device;
  device.power_limit = Figure<Watts>{.value = Watts(300.0)};
  device.memory.bandwidth.value = BytesPerSecond(1e12);
  device.units.push_back(
      {.kind = UnitKind::gpu, .clock = Figure<Hertz>{.value = Hertz(2e9), .low = Hertz(1e9)}});
  device.units.front().rates[Precision::fp16] = {.peak = {.value = FlopPerSecond(1e14)}};
  const double factor = std::cbrt(0.2 / 0.7);
  const DeviceSpec limited = under_power_limit(device, Watts(150.0));
  CHECK(limited.units.front().clock->value.base() == Approx(2e9 * factor));
  CHECK(limited.units.front().clock->low->base() == Approx(1e9 * factor));
  CHECK(limited.units.front().rates.at(Precision::fp16).peak.value.base() == Approx(1e14 * factor));
  CHECK(limited.memory.bandwidth.value.base() == 1e12);
  CHECK(limited.held_to == Watts(150.0));
  CHECK(held_clock(limited) == Approx(factor));
  CHECK(held_clock(device) == 1.0);
  // More than it is sold with changes nothing.
  const DeviceSpec same = under_power_limit(device, Watts(400.0));
  CHECK(same.units.front().clock->value.base() == 2e9);
  CHECK_FALSE(same.held_to.has_value());
}

// Reading takes 400 W at full clock. Held to 200 W of 300 a board that reads all the time clocks at
// (0.5 - 0.3) / 0.7 and (0.75 - 0.3) / 0.7 to the third root.
TEST_CASE("a board that is held reads slower, the less it waits", "[catalog]") {
  DeviceSpec device;
  device.power_limit = Figure<Watts>{.value = Watts(300.0)};
  const DeviceSpec unknown = under_power_limit(device, Watts(200.0));
  CHECK_FALSE(reading_clock(unknown, 1.0).has_value());
  device.reading_power = Figure<Watts>{.value = Watts(400.0)};
  CHECK_FALSE(reading_clock(device, 1.0).has_value());
  const DeviceSpec held = under_power_limit(device, Watts(200.0));
  CHECK(*reading_clock(held, 1.0) == Approx(std::cbrt((0.5 - 0.3) / (0.75 - 0.3))));
  // Four fifths of the time: 200 of 320 W, and 300 of 320.
  CHECK(*reading_clock(held, 0.8) == Approx(std::cbrt((0.625 - 0.3) / (0.9375 - 0.3))));
  // Seven tenths: sold it has the power for its full clock.
  CHECK(*reading_clock(held, 0.7) == Approx(std::cbrt((200.0 / 280.0 - 0.3) / 0.7)));
  CHECK(*reading_clock(held, 0.5) == 1.0);
  CHECK_FALSE(reading_clock(held, 0.0).has_value());
}

// Products take 0.3 + 0.7 x 0.75 = 0.825 of what the unlimited board may: of 400 W, 330.
TEST_CASE("a board that is sold with less power holds less of its clock", "[catalog]") {
  DeviceSpec device;
  CHECK(sustained_clock(device) == 1.0);
  device.power_limit = Figure<Watts>{.value = Watts(200.0)};
  CHECK(sustained_clock(device) == 1.0);
  device.unlimited_power = Figure<Watts>{.value = Watts(400.0)};
  CHECK(sustained_clock(device) == Approx(std::cbrt((200.0 / 330.0 - 0.3) / 0.7)));
  device.power_limit->value = Watts(330.0);
  CHECK(sustained_clock(device) == Approx(1.0));
  device.power_limit->value = Watts(400.0);
  CHECK(sustained_clock(device) == 1.0);
  // An owner's limit slows all of it once, not what the board holds of it a second time.
  device.power_limit->value = Watts(200.0);
  const DeviceSpec held = under_power_limit(device, Watts(150.0));
  CHECK(sustained_clock(held) == Approx(sustained_clock(device)));
}

}  // namespace
}  // namespace plimsoll

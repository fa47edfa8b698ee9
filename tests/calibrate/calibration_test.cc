// All backends in their turns.

#include "calibrate/calibration.h"

#include "catalog/date.h"
#include "fake_backend.h"
#include "support/catch.h"

using namespace plimsoll;
using namespace plimsoll::calibrate;
using namespace plimsoll::calibrate::test;

TEST_CASE("the time goes to backends alike, and what one leaves to those after it", "[calibrate]") {
  std::vector<std::unique_ptr<Backend>> backends;
  FakeClock together;  // backends take turns on clocks of their own
  for (int i = 0; i < 3; ++i) {
    auto backend = std::make_unique<FakeBackend>();
    backend->rate = i == 0 ? 1e10 : 1e6;
    for (int k = 0; k < 50; ++k) backend->all.push_back(fake_case("read", i == 0 ? 1e4 : 1e5));
    FakeBackend* fake = backend.get();
    fake->on_run = [fake, &together, before = 0.0]() mutable {
      together.seconds += fake->clock.seconds - before;
      before = fake->clock.seconds;
    };
    backends.push_back(std::move(backend));
  }
  DetectedMachine machine;
  machine.facts.cpu = {.name = "Imaginary 1", .cores = 4, .threads = 8};
  machine.parts = {{.what = "CPU", .name = "Imaginary 1", .entry = "imaginary-1"}};
  const Profile profile = calibrate_machine(
      backends, machine,
      {.program = "plimsoll 1", .date = "2026-05-20", .budget_s = 30.0, .now = [&together] {
         return together.seconds;
       }});
  CHECK(profile.name == "Imaginary 1, 4 cores");
  CHECK(profile.depth == "quick");
  REQUIRE(profile.backends.size() == 3);
  CHECK(profile.backends[0].entry == "imaginary-1");
  CHECK(together.seconds < 31.0);
  const auto measured = [](const BackendResult& backend) {
    int count = 0;
    for (const PointResult& point : backend.points)
      count += point.status == PointStatus::measured ? 1 : 0;
    return count;
  };
  CHECK(measured(profile.backends[0]) == 50);
  // Slow ones share what the quick one left, to within a case of each.
  CHECK(std::abs(measured(profile.backends[1]) - measured(profile.backends[2])) <= 2);
}

TEST_CASE("a device is an entry by its name, else by being the only one", "[calibrate]") {
  DetectedMachine machine;
  machine.parts = {{.what = "CPU", .name = "Some CPU", .entry = "some-cpu"},
                   {.what = "GPU", .name = "NVIDIA A", .entry = "a"},
                   {.what = "GPU", .name = "NVIDIA B", .entry = "b"}};
  CHECK(entry_of({.id = "cpu", .device = "Otherwise called"}, machine) == "some-cpu");
  CHECK(entry_of({.id = "cuda", .device = "NVIDIA B"}, machine) == "b");
  CHECK(entry_of({.id = "cuda", .device = "NVIDIA C"}, machine).empty());
  CHECK(entry_of({.id = "storage", .device = "NVIDIA A"}, machine).empty());
}

TEST_CASE("today is a date", "[calibrate]") {
  const auto date = parse_date(today());
  REQUIRE(date);
  CHECK(date->year >= 2026);
  CHECK(date->day > 0);
}

TEST_CASE("both depths end within what they promise", "[calibrate]") {
  CHECK(budget_of(Depth::quick) < 60.0);
  CHECK(budget_of(Depth::full) < 600.0);
}

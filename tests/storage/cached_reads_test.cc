// Copies out of the page cache: the class default by hand, measured points, and what a drive's
// writes cost.
#include "storage/cached_reads.h"

#include <cmath>

#include "catalog/figure_spread.h"
#include "support/catch.h"

namespace plimsoll {
namespace {

template <class Q>
Figure<Q> known_within(Q value, std::optional<Q> low = {}, std::optional<Q> high = {}) {
  return {.value = value,
          .low = low,
          .high = high,
          .from = {.status = FigureStatus::measured, .confidence = Confidence::high}};
}

DeviceSpec device_of(const std::string& roof_class) {
  DeviceSpec device;
  device.memory.bandwidth = known_within(BytesPerSecond(400e9));
  device.memory.roof_class = roof_class;
  return device;
}

RoofTable roofs() {
  RoofTable table;
  table.cached_reads["default"] = {.per_thread = known_within(BytesPerSecond(8e9)),
                                   .ceiling = known_within(0.25)};
  table.cached_reads["fast"] = {
      .per_thread = known_within(BytesPerSecond(20e9)),
      .ceiling = known_within(0.2, std::optional(0.1), std::optional(0.4))};
  table.dma_slowdown["fast"] = known_within(50.0);
  return table;
}

TEST_CASE("threads share what the memory lets through", "[storage]") {
  const CachedReadService service(device_of("fast"), roofs());
  CHECK(service.throughput(1.0).base() == Approx(20e9));
  // 4 x 20 / (1 + 3 x 20 / 80) = 80 / 1.75
  CHECK(service.throughput(4.0).base() == Approx(80e9 / 1.75));
  CHECK(service.throughput(1e9).base() == Approx(80e9));
  CHECK(service.log_sigma() == Approx(std::log(4.0) / (2.0 * z90)));
}

TEST_CASE("a class without figures takes the default, and without that is refused", "[storage]") {
  const CachedReadService service(device_of("other"), roofs());
  CHECK(service.throughput(2.0).base() == Approx(16e9 / 1.08));
  CHECK_THROWS_AS(CachedReadService(device_of("other"), RoofTable{}), std::invalid_argument);
  CHECK_THROWS_AS(service.throughput(0.5), std::invalid_argument);
}

TEST_CASE("one thread is never slower for want of a ceiling", "[storage]") {
  DeviceSpec narrow = device_of("fast");
  narrow.memory.bandwidth = known_within(BytesPerSecond(50e9));
  const CachedReadService service(narrow, roofs());
  CHECK(service.throughput(1.0).base() == Approx(20e9));
  CHECK(service.throughput(8.0).base() == Approx(20e9));
}

TEST_CASE("measured points are met and their ratio to the formula interpolated", "[storage]") {
  DeviceSpec device = device_of("fast");
  device.cached_reads = {{.threads = 1, .rate = known_within(BytesPerSecond(30e9))},
                         {.threads = 4, .rate = known_within(BytesPerSecond(60e9))}};
  const CachedReadService service(device, roofs());
  const CachedReadService formula(device_of("fast"), roofs());
  CHECK(service.throughput(1.0).base() == Approx(30e9));
  CHECK(service.throughput(4.0).base() == Approx(60e9));
  const auto ratio = [&](double n) { return service.throughput(n) / formula.throughput(n); };
  CHECK(ratio(2.0) == Approx(std::sqrt(ratio(1.0) * ratio(4.0))));
  CHECK(ratio(16.0) == Approx(ratio(4.0)));
  CHECK(service.log_sigma() == Approx(log_sigma_of(device.cached_reads[0].rate)));
}

TEST_CASE("a drive's writes: the device's own figure, its class's, or none", "[storage]") {
  DeviceSpec own = device_of("fast");
  own.dma_slowdown = known_within(7.0);
  CHECK(dma_slowdown_of(own, roofs()).value == 7.0);
  CHECK(dma_slowdown_of(device_of("fast"), roofs()).value == 50.0);
  CHECK(dma_slowdown_of(device_of("hbm"), roofs()).value == 0.0);
}

}  // namespace
}  // namespace plimsoll

// The formula of a drive against cases solved by hand, its fit against drives that follow it
// exactly, and stripe sets.
#include "storage/drive.h"

#include <cmath>

#include "support/catch.h"

namespace plimsoll {
namespace {

constexpr Bytes kib{1024.0};

template <class Q>
Figure<Q> known(Q value, Confidence confidence = Confidence::high) {
  return {.value = value, .from = {.status = FigureStatus::measured, .confidence = confidence}};
}

// 100 us and 1 GB/s for one command alone, 10 us and 4 GB/s at the bottleneck.
const DriveFormula by_hand{.latency = Seconds(100e-6),
                           .stream = BytesPerSecond(1e9),
                           .command = Seconds(10e-6),
                           .ceiling = BytesPerSecond(4e9)};

StorageSpec drive_reading(BytesPerSecond sequential, Seconds latency) {
  return {.sequential_read = known(sequential), .read_latency = known(latency)};
}

StorageSpec with_points_of(const DriveFormula& formula, StorageSpec drive) {
  for (const double size : {4.0, 64.0, 512.0, 4096.0}) {
    for (const int reads : {1, 2, 4, 16, 64}) {
      drive.random_reads.push_back({.block = size * kib,
                                    .queue_depth = reads,
                                    .rate = known(formula.throughput(size * kib, reads))});
    }
  }
  return drive;
}

TEST_CASE("one command, several commands, and reads that are several commands", "[storage]") {
  // 100,000 B alone: 100 us + 100 us.
  CHECK(by_hand.throughput(Bytes(1e5), 1.0).base() == Approx(1e5 / 200e-6));
  // Five at a time: four more pass the bottleneck, 10 us + 25 us each.
  CHECK(by_hand.throughput(Bytes(1e5), 5.0).base() == Approx(5e5 / 340e-6));
  // 2 MiB are four commands of 524,288 B: 624.288 us alone, 141.072 us for each of the other three.
  const double four = 624.288e-6 + 3.0 * 141.072e-6;
  CHECK(by_hand.throughput(2048.0 * kib, 1.0).base() == Approx(2097152.0 / four));
  // And so are four reads of 512 KiB.
  CHECK(by_hand.throughput(512.0 * kib, 4.0).base() == Approx(2097152.0 / four));
}

TEST_CASE("many commands are limited by the bottleneck", "[storage]") {
  // 4 KiB: 10 us + 1.024 us each.
  CHECK(by_hand.throughput(4.0 * kib, 1e6).base() == Approx(4096.0 / 11.024e-6).epsilon(1e-4));
  CHECK(by_hand.throughput(Bytes(1e12), 1.0).base() == Approx(524288.0 / 141.072e-6).epsilon(1e-3));
}

TEST_CASE("a bottleneck slower than a command alone makes commands queue one by one", "[storage]") {
  DriveFormula formula = by_hand;
  formula.command = Seconds(1.0);
  CHECK(formula.throughput(Bytes(1e5), 7.0).base() == Approx(1e5 / 200e-6));
}

TEST_CASE("larger blocks and more reads never read slower", "[storage]") {
  for (double size = 1.0; size < 65536.0; size *= 1.7) {
    for (double reads = 1.0; reads < 300.0; reads *= 1.6) {
      INFO(size << " KiB, " << reads);
      const BytesPerSecond rate = by_hand.throughput(size * kib, reads);
      CHECK(rate <= by_hand.throughput(1.1 * size * kib, reads));
      CHECK(rate <= by_hand.throughput(size * kib, 1.1 * reads));
      CHECK(rate <= by_hand.ceiling);
    }
  }
}

TEST_CASE("a drive of which only the data sheet is known takes it as it is", "[storage]") {
  // The prior's share of the rate, its 2 us; 4 KiB alone take the stated latency up to the pull of
  // the prior's 80 us, which weighs (0.15^2 + 0.02^2) / 0.35^2 = 0.19 of it.
  const StorageSpec drive = drive_reading(BytesPerSecond(7e9), Seconds(60e-6));
  const DriveService service(drive);
  CHECK(service.formula().stream / service.formula().ceiling == Approx(0.38).epsilon(0.01));
  CHECK(service.formula().command.base() == Approx(2e-6).epsilon(0.01));
  CHECK(service.ceiling().base() == Approx(7e9).epsilon(0.01));
  CHECK(service.time_alone(4.0 * kib).base() ==
        Approx(60e-6 * std::pow(80.0 / 60.0, 0.16)).epsilon(0.02));
  CHECK(service.log_sigma() == Approx(std::hypot(0.02, 0.15)));
}

TEST_CASE("a fit finds the drive that its points came from", "[storage]") {
  const StorageSpec drive =
      with_points_of(by_hand, drive_reading(BytesPerSecond(4e9), Seconds(104.096e-6)));
  const DriveFormula fitted = fit_drive(drive);
  // 20 points of 0.15 each against a prior of 0.3 to 1.2: it pulls by a few per cent.
  CHECK(std::log(fitted.latency / by_hand.latency) == Approx(0.0).margin(0.03));
  CHECK(std::log(fitted.stream / by_hand.stream) == Approx(0.0).margin(0.06));
  CHECK(std::log(fitted.command / by_hand.command) == Approx(0.0).margin(0.06));
  CHECK(std::log(fitted.ceiling / by_hand.ceiling) == Approx(0.0).margin(0.03));
}

TEST_CASE("points are met, and between them the factor is interpolated", "[storage]") {
  StorageSpec drive = drive_reading(BytesPerSecond(4e9), Seconds(100e-6));
  drive.random_reads = {
      {.block = 64.0 * kib, .queue_depth = 1, .rate = known(BytesPerSecond(3e8))},
      {.block = 64.0 * kib, .queue_depth = 4, .rate = known(BytesPerSecond(2e9))},
      {.block = 256.0 * kib, .queue_depth = 2, .rate = known(BytesPerSecond(1e9))}};
  const DriveService service(drive);
  const auto factor = [&](double size, double reads) {
    return service.throughput(size * kib, reads) / service.formula().throughput(size * kib, reads);
  };
  for (const ReadPoint& point : drive.random_reads)
    CHECK(service.throughput(point.block, point.queue_depth).base() ==
          Approx(point.rate.value.base()));
  CHECK(factor(64.0, 2.0) == Approx(std::sqrt(factor(64.0, 1.0) * factor(64.0, 4.0))));
  CHECK(factor(128.0, 2.0) == Approx(std::sqrt(factor(64.0, 2.0) * factor(256.0, 2.0))));
  CHECK(factor(4.0, 1.0) == Approx(factor(64.0, 1.0)));
  CHECK(factor(64.0, 50.0) == Approx(factor(64.0, 4.0)));
  CHECK(factor(8192.0, 3.0) == Approx(factor(256.0, 2.0)));
  CHECK(service.log_sigma() == Approx(std::hypot(0.02, 0.15)));
}

TEST_CASE("a stripe set gives each drive its share of the commands", "[storage]") {
  const StorageSpec drive = drive_reading(BytesPerSecond(7e9), Seconds(60e-6));
  const DriveService one(drive);
  const DriveService four(drive, 4);
  // A single command uses one drive, two use two, and 32 blocks of a command eight for each drive.
  CHECK(four.throughput(4.0 * kib, 1.0).base() == Approx(one.throughput(4.0 * kib, 1.0).base()));
  CHECK(four.throughput(4.0 * kib, 2.0).base() ==
        Approx(2.0 * one.throughput(4.0 * kib, 1.0).base()));
  CHECK(four.throughput(512.0 * kib, 32.0).base() ==
        Approx(4.0 * one.throughput(512.0 * kib, 8.0).base()));
  CHECK(four.throughput(16384.0 * kib, 1.0).base() ==
        Approx(4.0 * one.throughput(4096.0 * kib, 1.0).base()));
  CHECK(four.ceiling().base() == Approx(4.0 * one.ceiling().base()));
}

TEST_CASE("more drives never read slower, never more than so many times", "[storage]") {
  const StorageSpec drive = drive_reading(BytesPerSecond(7e9), Seconds(60e-6));
  for (const double reads : {1.0, 3.0, 17.0}) {
    for (const double size : {4.0, 512.0, 7000.0}) {
      const BytesPerSecond one = DriveService(drive).throughput(size * kib, reads);
      BytesPerSecond before = one;
      for (int count = 2; count <= 8; ++count) {
        const BytesPerSecond rate = DriveService(drive, count).throughput(size * kib, reads);
        CHECK(rate.base() >= before.base() * (1.0 - 1e-12));
        CHECK(rate.base() <= count * one.base() * (1.0 + 1e-12));
        before = rate;
      }
    }
  }
}

TEST_CASE("what cannot be asked of a drive", "[storage]") {
  const StorageSpec drive = drive_reading(BytesPerSecond(7e9), Seconds(60e-6));
  CHECK_THROWS_AS(DriveService(drive, 0), std::invalid_argument);
  CHECK_THROWS_AS(DriveService(drive).throughput(Bytes(0.0), 1.0), std::invalid_argument);
  CHECK_THROWS_AS(DriveService(drive).throughput(kib, 0.5), std::invalid_argument);
}

}  // namespace
}  // namespace plimsoll

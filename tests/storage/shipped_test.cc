// What engine/storage holds as constants, recomputed from the drives of hwdb/storage, and the
// published figures that the service must meet.
#include <algorithm>
#include <cmath>

#include "drives_of_hwdb.h"
#include "storage/drive.h"
#include "support/catch.h"

namespace plimsoll {
namespace {

struct LogMean {
  double sum = 0.0;
  int count = 0;
  void add(double value) {
    sum += std::log(value);
    ++count;
  }
  double mean() const { return std::exp(sum / count); }
};

// The prior with the geometric means over these drives' fits.
DrivePrior prior_of(const std::vector<StorageSpec>& drives) {
  LogMean latency, stream, command;
  for (const StorageSpec& drive : drives) {
    const DriveFormula formula = fit_drive(drive);
    latency.add(formula.latency.base());
    stream.add(formula.stream / formula.ceiling);
    command.add(formula.command.base());
  }
  DrivePrior prior = drive_prior;
  prior.latency = Seconds(latency.mean());
  prior.stream_share = stream.mean();
  prior.command = Seconds(command.mean());
  return prior;
}

std::vector<StorageSpec> without(std::vector<StorageSpec> drives, std::size_t left_out) {
  drives.erase(drives.begin() + static_cast<std::ptrdiff_t>(left_out));
  return drives;
}

// Root mean square over drives of each drive's root mean square.
struct Errors {
  double sum = 0.0;
  int drives = 0;
  void add(const std::vector<double>& logs) {
    if (logs.empty()) return;
    double square = 0.0;
    for (const double log : logs) square += log * log;
    sum += square / static_cast<double>(logs.size());
    ++drives;
  }
  double rms() const { return std::sqrt(sum / drives); }
};

double log_error(BytesPerSecond predicted, const ReadPoint& point) {
  return std::log(predicted / point.rate.value);
}

// The published points of one drive.
const StorageSpec& drive_called(const std::vector<StorageSpec>& drives, const std::string& id) {
  const auto found = std::find_if(drives.begin(), drives.end(),
                                  [&](const StorageSpec& drive) { return drive.id == id; });
  REQUIRE(found != drives.end());
  return *found;
}

TEST_CASE("the prior of drives is what the measured ones have in common", "[storage]") {
  const std::vector<StorageSpec> drives = drives_with_points();
  CHECK(drives.size() == 7);
  const DrivePrior prior = prior_of(drives);
  // Rounded to what their spread deserves: within a fifth of it.
  CHECK(std::log(prior.latency / drive_prior.latency) == Approx(0.0).margin(0.07));
  CHECK(std::log(prior.stream_share / drive_prior.stream_share) == Approx(0.0).margin(0.06));
  CHECK(std::log(prior.command / drive_prior.command) == Approx(0.0).margin(0.24));
}

TEST_CASE("a drive without points: the error that the interval claims", "[storage]") {
  const std::vector<StorageSpec> drives = drives_with_points();
  Errors large;
  for (std::size_t i = 0; i < drives.size(); ++i) {
    StorageSpec bare = drives[i];
    bare.random_reads.clear();
    const DriveFormula formula = fit_drive(bare, prior_of(without(drives, i)));
    std::vector<double> errors;
    for (const ReadPoint& point : drives[i].random_reads) {
      if (point.block < Bytes(65536.0)) continue;
      errors.push_back(log_error(formula.throughput(point.block, point.queue_depth), point));
    }
    UNSCOPED_INFO(drives[i].id);
    for (const double error : errors) UNSCOPED_INFO("  " << error);
    large.add(errors);
  }
  CHECK(large.rms() == Approx(0.15).margin(0.01));  // formula_sigma
}

TEST_CASE("a point between others: the error that the interval claims", "[storage]") {
  Errors all;
  for (const StorageSpec& drive : drives_with_points()) {
    std::vector<double> errors;
    for (std::size_t i = 0; i < drive.random_reads.size(); ++i) {
      const ReadPoint point = drive.random_reads[i];
      StorageSpec rest = drive;
      rest.random_reads.erase(rest.random_reads.begin() + static_cast<std::ptrdiff_t>(i));
      if (rest.random_reads.empty()) continue;
      errors.push_back(
          log_error(DriveService(rest).throughput(point.block, point.queue_depth), point));
    }
    UNSCOPED_INFO(drive.id);
    for (const double error : errors) UNSCOPED_INFO("  " << error);
    all.add(errors);
  }
  CHECK(all.rms() == Approx(0.15).margin(0.01));  // interpolation_sigma
}

TEST_CASE("measured points are met", "[storage]") {
  for (const StorageSpec& drive : drives_with_points()) {
    const DriveService service(drive);
    for (const ReadPoint& point : drive.random_reads) {
      INFO(drive.id << " " << point.block.base() << " at " << point.queue_depth);
      CHECK(service.throughput(point.block, point.queue_depth).base() ==
            Approx(point.rate.value.base()));
    }
  }
}

TEST_CASE("cold reads of experts on published machines", "[storage]") {
  const std::vector<StorageSpec> drives = drives_with_points();
  // hardware.md 8.2: 4 experts of 3.93 MB in 2.84 ms with four threads, 3.46 ms with one.
  const DriveService m3_max(drive_called(drives, "apple-ssd-m3-max"));
  const Bytes expert(3'932'160.0);
  CHECK((4.0 * expert / m3_max.throughput(expert, 4.0)).base() == Approx(2.84e-3).epsilon(0.02));
  CHECK((4.0 * m3_max.time_alone(expert)).base() == Approx(3.46e-3).epsilon(0.02));
  // 18 MiB blocks of the E27T reach 6.4 GB/s: not among its points, which end at 256 KiB.
  const DriveService e27t(drive_called(drives, "phison-e27t-1tb"));
  CHECK(e27t.throughput(Bytes(18.0 * 1024 * 1024), 4.0).base() == Approx(6.4e9).epsilon(0.1));
}

}  // namespace
}  // namespace plimsoll

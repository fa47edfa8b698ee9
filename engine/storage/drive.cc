#include "storage/drive.h"

#include <algorithm>
#include <cmath>
#include <stdexcept>

#include "catalog/figure_spread.h"

namespace plimsoll {

namespace {

// Errors of prediction, from the drives of hwdb/storage that have points (doc/storage.md; a test
// recomputes both). The formula for a drive that none of its points were used of, reads of 64 KiB
// and more:
constexpr double formula_sigma = 0.15;
// A point left out of a drive whose other points were used:
constexpr double interpolation_sigma = 0.15;

double mean_square(const std::vector<ReadPoint>& points) {
  double sum = 0.0;
  for (const ReadPoint& point : points) sum += std::pow(log_sigma_of(point.rate), 2);
  return sum / static_cast<double>(points.size());
}

double spread_of(const StorageSpec& drive) {
  if (drive.random_reads.empty())
    return std::hypot(log_sigma_of(drive.sequential_read), formula_sigma);
  return std::hypot(std::sqrt(mean_square(drive.random_reads)), interpolation_sigma);
}

}  // namespace

DriveService::DriveService(const StorageSpec& drive, int count)
    : formula_(fit_drive(drive)), count_(count), log_sigma_(spread_of(drive)) {
  if (count < 1) throw std::invalid_argument("DriveService: needs a drive");
  correct(drive);
}

void DriveService::correct(const StorageSpec& drive) {
  for (const ReadPoint& point : drive.random_reads) {
    const double reads = point.queue_depth;
    corrections_[point.block.base()].add(
        commands_of(point.block, reads),
        point.rate.value / formula_.throughput(point.block, reads));
  }
}

double DriveService::correction(Bytes block, double commands) const {
  LogCurve over_blocks;
  for (const auto& [size, over_commands] : corrections_)
    over_blocks.add(size, over_commands(commands));
  return over_blocks(block.base());
}

BytesPerSecond DriveService::throughput(Bytes block, double reads) const {
  if (!(block > Bytes(0.0)) || !(reads >= 1.0))
    throw std::invalid_argument("DriveService: needs a block > 0 and reads >= 1");
  const double commands = commands_of(block, reads);
  const double busy = std::min(commands, static_cast<double>(count_));
  const double each = commands / busy;
  return busy * correction(block, each) * formula_.commands_throughput(command_size(block), each);
}

}  // namespace plimsoll

// The rate of a drive as a formula of four numbers, and the fit of those to what is known of it.
//
// A read is cut into commands of at most 512 KiB. One command of s bytes takes t0 + s / r alone. m
// of them at a time share the drive, whose bottleneck (controller, bus) takes c + s / R for each,
// so that m commands are done after t0 + s / r + (m - 1) (c + s / R): the asymptotic bounds of a
// closed queue joined as balanced jobs are (Denning and Buzen 1978; Zahorjan et al. 1982).
//
//   X(b, n) = n b / (t0 + s / r + (m - 1) (c + s / R)),   s = min(b, 512 KiB), m = n b / s
#pragma once

#include "base/quantity.h"
#include "catalog/link_spec.h"

namespace plimsoll {

// The largest command that macOS sends (fs_usage of the M3 Max runs, source FM); Linux and NVMe
// drives settle between 128 KiB and 1 MiB.
inline constexpr Bytes largest_command{512.0 * 1024.0};

// Of the commands that a read of `block` bytes is cut into.
constexpr Bytes command_size(Bytes block) {
  return block < largest_command ? block : largest_command;
}
// How many of them `reads` reads have under way.
constexpr double commands_of(Bytes block, double reads) {
  return reads * (block / command_size(block));
}

struct DriveFormula {
  Seconds latency;         // t0
  BytesPerSecond stream;   // r, of one command
  Seconds command;         // c, of one command at the bottleneck
  BytesPerSecond ceiling;  // R

  // `commands` (>= 1) of one size at a time.
  BytesPerSecond commands_throughput(Bytes size, double commands) const;
  // `reads` (>= 1) of `block` bytes at a time.
  BytesPerSecond throughput(Bytes block, double reads) const;
};

// What drives are like of which nothing is known: medians and standard deviations of logarithms.
struct DrivePrior {
  Seconds latency;
  double latency_sigma = 0.0;
  double stream_share = 0.0;  // r / R
  double stream_sigma = 0.0;
  Seconds command;
  double command_sigma = 0.0;
};

// Geometric means over the seven drives in hwdb/storage that have measured points (a test
// recomputes them). The spreads are wider than among those (0.30, 0.15 and 0.85), which are few.
inline constexpr DrivePrior drive_prior{.latency = Seconds(80e-6),
                                        .latency_sigma = 0.35,
                                        .stream_share = 0.38,
                                        .stream_sigma = 0.3,
                                        .command = Seconds(2e-6),
                                        .command_sigma = 1.2};

// Least squares in the logarithms: the measured points, the sequential rate as R, the latency as a
// read of 4 KiB alone, and the prior, each by its standard deviation.
DriveFormula fit_drive(const StorageSpec& drive, const DrivePrior& prior = drive_prior);

}  // namespace plimsoll

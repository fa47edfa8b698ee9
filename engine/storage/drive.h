// What a drive, or a stripe set of them, delivers to several concurrent reads of a size.
//
// The formula of drive_formula.h; where hwdb has measured points it is multiplied by measured /
// formula. That factor is interpolated in the logarithm of the commands at a time between the
// points of a block size, and in log b between block sizes, and held constant outside.
#pragma once

#include <map>

#include "base/quantity.h"
#include "catalog/link_spec.h"
#include "storage/correction.h"
#include "storage/drive_formula.h"

namespace plimsoll {

class DriveService {
 public:
  // `count` equal drives striped (RAID-0) in units of a command or less: m commands keep min(m,
  // count) drives busy, each with its share of them. So the first command of a drive scales with
  // the drives, and large blocks reach `count` times the rate of one. What the drives' common link
  // to the host carries is not its business. Throws std::invalid_argument for count < 1.
  explicit DriveService(const StorageSpec& drive, int count = 1);

  // Throughput of `reads` concurrent reads of `block` bytes each that never pause; block > 0, reads
  // >= 1, else std::invalid_argument.
  BytesPerSecond throughput(Bytes block, double reads) const;
  // Of one read alone, from call to last byte, the drive's part.
  Seconds time_alone(Bytes block) const { return block / throughput(block, 1.0); }

  // Of one command, all drives' together.
  Seconds latency() const { return formula_.latency; }
  BytesPerSecond ceiling() const { return count_ * formula_.ceiling; }
  const DriveFormula& formula() const { return formula_; }
  // Standard deviation of log(throughput).
  double log_sigma() const { return log_sigma_; }

 private:
  void correct(const StorageSpec& drive);
  double correction(Bytes block, double commands) const;

  DriveFormula formula_;
  int count_;
  std::map<double, LogCurve> corrections_;  // by block in bytes: over commands
  double log_sigma_ = 0.0;
};

}  // namespace plimsoll

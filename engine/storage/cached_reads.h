// Reads that the page cache serves: copies within memory. And what a drive's writes into memory do
// to the device that shares it.
#pragma once

#include "base/quantity.h"
#include "catalog/device_spec.h"
#include "catalog/roof_spec.h"
#include "storage/correction.h"

namespace plimsoll {

// One thread copies at x; n of them share what the memory lets through, C:
//
//   X(n) = n x / (1 + (n - 1) x / C)
//
// multiplied by measured / X where the device has measured points, interpolated in log n and held
// constant outside.
class CachedReadService {
 public:
  // `device` is the one whose CPU copies and whose memory holds the page cache: the SoC, or the
  // host's CPU. Throws std::invalid_argument if `roofs` has neither its memory class nor "default".
  CachedReadService(const DeviceSpec& device, const RoofTable& roofs);

  // All `threads` (>= 1, else std::invalid_argument) together.
  BytesPerSecond throughput(double threads) const;
  // Standard deviation of log(throughput).
  double log_sigma() const { return log_sigma_; }
  const Provenance& from() const { return from_; }

 private:
  BytesPerSecond formula(double threads) const;

  BytesPerSecond per_thread_;
  BytesPerSecond ceiling_;
  LogCurve correction_;
  double log_sigma_ = 0.0;
  Provenance from_;
};

// The device's own DeviceSpec::dma_slowdown, else that of its memory class, else an exact 0: the
// drive writes into other memory.
Figure<double> dma_slowdown_of(const DeviceSpec& device, const RoofTable& roofs);

}  // namespace plimsoll

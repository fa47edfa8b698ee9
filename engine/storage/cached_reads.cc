#include "storage/cached_reads.h"

#include <algorithm>
#include <cmath>
#include <stdexcept>

#include "catalog/figure_spread.h"

namespace plimsoll {

namespace {

const CachedReadRoof& roof_of(const DeviceSpec& device, const RoofTable& roofs) {
  auto found = roofs.cached_reads.find(device.memory.roof_class);
  if (found == roofs.cached_reads.end()) found = roofs.cached_reads.find("default");
  if (found == roofs.cached_reads.end())
    throw std::invalid_argument("CachedReadService: no default for cached reads");
  return found->second;
}

// Of the worst known point: a scenario's number of threads is one of many.
double spread_of(const std::vector<CachedReadPoint>& points) {
  double worst = 0.0;
  for (const CachedReadPoint& point : points) worst = std::max(worst, log_sigma_of(point.rate));
  return worst;
}

}  // namespace

CachedReadService::CachedReadService(const DeviceSpec& device, const RoofTable& roofs) {
  const CachedReadRoof& roof = roof_of(device, roofs);
  per_thread_ = roof.per_thread.value;
  // A class may be faster with one thread than a narrow memory of it is with many.
  ceiling_ = std::max(roof.ceiling.value * device.memory.bandwidth.value, per_thread_);
  for (const CachedReadPoint& point : device.cached_reads) {
    const double threads = point.threads;
    correction_.add(threads, point.rate.value / formula(threads));
  }
  log_sigma_ = device.cached_reads.empty()
                   ? std::max(log_sigma_of(roof.per_thread), log_sigma_of(roof.ceiling))
                   : spread_of(device.cached_reads);
  from_ =
      device.cached_reads.empty() ? roof.per_thread.from : device.cached_reads.front().rate.from;
}

BytesPerSecond CachedReadService::formula(double threads) const {
  return threads * per_thread_ / (1.0 + (threads - 1.0) * (per_thread_ / ceiling_));
}

BytesPerSecond CachedReadService::throughput(double threads) const {
  if (!(threads >= 1.0)) throw std::invalid_argument("CachedReadService: needs a thread");
  return correction_(threads) * formula(threads);
}

Figure<double> dma_slowdown_of(const DeviceSpec& device, const RoofTable& roofs) {
  if (device.dma_slowdown) return *device.dma_slowdown;
  const auto found = roofs.dma_slowdown.find(device.memory.roof_class);
  return found == roofs.dma_slowdown.end() ? Figure<double>{} : found->second;
}

}  // namespace plimsoll

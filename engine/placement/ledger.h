// The books of one placement: what every pool has to hold, and how much it may.
#pragma once

#include <map>
#include <utility>
#include <vector>

#include "placement/placement.h"

namespace plimsoll {

class Ledger {
 public:
  Ledger(const PlacementRequest& request, std::int64_t context);

  void weights(int executor, const RoleBytes& bytes, double share);
  // Weights and caches that live in memory of that kind. What is mapped from a file can be dropped:
  // no limit on allocations counts it.
  void weights(int executor, const RoleBytes& bytes, WeightMemory memory);
  void hold(int executor, LoadItem item, WeightMemory memory);
  // Of `sequences` sequences.
  void cache(int executor, int layer, double share, int sequences);
  // Of what drafts, all its layers, of `sequences` sequences.
  void draft(int executor, Bytes weights, double cache_share, int sequences);
  void buffers(int executor, const Estimate& bytes);
  // Every executor that works costs its backend's context once.
  void overhead(int executor);

  Estimate overhead_of(int executor) const;
  // What is left for an allocation of that kind, uncertain parts at their medians.
  Bytes room_for(int executor, WeightMemory memory) const;
  // What this engine may allocate on the device of an accelerator.
  Bytes usable_of(int executor) const;
  BufferEstimate buffer_estimate(int sequences) const;
  CacheOptions cache_options(int sequences) const;

  // One load per pool that holds something, in pool order.
  std::vector<PoolLoad> finish() const;

 private:
  struct Sum {
    double value = 0.0;
    // Independent estimates add the squares of their half widths, each side for itself: a sum is
    // never below what its parts are at least.
    double below = 0.0;
    double above = 0.0;
    void add(const Estimate& part);
    Estimate estimate() const;
  };
  struct Entries {
    std::map<std::pair<LoadKind, TensorRole>, LoadItem> items;
    Sum gpu;  // allocations of GPU executors
    Sum all;
  };

  const Executor& executor(int id) const;
  bool is_gpu(int id) const { return executor(id).unit->kind == UnitKind::gpu; }
  void add(int executor_id, const LoadItem& item) { add(executor_id, item, is_gpu(executor_id)); }
  void add(int executor_id, const LoadItem& item, bool counts_for_gpu);
  Bytes usable_of(const Pool& pool) const;
  PoolLoad close(int id, const Pool& pool, const Entries& entries) const;

  const PlacementRequest& request_;
  const Scenario& scenario_;
  std::int64_t context_;
  std::map<int, Entries> entries_;  // by pool
};

}  // namespace plimsoll

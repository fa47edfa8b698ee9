// What a StreamModel works with; shared by the files that implement it.
#pragma once

#include <cmath>
#include <optional>
#include <utility>
#include <vector>

#include "storage/cached_reads.h"
#include "storage/drive.h"
#include "streaming/stream_model.h"
#include "streaming/stream_plan.h"
#include "thermal/thermal.h"

namespace plimsoll {

// Sums over the simulated tokens of the answer, in seconds.
struct StreamSums {
  std::array<double, stream_sink_count> sinks{};
  std::vector<double> steps;
  double outside = 0.0;
  double kernels = 0.0;  // on an idle device, at full speed
  std::vector<double> sensitivities;
  int passes = 0;

  void add(const TokenTimes& times, const PassKernels& pass);
  double mean(double sum) const { return passes == 0 ? 0.0 : sum / passes; }
};

struct StreamModel::State {
  State(const LoweringRequest& request, const RoofTable& roofs, const RoutingSpec& prior);

  const Scenario& scenario;
  const Fabric& fabric;
  const Footprint& footprint;
  const StreamingSetup& setup;
  const StreamingSpec& engine;
  const RoutingSpec& routing;
  const Executor& executor;
  Lowering lowering;
  CostModel cost;
  DriveService drive;
  CachedReadService copies;
  Figure<double> dma_slowdown;
  std::vector<PlannedPass> plan;
  std::size_t first_of_answer;
  std::optional<RoutingTrace> trace;
  Bytes expert_cache;  // the application's
  MemoryUse use;
  MemorySplit memory;
  ModelExtents extents;
  std::optional<TokenSimulator> simulator;
  std::vector<std::pair<std::int64_t, PassKernels>> knots;  // by past, of one-token passes
  Replay replayed;

  Bytes read_size() const;  // of one call, or of one fault
  ReplayRequest replay_request() const;
  void run_passes(int sampled, StreamRun& run, StreamSums& sums);
  void summarise(const StreamSums& sums, StreamRun& run) const;
  void add_uncertainty(const StreamSums& sums, StreamRun& run) const;
  TokenTimes simulate(std::size_t index, double speed, bool record = false);

 private:
  void read_trace();
  StreamHardware hardware() const;
  ReadSoftware software() const;
  PassKernels kernels_at(std::int64_t past, int tokens);
  const PassKernels& kernels_of(const PlannedPass& pass);
  Seconds corrected(Seconds time, const LayerReads& simulated, const LayerReads& sum) const;

  PassKernels kernels_;  // of the pass simulated last
};

// What reading costs per byte in a run, software included; 0 where nothing was read so.
struct ByteCosts {
  double cold = 0.0;
  double cached = 0.0;
};
ByteCosts byte_costs(const StreamRun& run);

}  // namespace plimsoll

// Which tensor lives in which pool and which executor runs which layer; whether that fits, and by
// how many bytes not.
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "base/estimate.h"
#include "fabric/fabric.h"
#include "footprint/footprint.h"
#include "scenario/scenario.h"

namespace plimsoll {

inline constexpr int tensor_role_count = 9;

// Weights of one layer (or of the part outside the layers) by role.
using RoleBytes = std::array<Bytes, tensor_role_count>;
Bytes total(const RoleBytes& bytes);

// What has to be placed, summed up once per (model, quantization).
struct WeightDemand {
  std::vector<RoleBytes> layers;
  RoleBytes input{};   // token embedding (and learned positions)
  RoleBytes output{};  // output norm and head; a tied head counts here as a copy where the
                       // embedding is elsewhere
  bool tied = false;
  // Of all these, what the engine copies into another layout at load (StreamingSpec::repacked): it
  // is no part of a file any more, so it never pages.
  RoleBytes repacked{};
  RoleBytes draft{};  // of what drafts for speculative decoding, besides the model's own
};
WeightDemand weight_demand(const Footprint& footprint, const ModelSpec& model,
                           const EngineSpec& engine);

// A run of layers on one executor, or on a group that splits every matrix.
struct Stage {
  std::vector<int> executors;
  int first_layer = 0;
  int layers = 0;
};

enum class LoadKind {
  weights,
  cache,
  buffers,
  overhead,
  // Of a placement that streams:
  expert_cache,    // the engine's own cache of experts
  staging,         // buffers that experts are read into
  other_programs,  // what runs beside, as the scenario says
  // Of savings:
  draft,       // weights and cache of what drafts
  predictors,  // of the neurons that are active
};

struct LoadItem {
  LoadKind kind = LoadKind::weights;
  TensorRole role = TensorRole::norm;  // of weights
  Estimate bytes;
  WeightMemory memory = WeightMemory::wired;

  bool evictable() const { return memory == WeightMemory::mapped; }  // by the page cache
};

struct PoolLoad {
  int pool = 0;
  std::vector<LoadItem> items;
  Bytes usable;               // for this scenario's processes on this pool
  std::string limit;          // what sets it; empty: the memory itself
  Estimate used;              // what counts against `usable`
  double usable_sigma = 0.0;  // standard deviation of `usable`, bytes
  Bytes short_by() const {
    return used.value > usable.base() ? Bytes(used.value) - usable : Bytes();
  }
};

// How layers are dealt out to stages.
enum class LayerSplit {
  by_memory,  // in proportion to the memory that is free, as engines do by default
  by_time,    // the least time for one stream within the memory there is
};

// What is to be placed where, before bytes are counted.
struct PlacementPlan {
  PlacementStrategy strategy = PlacementStrategy::single;
  std::vector<int> executors;  // that work, in the order of the stages
  int group = 1;               // pipeline_parallel: executors of a stage
  LayerSplit split = LayerSplit::by_memory;
  int gpu_layers = 0;         // cpu_layers
  int cpu_expert_layers = 0;  // cpu_experts
};

// A plan laid out. Of several replicas, the first one; the others are alike.
struct Placement : PlacementPlan {
  std::vector<Stage> stages;         // pipeline order
  std::vector<bool> experts_on_cpu;  // by layer
  int cpu = -1;                      // executor that runs CPU work; -1: none needed
  int embedding_executor = 0;        // reads the input embedding
  Bytes expert_cache;                // streamed: size of the engine's own cache of experts
  bool weights_paged = false;   // streamed: dense weights, too, come and go with the page cache
  std::vector<PoolLoad> loads;  // one per pool that holds anything or is reserved
  std::string refusal;  // why this strategy is impossible at all ("28 heads do not divide by 8")
  std::string description;  // "tensor parallel over 4 GPUs"

  bool possible() const { return refusal.empty(); }
  bool fits() const;
  Bytes short_by() const;           // summed over pools
  double fits_probability() const;  // 0 or 1 where nothing is estimated
  int stage_of(int layer) const;
  std::size_t executor_count() const;  // over all stages
  int passes_at_once() const;  // a pipeline's stages work on different sequences, one pass each
  std::vector<int> nodes(const Fabric& fabric) const;  // machines that hold layers, ascending
  bool on_accelerators() const;                        // the CPU holds no layer and no experts
};

struct PlacementRequest {
  const Scenario* scenario = nullptr;
  const Fabric* fabric = nullptr;
  const WeightDemand* demand = nullptr;
};

// The executors that run what drafts for speculative decoding: those of the last stage, where the
// head is, or their first one where it cannot be divided among them. Nothing without a draft.
std::vector<int> draft_executors(const Scenario& scenario, const Placement& placement);

// Weights of the draft of speculative decoding that are held besides the model's.
RoleBytes draft_weights(const Footprint& draft, const SpeculationSetup& speculation);

// Whether experts stay on the drive even where all weights would fit: the engine knows no other
// way, or the scenario says so.
bool must_stream(const Scenario& scenario);

Placement build_placement(const PlacementRequest& request, const PlacementPlan& plan,
                          std::int64_t context);

// Every way this engine could place the scenario, most desirable first (fewest compromises); with a
// strategy given by the user, only that one. Impossible ones are kept, with their refusal, when
// nothing else is left.
std::vector<Placement> candidate_placements(const PlacementRequest& request, std::int64_t context);

// Machines one replica works on: the first of the scenario's, in their order.
int nodes_of_replica(const Scenario& scenario, const Fabric& fabric);
// Of all replicas; the rest of the scenario's machines was ruled out by `placement.nodes`.
int nodes_of_scenario(const Scenario& scenario, const Fabric& fabric);

// The executors that results pass on their way from one to another: the two, and between them the
// main process where the engine copies through the first machine.
std::vector<int> hand_over_path(const Scenario& scenario, const Fabric& fabric, int from, int to);

// The largest context (a multiple of the engine's granule) at which `placement`'s strategy still
// fits, or nothing when even one granule does not. Bounded by the model's own maximum.
std::optional<std::int64_t> largest_context(const PlacementRequest& request,
                                            const Placement& placement);

// Splits `weights` (one per layer) into `capacities.size()` contiguous runs that minimise the
// largest weight / capacity; returns the number of layers of each run. Exact dynamic programme,
// O(stages x layers^2).
std::vector<int> partition_layers(const std::vector<double>& weights,
                                  const std::vector<double>& capacities);

// Splits layers into contiguous runs so that one stream takes the least time: stage s needs
// `bytes[l] / rates[s]` for layer l and `hop` more when it has any layer and is not the first of
// those that have; it holds `weights` up to its capacity. Of splits that take equally long, the one
// whose slowest stage is fastest. Nothing when no split fits. Exact dynamic programme, O(stages x
// layers^2).
struct TimedPartition {
  std::vector<double> weights;     // by layer
  std::vector<double> bytes;       // by layer, read per token
  std::vector<double> capacities;  // by stage
  std::vector<double> rates;       // by stage, bytes per second
  double hop = 0.0;                // seconds
};
std::optional<std::vector<int>> partition_layers(const TimedPartition& partition);

}  // namespace plimsoll

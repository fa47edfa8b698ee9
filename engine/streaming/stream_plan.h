// The passes of a run and what the model's files and the machine's memory come to in them.
#pragma once

#include <cstdint>
#include <vector>

#include "cache/memory_split.h"
#include "placement/placement.h"
#include "scenario/scenario.h"

namespace plimsoll {

inline std::int64_t integral(Bytes bytes) {
  return static_cast<std::int64_t>(bytes.base());
}

// A prompt token, chunk or answer token; in long runs one that stands for several.
struct PlannedPass {
  std::int64_t first_token = 0;
  int tokens = 1;
  bool prompt = false;
  double weight = 1.0;  // passes that it stands for
  std::int64_t past = 0;
};
std::vector<PlannedPass> plan_passes(const Scenario& scenario);

// Which passes are simulated in time: all, or `sampled` evenly spread ones of the prompt and of the
// answer.
std::vector<bool> sampled_passes(const std::vector<PlannedPass>& plan, int sampled);

// Bytes that the replay moves.
struct ModelExtents {
  std::vector<std::int64_t> expert_bytes;  // of one expert, by layer; 0: none
  std::vector<std::int64_t> dense_bytes;   // by layer
  std::int64_t outside_bytes = 0;          // read by every pass outside the layers
  int routed_layers = 0;
  int experts = 0;
  int per_token = 0;

  std::int64_t largest_read() const;  // an expert, or a dense layer
};
ModelExtents model_extents(const ModelSpec& model, const Footprint& footprint);

// What the device's pool holds besides the weights that the page cache may drop.
MemoryUse memory_use(const Scenario& scenario, const Placement& placement, const Pool& pool,
                     int pool_index);

}  // namespace plimsoll

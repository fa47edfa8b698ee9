#include "streaming/stream_plan.h"

#include <algorithm>

namespace plimsoll {

namespace {

// Longer prompts and answers are represented by so many passes, evenly spread.
constexpr std::int64_t most_passes = 4000;

// `count` passes alike in kind, the first of which begins at `first`.
void plan_run(std::int64_t count, const PlannedPass& first, std::vector<PlannedPass>& plan) {
  const std::int64_t passes = std::min(count, most_passes);
  for (std::int64_t i = 0; i < passes; ++i) {
    const std::int64_t at = i * count / passes;
    const std::int64_t next = (i + 1) * count / passes;
    PlannedPass pass = first;
    pass.first_token += at * first.tokens;
    pass.past += at * first.tokens;
    pass.weight = static_cast<double>(next - at);
    plan.push_back(pass);
  }
}

void spread(std::size_t first, std::size_t count, std::size_t share, std::vector<bool>& chosen) {
  const std::size_t number = std::min(share, count);
  for (std::size_t i = 0; i < number; ++i) chosen[first + i * count / number] = true;
  if (count > 0) chosen[first + count - 1] = true;
}

}  // namespace

std::vector<PlannedPass> plan_passes(const Scenario& scenario) {
  const Workload& w = scenario.workload;
  const bool layer_by_layer = scenario.engine->streaming->prefill == PrefillKind::layer_by_layer;
  const int chunk = layer_by_layer ? scenario.engine->prefill_chunk : 1;
  std::vector<PlannedPass> plan;
  plan_run(w.prompt / chunk, {.tokens = chunk, .prompt = true, .past = w.depth}, plan);
  if (const auto rest = static_cast<int>(w.prompt % chunk); rest > 0)
    plan.push_back({.first_token = w.prompt - rest,
                    .tokens = rest,
                    .prompt = true,
                    .past = w.depth + w.prompt - rest});
  plan_run(w.generate, {.first_token = w.prompt, .past = w.depth + w.prompt}, plan);
  return plan;
}

std::vector<bool> sampled_passes(const std::vector<PlannedPass>& plan, int sampled) {
  const bool all = sampled <= 0 || plan.size() <= static_cast<std::size_t>(sampled);
  std::vector<bool> chosen(plan.size(), all);
  if (all) return chosen;
  const auto answer = static_cast<std::size_t>(
      std::find_if(plan.begin(), plan.end(), [](const PlannedPass& p) { return !p.prompt; }) -
      plan.begin());
  const auto third = static_cast<std::size_t>(std::max(2, sampled / 3));
  spread(0, answer, third, chosen);
  spread(answer, plan.size() - answer, static_cast<std::size_t>(sampled) - third, chosen);
  return chosen;
}

std::int64_t ModelExtents::largest_read() const {
  const std::int64_t expert = *std::max_element(expert_bytes.begin(), expert_bytes.end());
  return expert > 0 ? expert : *std::max_element(dense_bytes.begin(), dense_bytes.end());
}

ModelExtents model_extents(const ModelSpec& model, const Footprint& footprint) {
  ModelExtents extents;
  extents.experts = model.moe ? model.moe->experts : 0;
  extents.per_token = model.moe ? model.moe->experts_per_token : 0;
  for (std::size_t l = 0; l < footprint.layer_weights.size(); ++l) {
    const Bytes routed = footprint.layer_experts[l];
    extents.expert_bytes.push_back(extents.experts > 0 ? integral(routed) / extents.experts : 0);
    extents.dense_bytes.push_back(integral(footprint.layer_weights[l] - routed));
    extents.routed_layers += extents.expert_bytes.back() > 0 ? 1 : 0;
  }
  for (const Tensor& tensor : footprint.tensors) {
    // Of the embedding a token reads one row.
    const bool rows_only = tensor.role == TensorRole::token_embedding && !model.tied_embeddings;
    if (tensor.layer < 0 && !rows_only) extents.outside_bytes += integral(tensor.bytes);
  }
  return extents;
}

MemoryUse memory_use(const Scenario& scenario, const Placement& placement, const Pool& pool,
                     int pool_index) {
  const PageCacheSpec& files = *scenario.streaming->files;
  MemoryUse use{.total = integral(pool.capacity),
                .reserved = integral(pool.os_reserved.value),
                .free_share = files.free_share.value,
                .file_floor = files.file_floor.value,
                .compression = files.compression ? files.compression->value : 0.0};
  for (const PoolLoad& load : placement.loads) {
    if (load.pool != pool_index) continue;
    for (const LoadItem& item : load.items) {
      const auto bytes = static_cast<std::int64_t>(item.bytes.value);
      if (item.kind == LoadKind::other_programs)
        use.reserved += bytes;
      else if (item.memory == WeightMemory::wired)
        use.wired += bytes;
      else if (item.memory == WeightMemory::anonymous)
        use.anonymous += bytes;
    }
  }
  return use;
}

}  // namespace plimsoll

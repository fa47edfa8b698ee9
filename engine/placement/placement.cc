#include "placement/placement.h"

#include <algorithm>
#include <cmath>
#include <map>
#include <numeric>

#include "catalog/figure_spread.h"

namespace plimsoll {

Bytes total(const RoleBytes& bytes) {
  return std::accumulate(bytes.begin(), bytes.end(), Bytes());
}

WeightDemand weight_demand(const Footprint& footprint, const ModelSpec& model) {
  WeightDemand demand;
  demand.layers.resize(model.layers.size());
  demand.tied = model.tied_embeddings;
  for (const Tensor& tensor : footprint.tensors) {
    const auto role = static_cast<std::size_t>(tensor.role);
    // A tied head copies the table of tokens, not that of learned positions.
    const bool table = tensor.role == TensorRole::token_embedding && tensor.rows == model.vocab;
    if (demand.tied && table)
      demand.output[static_cast<std::size_t>(TensorRole::output)] = tensor.bytes;
    if (tensor.layer >= 0)
      demand.layers[static_cast<std::size_t>(tensor.layer)][role] += tensor.bytes;
    else if (tensor.role == TensorRole::token_embedding)
      demand.input[role] += tensor.bytes;
    else
      demand.output[role] += tensor.bytes;
  }
  return demand;
}

bool Placement::fits() const {
  return possible() && short_by() == Bytes();
}

Bytes Placement::short_by() const {
  Bytes sum;
  for (const PoolLoad& load : loads) sum += load.short_by();
  return sum;
}

double Placement::fits_probability() const {
  if (!possible()) return 0.0;
  double probability = 1.0;
  for (const PoolLoad& load : loads) {
    const double sigma = (load.used.high - load.used.low) / (2.0 * z90);
    const double slack = load.usable.base() - load.used.value;
    const double p = sigma > 0.0 ? 0.5 * std::erfc(-slack / (sigma * std::sqrt(2.0)))
                                 : (slack >= 0.0 ? 1.0 : 0.0);
    probability *= p;
  }
  return probability;
}

std::size_t Placement::executor_count() const {
  std::size_t count = 0;
  for (const Stage& stage : stages) count += stage.executors.size();
  return count;
}

bool Placement::on_accelerators() const {
  return strategy != PlacementStrategy::cpu && strategy != PlacementStrategy::cpu_layers &&
         strategy != PlacementStrategy::cpu_experts;
}

int Placement::stage_of(int layer) const {
  for (std::size_t s = 0; s < stages.size(); ++s)
    if (layer < stages[s].first_layer + stages[s].layers) return static_cast<int>(s);
  return static_cast<int>(stages.size()) - 1;
}

namespace {

struct Sum {
  double value = 0.0;
  double variance = 0.0;  // independent estimates add their variances

  void add(const Estimate& part) {
    value += part.value;
    const double sigma = (part.high - part.low) / (2.0 * z90);
    variance += sigma * sigma;
  }
  Estimate estimate() const {
    const double half = z90 * std::sqrt(variance);
    return {.value = value, .low = value - half, .high = value + half};
  }
};

// Builds the loads of one placement, pool by pool.
class Ledger {
 public:
  Ledger(const PlacementRequest& request, std::int64_t context)
      : request_(request), scenario_(*request.scenario), context_(context) {}

  void weights(int executor, const RoleBytes& bytes, double share) {
    for (int role = 0; role < tensor_role_count; ++role) {
      const Bytes part = bytes[static_cast<std::size_t>(role)] * share;
      if (part == Bytes()) continue;
      add(executor, {.kind = LoadKind::weights,
                     .role = static_cast<TensorRole>(role),
                     .bytes = Estimate::exact(part.base()),
                     .wired = is_gpu(executor)});
    }
  }

  void cache(int executor, int layer, double share) {
    const Bytes bytes = cache_bytes(scenario_.model, layer, cache_options()) * share;
    if (bytes == Bytes()) return;
    add(executor, {.kind = LoadKind::cache, .bytes = Estimate::exact(bytes.base())});
  }

  void buffers(int executor, const Estimate& bytes) {
    add(executor, {.kind = LoadKind::buffers, .bytes = bytes});
  }

  // Every executor that works costs its backend's context once.
  void overhead(int executor) {
    add(executor, {.kind = LoadKind::overhead, .bytes = overhead_of(executor)});
  }
  Estimate overhead_of(int executor) const {
    return estimate_of(backend_of(executor).device_overhead);
  }

  // What this engine may allocate on the device of an accelerator.
  Bytes usable_of(int id) const {
    return usable_of(request_.fabric->pools()[static_cast<std::size_t>(executor(id).pool)]);
  }

  BufferEstimate buffer_estimate() const {
    return compute_buffers(scenario_.model, *scenario_.engine, context_, scenario_.workload.batch);
  }

  std::vector<PoolLoad> finish() {
    std::vector<PoolLoad> loads;
    const std::vector<Pool>& pools = request_.fabric->pools();
    for (std::size_t p = 0; p < pools.size(); ++p) {
      const Pool& pool = pools[p];
      const bool used = entries_.contains(static_cast<int>(p));
      if (!used) continue;
      PoolLoad load = close(static_cast<int>(p), pool, entries_[static_cast<int>(p)]);
      loads.push_back(std::move(load));
    }
    return loads;
  }

  CacheOptions cache_options() const {
    const EngineSpec& engine = *scenario_.engine;
    return {.context = context_,
            .sequences = scenario_.workload.batch,
            .format = scenario_.kv_format,
            .granule = engine.context_granule,
            .window_cache = engine.window_cache,
            .prefill_chunk = engine.prefill_chunk};
  }

 private:
  struct Entries {
    std::map<std::pair<LoadKind, TensorRole>, LoadItem> items;
    Sum gpu;  // allocations of GPU executors
    Sum all;
  };

  const Executor& executor(int id) const {
    return request_.fabric->executors()[static_cast<std::size_t>(id)];
  }
  bool is_gpu(int id) const { return executor(id).unit->kind == UnitKind::gpu; }

  const BackendSpec& backend_of(int id) const {
    return backend_on(scenario_, executor(id).unit->kind);
  }

  void add(int executor_id, const LoadItem& item) {
    Entries& entries = entries_[executor(executor_id).pool];
    entries.all.add(item.bytes);
    if (is_gpu(executor_id)) entries.gpu.add(item.bytes);
    auto [entry, fresh] = entries.items.try_emplace({item.kind, item.role}, item);
    if (fresh) return;
    Sum sum;
    sum.add(entry->second.bytes);
    sum.add(item.bytes);
    entry->second.bytes = sum.estimate();
    entry->second.wired = entry->second.wired || item.wired;
  }

  Bytes usable_of(const Pool& pool) const {
    const auto& share = scenario_.engine->memory_fraction;
    return pool.kind == PoolKind::device && share ? pool.capacity * share->value : pool.gpu_usable;
  }

  PoolLoad close(int id, const Pool& pool, Entries& entries) const {
    PoolLoad load{.pool = id, .items = {}, .usable = pool.capacity, .limit = {}, .used = {}};
    for (auto& [key, item] : entries.items) load.items.push_back(item);
    if (pool.kind == PoolKind::device) {
      if (scenario_.engine->memory_fraction) {
        load.usable = usable_of(pool);
        load.limit = "share of the device " + scenario_.engine->name + " claims";
      }
      load.used = entries.all.estimate();
      return load;
    }
    const Estimate reserved = estimate_of(pool.os_reserved);
    const Bytes left = pool.capacity - Bytes(reserved.value);
    const Estimate gpu = entries.gpu.estimate();
    const bool gpu_limit_binds =
        pool.kind == PoolKind::unified && gpu.value > 0.0 &&
        pool.gpu_usable.base() - gpu.value < left.base() - entries.all.estimate().value;
    if (gpu_limit_binds) {
      // What the CPU's work takes of the same memory does not count against the GPU's limit.
      load.usable = pool.gpu_usable + Bytes(entries.all.value - entries.gpu.value);
      load.limit = pool.gpu_limit;
      if (entries.all.value > entries.gpu.value) load.limit += ", and what the CPU works on";
      load.used = entries.all.estimate();
      return load;
    }
    load.usable = left;
    load.limit = "memory less what the operating system takes";
    Sum uncertain = entries.all;
    uncertain.add({.value = 0.0,
                   .low = reserved.low - reserved.value,
                   .high = reserved.high - reserved.value});
    load.used = uncertain.estimate();
    return load;
  }

  const PlacementRequest& request_;
  const Scenario& scenario_;
  std::int64_t context_;
  std::map<int, Entries> entries_;
};

// One placement to be tried: the strategy with its parameters.
struct Plan {
  PlacementStrategy strategy = PlacementStrategy::single;
  std::vector<int> executors;  // accelerators used
  int gpu_layers = 0;          // cpu_layers
  int cpu_expert_layers = 0;   // cpu_experts
};

std::string gpu_count(std::size_t count) {
  return count == 1 ? "one GPU" : std::to_string(count) + " GPUs";
}

class Builder {
 public:
  Builder(const PlacementRequest& request, std::int64_t context)
      : request_(request),
        scenario_(*request.scenario),
        model_(request.scenario->model),
        context_(context) {}

  Placement build(const Plan& plan) const {
    Placement placement;
    placement.strategy = plan.strategy;
    placement.cpu = request_.fabric->cpu(0);
    placement.experts_on_cpu.assign(model_.layers.size(), false);
    placement.refusal = refusal(plan);
    if (!placement.possible()) return placement;
    lay_out(plan, placement);
    fill(plan, placement);
    placement.description = describe(plan, placement);
    return placement;
  }

 private:
  int layer_count() const { return static_cast<int>(model_.layers.size()); }

  std::string refusal(const Plan& plan) const {
    const std::size_t degree = plan.executors.size();
    const auto divides = [degree](int count) { return count % static_cast<int>(degree) == 0; };
    const bool needs_cpu = plan.strategy == PlacementStrategy::cpu ||
                           plan.strategy == PlacementStrategy::cpu_layers ||
                           plan.strategy == PlacementStrategy::cpu_experts;
    if (needs_cpu && request_.fabric->cpu(0) < 0) return "the machine has no CPU to run layers on";
    if (plan.strategy != PlacementStrategy::cpu && plan.executors.empty())
      return "the machine has no accelerator this engine's backend runs on";
    if (plan.strategy == PlacementStrategy::cpu_experts && !model_.moe)
      return model_.name + " has no routed experts";
    if (plan.strategy != PlacementStrategy::tensor_parallel) return {};
    if (!divides(model_.attention.heads))
      return std::to_string(model_.attention.heads) + " attention heads do not divide by " +
             std::to_string(degree);
    const int kv = model_.attention.kv_heads;
    if (model_.attention.kind == AttentionKind::gqa && kv % static_cast<int>(degree) != 0 &&
        static_cast<int>(degree) % kv != 0)
      return std::to_string(kv) + " KV heads neither divide by " + std::to_string(degree) +
             " nor divide it";
    if (model_.ffn_width > 0 && !divides(model_.ffn_width))
      return "FFN width " + std::to_string(model_.ffn_width) + " does not divide by " +
             std::to_string(degree);
    if (model_.moe && !divides(model_.moe->expert_width))
      return "expert width " + std::to_string(model_.moe->expert_width) + " does not divide by " +
             std::to_string(degree);
    return {};
  }

  void lay_out(const Plan& plan, Placement& placement) const {
    const int layers = layer_count();
    switch (plan.strategy) {
      case PlacementStrategy::layer_split: {
        std::vector<double> weights;
        for (int layer = 0; layer < layers; ++layer) weights.push_back(layer_bytes(layer).base());
        // The head rides with the last layers.
        if (!weights.empty()) weights.back() += total(request_.demand->output).base();
        const std::vector<int> counts = partition_layers(weights, room_for_layers(plan.executors));
        int first = 0;
        for (std::size_t s = 0; s < counts.size(); ++s) {
          placement.stages.push_back(
              {.executors = {plan.executors[s]}, .first_layer = first, .layers = counts[s]});
          first += counts[s];
        }
        break;
      }
      case PlacementStrategy::cpu:
        placement.stages = {{.executors = {placement.cpu}, .first_layer = 0, .layers = layers}};
        break;
      case PlacementStrategy::cpu_layers: {
        // llama.cpp keeps the first layers on the CPU and the last ones, with the head, on the GPU.
        const int on_cpu = layers - plan.gpu_layers;
        placement.stages = {
            {.executors = {placement.cpu}, .first_layer = 0, .layers = on_cpu},
            {.executors = plan.executors, .first_layer = on_cpu, .layers = plan.gpu_layers}};
        break;
      }
      case PlacementStrategy::cpu_experts: {
        placement.stages = {{.executors = plan.executors, .first_layer = 0, .layers = layers}};
        int left = plan.cpu_expert_layers;
        for (int layer = 0; layer < layers && left > 0; ++layer) {
          if (model_.layers[static_cast<std::size_t>(layer)].ffn != LayerFfn::moe) continue;
          placement.experts_on_cpu[static_cast<std::size_t>(layer)] = true;
          --left;
        }
        break;
      }
      default:
        placement.stages = {{.executors = plan.executors, .first_layer = 0, .layers = layers}};
    }
  }

  Bytes layer_bytes(int layer) const {
    return total(request_.demand->layers[static_cast<std::size_t>(layer)]) +
           cache_bytes(model_, layer, Ledger(request_, context_).cache_options());
  }

  // What each device has left for layers once buffers and overhead are there, so that the split
  // finds a way whenever there is one. At least a byte, for a device that has nothing left.
  std::vector<double> room_for_layers(const std::vector<int>& executors) const {
    const Ledger ledger(request_, context_);
    const BufferEstimate buffers = ledger.buffer_estimate();
    std::vector<double> room;
    for (int id : executors) {
      const double fixed = buffers.layers.value + ledger.overhead_of(id).value;
      room.push_back(std::max(1.0, ledger.usable_of(id).base() - fixed));
    }
    room.back() = std::max(1.0, room.back() - buffers.output.value);
    if (!scenario_.engine->host_embedding || request_.fabric->cpu(0) < 0)
      room.front() = std::max(1.0, room.front() - total(request_.demand->input).base());
    return room;
  }

  // Norms and routers are whole on every member of a group; the rest is cut.
  static bool replicated(TensorRole role) {
    return role == TensorRole::norm || role == TensorRole::router;
  }

  void group_weights(Ledger& ledger, const Stage& stage, const RoleBytes& bytes) const {
    const double share = 1.0 / static_cast<double>(stage.executors.size());
    RoleBytes cut = bytes;
    RoleBytes whole{};
    for (int role = 0; role < tensor_role_count; ++role)
      if (replicated(static_cast<TensorRole>(role)))
        std::swap(cut[static_cast<std::size_t>(role)], whole[static_cast<std::size_t>(role)]);
    for (int executor : stage.executors) {
      ledger.weights(executor, cut, share);
      ledger.weights(executor, whole, 1.0);
    }
  }

  void group_cache(Ledger& ledger, const Stage& stage, PlacementStrategy strategy,
                   int layer) const {
    const std::size_t degree = stage.executors.size();
    if (strategy == PlacementStrategy::row_split || degree == 1) {
      ledger.cache(stage.executors.front(), layer, 1.0);
      return;
    }
    const bool linear =
        model_.layers[static_cast<std::size_t>(layer)].attention == LayerAttention::linear;
    // A latent cache has one head, so every member keeps all of it.
    const int heads = linear                                        ? model_.linear->v_heads
                      : model_.attention.kind == AttentionKind::mla ? 1
                                                                    : model_.attention.kv_heads;
    const double share =
        1.0 / static_cast<double>(std::min<std::size_t>(degree, static_cast<std::size_t>(heads)));
    for (int executor : stage.executors) ledger.cache(executor, layer, share);
  }

  void fill(const Plan& plan, Placement& placement) const {
    Ledger ledger(request_, context_);
    const WeightDemand& demand = *request_.demand;
    for (const Stage& stage : placement.stages) {
      for (int layer = stage.first_layer; layer < stage.first_layer + stage.layers; ++layer) {
        RoleBytes bytes = demand.layers[static_cast<std::size_t>(layer)];
        if (placement.experts_on_cpu[static_cast<std::size_t>(layer)]) {
          RoleBytes experts{};
          const auto role = static_cast<std::size_t>(TensorRole::routed_experts);
          std::swap(experts[role], bytes[role]);
          ledger.weights(placement.cpu, experts, 1.0);
        }
        group_weights(ledger, stage, bytes);
        group_cache(ledger, stage, plan.strategy, layer);
      }
    }
    // Stages without layers hold neither embedding nor head.
    const auto works = [](const Stage& stage) { return stage.layers > 0; };
    const Stage& first = *std::find_if(placement.stages.begin(), placement.stages.end(), works);
    const Stage& last = *std::find_if(placement.stages.rbegin(), placement.stages.rend(), works);
    // In unified memory there is no other place for it than where the GPU reads, too.
    const bool embedding_on_host = scenario_.engine->host_embedding && placement.cpu >= 0 &&
                                   !same_pool(placement.cpu, first.executors.front());
    placement.embedding_executor = embedding_on_host ? placement.cpu : first.executors.front();
    if (embedding_on_host)
      ledger.weights(placement.cpu, demand.input, 1.0);
    else
      group_weights(ledger, first, demand.input);
    const bool shares_embedding =
        demand.tied && same_pool(placement.embedding_executor, last.executors.front());
    RoleBytes output = demand.output;
    if (shares_embedding) output[static_cast<std::size_t>(TensorRole::output)] = Bytes();
    group_weights(ledger, last, output);

    const BufferEstimate buffers = ledger.buffer_estimate();
    for (const Stage& stage : placement.stages)
      for (int executor : stage.executors) ledger.buffers(executor, buffers.layers);
    ledger.buffers(last.executors.front(), buffers.output);
    for (int executor : used_executors(placement)) ledger.overhead(executor);
    placement.loads = ledger.finish();
  }

  bool same_pool(int a, int b) const {
    const auto& executors = request_.fabric->executors();
    return executors[static_cast<std::size_t>(a)].pool ==
           executors[static_cast<std::size_t>(b)].pool;
  }

  static std::vector<int> used_executors(const Placement& placement) {
    std::vector<int> used;
    for (const Stage& stage : placement.stages)
      used.insert(used.end(), stage.executors.begin(), stage.executors.end());
    std::sort(used.begin(), used.end());
    used.erase(std::unique(used.begin(), used.end()), used.end());
    return used;
  }

  std::string describe(const Plan& plan, const Placement& placement) const {
    const std::size_t count = plan.executors.size();
    const std::string of_layers = " of " + std::to_string(layer_count()) + " layers";
    switch (plan.strategy) {
      case PlacementStrategy::cpu:
        return "all layers on the CPU";
      case PlacementStrategy::layer_split: {
        std::string counts;
        for (const Stage& stage : placement.stages)
          counts += (counts.empty() ? "" : " + ") + std::to_string(stage.layers);
        return "layers split over " + gpu_count(count) + " (" + counts + ")";
      }
      case PlacementStrategy::row_split:
        return "rows split over " + gpu_count(count);
      case PlacementStrategy::tensor_parallel:
        return "tensor parallel over " + gpu_count(count);
      case PlacementStrategy::cpu_layers:
        return std::to_string(plan.gpu_layers) + of_layers + " on " + gpu_count(count) +
               ", the rest on the CPU";
      case PlacementStrategy::cpu_experts:
        return "routed experts of " + std::to_string(plan.cpu_expert_layers) + of_layers +
               " on the CPU, all else on " + gpu_count(count);
      default:
        return "all layers on one GPU";
    }
  }

  const PlacementRequest& request_;
  const Scenario& scenario_;
  const ModelSpec& model_;
  std::int64_t context_;
};

bool supports(const EngineSpec& engine, Parallelism parallelism) {
  return std::find(engine.parallelism.begin(), engine.parallelism.end(), parallelism) !=
         engine.parallelism.end();
}

int moe_layers(const ModelSpec& model) {
  return static_cast<int>(
      std::count_if(model.layers.begin(), model.layers.end(),
                    [](const LayerSpec& layer) { return layer.ffn == LayerFfn::moe; }));
}

// The largest n in [0, limit] for which `fits(n)` holds, given that it holds for smaller n when it
// holds for n.
template <class Predicate>
std::optional<int> largest_fitting(int limit, Predicate fits) {
  if (!fits(0)) return std::nullopt;
  int low = 0;
  int high = limit;
  while (low < high) {
    const int middle = low + (high - low + 1) / 2;
    if (fits(middle))
      low = middle;
    else
      high = middle - 1;
  }
  return low;
}

class Search {
 public:
  Search(const PlacementRequest& request, std::int64_t context)
      : scenario_(*request.scenario),
        builder_(request, context),
        gpus_(request.fabric->accelerators(0)) {
    if (scenario_.backend->unit != UnitKind::gpu) gpus_.clear();
    const auto& wanted = scenario_.spec.accelerators;
    if (wanted.has() && static_cast<std::size_t>(*wanted.value) < gpus_.size())
      gpus_.resize(static_cast<std::size_t>(*wanted.value));
  }

  std::vector<Placement> run() {
    if (scenario_.placement != PlacementStrategy::automatic) {
      forced(scenario_.placement);
      return std::move(found_);
    }
    whole_on_accelerators();
    if (!any_fits()) with_cpu();
    if (found_.empty()) forced(PlacementStrategy::single);
    return std::move(found_);
  }

 private:
  bool any_fits() const {
    return std::any_of(found_.begin(), found_.end(), [](const Placement& p) { return p.fits(); });
  }

  std::vector<int> first_gpus(std::size_t count) const {
    return {gpus_.begin(), gpus_.begin() + static_cast<std::ptrdiff_t>(count)};
  }

  void add(const Plan& plan) { found_.push_back(builder_.build(plan)); }

  void forced(PlacementStrategy strategy) {
    switch (strategy) {
      case PlacementStrategy::single:
        add({.strategy = strategy,
             .executors = first_gpus(std::min<std::size_t>(1, gpus_.size()))});
        break;
      case PlacementStrategy::cpu:
        add({.strategy = strategy, .executors = {}});
        break;
      case PlacementStrategy::cpu_layers:
        cpu_layers(true);
        break;
      case PlacementStrategy::cpu_experts:
        cpu_experts(true);
        break;
      default:
        add({.strategy = strategy, .executors = gpus_});
    }
  }

  void whole_on_accelerators() {
    if (gpus_.empty()) return;
    add({.strategy = PlacementStrategy::single, .executors = first_gpus(1)});
    const bool tensor = supports(*scenario_.engine, Parallelism::tensor_parallel);
    const bool layers = supports(*scenario_.engine, Parallelism::layer_split);
    for (std::size_t count = 2; count <= gpus_.size(); ++count) {
      const bool power_of_two = (count & (count - 1)) == 0;
      if (tensor && (power_of_two || count == gpus_.size())) {
        const Plan plan{.strategy = PlacementStrategy::tensor_parallel,
                        .executors = first_gpus(count)};
        if (Placement placement = builder_.build(plan); placement.possible())
          found_.push_back(std::move(placement));
      }
      if (layers && !any_fits_split(PlacementStrategy::layer_split))
        add({.strategy = PlacementStrategy::layer_split, .executors = first_gpus(count)});
    }
  }

  // More stages never make one stream faster, so the smallest split that fits is enough.
  bool any_fits_split(PlacementStrategy strategy) const {
    return std::any_of(found_.begin(), found_.end(), [strategy](const Placement& p) {
      return p.fits() && (p.strategy == strategy || p.strategy == PlacementStrategy::single);
    });
  }

  void with_cpu() {
    if (!gpus_.empty() && supports(*scenario_.engine, Parallelism::cpu_experts) &&
        scenario_.model.moe)
      cpu_experts(false);
    if (!gpus_.empty() && !any_fits() && supports(*scenario_.engine, Parallelism::cpu_layers))
      cpu_layers(false);
    const bool runs_on_cpu =
        scenario_.backend->unit == UnitKind::cpu || find_backend(*scenario_.engine, "cpu");
    if (!any_fits() && runs_on_cpu) add({.strategy = PlacementStrategy::cpu, .executors = {}});
  }

  void cpu_experts(bool asked) {
    const int layers = moe_layers(scenario_.model);
    const auto plan = [&](int on_cpu) {
      return Plan{.strategy = PlacementStrategy::cpu_experts,
                  .executors = first_gpus(std::min<std::size_t>(1, gpus_.size())),
                  .cpu_expert_layers = on_cpu};
    };
    if (asked && scenario_.spec.cpu_expert_layers.has()) {
      add(plan(std::min(layers, *scenario_.spec.cpu_expert_layers.value)));
      return;
    }
    const auto kept = largest_fitting(layers, [&](int on_gpu) {
      const Placement placement = builder_.build(plan(layers - on_gpu));
      return placement.possible() && gpu_fits(placement);
    });
    add(plan(layers - kept.value_or(0)));
  }

  void cpu_layers(bool asked) {
    const int layers = static_cast<int>(scenario_.model.layers.size());
    const auto plan = [&](int on_gpu) {
      return Plan{.strategy = PlacementStrategy::cpu_layers,
                  .executors = first_gpus(std::min<std::size_t>(1, gpus_.size())),
                  .gpu_layers = on_gpu};
    };
    if (asked && scenario_.spec.gpu_layers.has()) {
      add(plan(std::min(layers, *scenario_.spec.gpu_layers.value)));
      return;
    }
    const auto kept = largest_fitting(layers, [&](int on_gpu) {
      const Placement placement = builder_.build(plan(on_gpu));
      return placement.possible() && gpu_fits(placement);
    });
    add(plan(kept.value_or(0)));
  }

  // The accelerators' own pools; main memory is judged afterwards.
  static bool gpu_fits(const Placement& placement) {
    return placement.loads.front().short_by() == Bytes();
  }

  const Scenario& scenario_;
  Builder builder_;
  std::vector<int> gpus_;
  std::vector<Placement> found_;
};

}  // namespace

std::vector<Placement> candidate_placements(const PlacementRequest& request, std::int64_t context) {
  return Search(request, context).run();
}

std::optional<std::int64_t> largest_context(const PlacementRequest& request,
                                            const Placement& placement) {
  const std::int64_t granule = request.scenario->engine->context_granule;
  const std::int64_t most = request.scenario->model.max_context / granule;
  Scenario fixed = *request.scenario;
  fixed.placement = placement.strategy;
  fixed.spec.accelerators.value = static_cast<int>(placement.executor_count());
  const PlacementRequest same{
      .scenario = &fixed, .fabric = request.fabric, .demand = request.demand};
  const auto fits = [&](std::int64_t granules) {
    for (const Placement& candidate : candidate_placements(same, granules * granule))
      if (candidate.fits()) return true;
    return false;
  };
  if (most < 1 || !fits(1)) return std::nullopt;
  const auto best = largest_fitting(static_cast<int>(most - 1), [&](int n) { return fits(n + 1); });
  return (static_cast<std::int64_t>(*best) + 1) * granule;
}

}  // namespace plimsoll

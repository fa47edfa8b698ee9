#include "plan/bounds.h"

#include <algorithm>
#include <cmath>

#include "base/ceil_div.h"
#include "base/contains.h"
#include "lowering/operators.h"

namespace plimsoll {
namespace {

constexpr double flop_per_multiply_add = 2.0;

// Vectors are no matrix products; what is read of them is left out, which only loosens the bound.
bool is_matrix(const Tensor& tensor) {
  switch (tensor.cls) {
    case TensorClass::norm:
    case TensorClass::bias:
    case TensorClass::state:
    case TensorClass::convolution:
      return false;
    default:
      return tensor.rows > 1;
  }
}

bool is_head(const Tensor& tensor, const ModelSpec& model) {
  if (tensor.role == TensorRole::output) return true;
  return model.tied_embeddings && tensor.cls == TensorClass::token_embedding &&
         tensor.rows == model.vocab;
}

// Tensors that a pass multiplies with for certain. Side tensors of grouped attention (gates and
// the like) may ride in other products.
bool is_read(const Tensor& tensor, const ModelSpec& model) {
  if (!is_matrix(tensor)) return false;
  if (tensor.layer < 0) return is_head(tensor, model);
  if (tensor.role != TensorRole::attention || model.attention.kind != AttentionKind::gqa)
    return true;
  return tensor.cls == TensorClass::attention_q || tensor.cls == TensorClass::attention_k ||
         tensor.cls == TensorClass::attention_v || tensor.cls == TensorClass::attention_output;
}

}  // namespace

QuantizedWork quantized_work(const ModelSpec& model, const QuantizationSpec& recipe,
                             Catalog& catalog, Diagnostics& diagnostics) {
  std::vector<Tensor> tensors = enumerate_tensors(model);
  assign_formats(tensors, model, recipe, {}, catalog, diagnostics);
  QuantizedWork work;
  if (diagnostics.has_errors()) return work;
  for (const Tensor& tensor : tensors) {
    work.weights += tensor.bytes;
    if (!is_read(tensor, model)) continue;
    QuantizedWork::Read& read = work.reads[tensor.format->kernel_family];
    const bool routed = tensor.role == TensorRole::routed_experts;
    (routed ? read.experts : read.dense) += tensor.bytes;
    (routed ? work.expert_read : work.dense_read) += tensor.bytes;
    // The head runs on the last token of a prompt only.
    if (tensor.layer < 0) continue;
    const double share =
        routed ? static_cast<double>(model.moe->experts_per_token) / model.moe->experts : 1.0;
    work.prompt_elements += share * static_cast<double>(tensor.elements());
  }
  work.bits_per_weight = 8.0 * work.weights.base() / static_cast<double>(count_parameters(tensors));
  return work;
}

namespace {

CacheOptions cache_options(const Scenario& scenario, int batch) {
  const EngineSpec& engine = *scenario.engine;
  return {.context = scenario.workload.context,
          .sequences = batch,
          .format = scenario.kv_format,
          .granule = engine.context_granule,
          .window_cache = engine.window_cache,
          .prefill_chunk = engine.prefill_chunk};
}

// Cached tokens, or entries that stand for several, that one decoded token attends to at least.
std::int64_t attended(const ModelSpec& model, LayerAttention attention, std::int64_t past) {
  if (attention == LayerAttention::linear) return 0;
  const auto at_most = [](std::int64_t limit, std::int64_t all) {
    return limit > 0 ? std::min(limit, all) : all;
  };
  const std::int64_t chosen = model.attention.indexer ? model.attention.indexer->top_k : 0;
  if (const int tokens = entry_tokens(model.attention, attention))
    return at_most(model.window, past + 1) +
           at_most(attention == LayerAttention::compressed_sparse ? chosen : 0, past / tokens);
  return at_most(has_window(attention) ? model.window : chosen, past + 1);
}

}  // namespace

CacheWork cache_work(const Scenario& scenario, int batch) {
  const ModelSpec& model = scenario.model;
  const Workload& w = scenario.workload;
  const double sequences = batch;
  CacheWork work;
  const CacheOptions options = cache_options(scenario, batch);
  for (int layer = 0; layer < static_cast<int>(model.layers.size()); ++layer) {
    const CacheShape shape = cache_shape(model, layer);
    const double token_bytes =
        static_cast<double>(shape.elements_per_token) * scenario.kv_format->bits_per_weight() / 8.0;
    const LayerAttention attention = model.layers[static_cast<std::size_t>(layer)].attention;
    work.total += cache_bytes(model, layer, options);
    work.fixed += shape.fixed_per_sequence * sequences;
    work.read +=
        Bytes(token_bytes * static_cast<double>(attended(model, attention, w.depth + w.prompt)) *
              sequences);
    const bool windowed = attention == LayerAttention::windowed && !model.full_size_cache &&
                          scenario.engine->window_cache;
    if (!windowed && attention != LayerAttention::linear)
      work.per_token += cached_per_token(shape, scenario.kv_format->bits_per_weight()) * sequences;
  }
  return work;
}

namespace {

bool helps(const EngineSpec& engine) {
  const bool has_cpu = find_backend(engine, "cpu") != nullptr;
  return has_cpu ||
         std::any_of(engine.parallelism.begin(), engine.parallelism.end(), [](Parallelism p) {
           return p == Parallelism::cpu_layers || p == Parallelism::cpu_experts;
         });
}

// The best that any product reaches on such a unit: vector units with packed operands, or a matrix
// path.
FlopPerSecond best_rate(const Executor& executor, const BackendSpec& backend,
                        const RoofTable& roofs) {
  FlopPerSecond vector = matrix_roof(executor, Precision::fp32, roofs).value;
  if (vector == FlopPerSecond()) vector = matrix_roof(executor, Precision::fp16, roofs).value;
  FlopPerSecond best = vector * std::max(1.0, backend.packed_dot.value);
  for (const MatrixPath& path : backend.matrix)
    for (const Precision precision :
         executor.unit->matrix_units || path.on_lanes.empty() ? path.precisions : path.on_lanes)
      best = std::max(best, matrix_roof(executor, precision, roofs).value *
                                std::max(1.0, path.efficiency.value));
  // The cost model takes no time for what it knows no rate of.
  return best > FlopPerSecond() ? best : FlopPerSecond(INFINITY);
}

void add_executor(MachineRoofs::Unit& unit, const Executor& executor, const RoofTable& roofs) {
  ++unit.count;
  unit.memory = std::max(unit.memory, executor.memory.value);
  unit.compute += best_rate(executor, *unit.backend, roofs);
}

Bytes usable_of(const Pool& pool, const EngineSpec& engine) {
  if (pool.kind != PoolKind::device) return pool.capacity - pool.os_reserved.value;
  return engine.memory_fraction ? pool.capacity * engine.memory_fraction->value : pool.gpu_usable;
}

}  // namespace

MachineRoofs machine_roofs(const Scenario& scenario, const Fabric& machine,
                           const RoofTable& roofs) {
  const EngineSpec& engine = *scenario.engine;
  const bool on_gpu = scenario.backend->unit == UnitKind::gpu;
  const bool cpu_helps = !on_gpu || helps(engine);
  MachineRoofs result;
  result.cpu.backend = &backend_on(scenario, UnitKind::cpu);
  result.gpu.backend = &backend_on(scenario, UnitKind::gpu);
  for (const Executor& executor : machine.executors()) {
    if (executor.unit->kind == UnitKind::cpu && cpu_helps)
      add_executor(result.cpu, executor, roofs);
    if (executor.unit->kind == UnitKind::gpu && on_gpu) add_executor(result.gpu, executor, roofs);
  }
  for (const Pool& pool : machine.pools()) {
    if (pool.kind == PoolKind::host && !cpu_helps && !engine.host_embedding) continue;
    if (pool.kind == PoolKind::device && !on_gpu) continue;
    const Bytes usable = usable_of(pool, engine);
    result.usable += usable;
    if (pool.kind == PoolKind::device)
      result.accelerator_usable += usable;
    else if (pool.kind == PoolKind::unified && on_gpu)
      result.accelerator_usable += std::min(usable, pool.gpu_usable);
  }
  return result;
}

namespace {

bool is_serial(Parallelism parallelism) {
  switch (parallelism) {
    case Parallelism::layer_split:
    case Parallelism::row_split:  // only ever placed where the user asks for it
    case Parallelism::cpu_layers:
    case Parallelism::cpu_experts:
      return true;
    default:
      return false;
  }
}

bool all_serial(const std::vector<Parallelism>& list) {
  return std::all_of(list.begin(), list.end(), is_serial);
}

// Bytes per second of the unit that a kernel streams fastest from; `efficiency` of its backend, as
// it is or as a profile leaves it.
template <class Efficiency>
double fastest_stream(const MachineRoofs& machine, const Efficiency& efficiency) {
  double fastest = 0.0;
  for (const MachineRoofs::Unit* unit : {&machine.gpu, &machine.cpu}) {
    if (unit->count == 0) continue;
    double best = efficiency(*unit->backend);
    for (const auto& [part, profiled] : unit->backend->profiled)
      best = std::max(best, efficiency(*profiled));
    fastest = std::max(fastest, unit->memory.base() * best);
  }
  return fastest;
}

double weights_rate(const MachineRoofs& machine, const std::string& family, bool experts) {
  return fastest_stream(machine, [&](const BackendSpec& backend) {
    return bandwidth_of(backend, family).value * (experts ? backend.expert_bandwidth.value : 1.0);
  });
}

double cache_rate(const MachineRoofs& machine) {
  return fastest_stream(
      machine, [](const BackendSpec& backend) { return backend.attention_bandwidth.value; });
}

double time_to_read(Bytes bytes, double rate) {
  return bytes > Bytes() && rate > 0.0 ? bytes.base() / rate : 0.0;
}

// Executor-seconds in which a step reads its bytes, each kind from the unit that is fastest at it.
struct Reading {
  double dense = 0.0;
  double experts = 0.0;          // that all sequences touch
  double experts_of_part = 0.0;  // that one part of them touches
  double cache = 0.0;
  double all() const { return dense + experts + cache; }
};

// Most parts into which a pipeline cuts the batch.
int most_parts(const MachineRoofs& machine, const Deployed& deployed) {
  const int units = (machine.gpu.count + machine.cpu.count) * deployed.machines;
  return std::min(units, deployed.batch);
}

// The least time of a step over everything the engine could do. Products that it divides are read
// by all members at the same time, over several machines at the price of two collectives a layer;
// runs of layers follow one another, whatever the batch, so a part of it passes all of them;
// divided experts leave the rest whole on each member.
double reading_seconds(const Scenario& scenario, const Deployed& deployed,
                       const MachineRoofs& machine, const Reading& reading) {
  if (works_in_turn(scenario)) return reading.all();
  const double inside = machine.gpu.count + machine.cpu.count;
  const double all = inside * deployed.machines;
  double least = reading.all() / inside;
  const auto& able = scenario.engine->parallelism;
  const auto& remote = scenario.engine->remote;
  const bool spreads = deployed.machines > 1 && remote;
  if (spreads && contains(remote->parallelism, Parallelism::tensor_parallel)) {
    const double collectives = 2.0 * static_cast<double>(scenario.model.layers.size()) *
                               remote->collective_overhead.value.base();
    least = std::min(least, reading.all() / all + collectives);
  }
  if (contains(able, Parallelism::pipeline_parallel) && deployed.batch > 1) {
    const double parts = most_parts(machine, deployed);
    least =
        std::min(least, (reading.dense + reading.experts_of_part + reading.cache / parts) / inside);
  }
  if (spreads && contains(remote->parallelism, Parallelism::expert_parallel))
    least = std::min(least, reading.dense + (reading.experts + reading.cache) / all);
  return least;
}

// What accelerators have no room for is read by CPUs, experts first: a token needs few of those.
double overflow_seconds(const Scenario& scenario, const Deployed& deployed,
                        const MachineRoofs& machine, const QuantizedWork& work,
                        const CacheWork& cache, double touched) {
  const int offload = scenario.engine->offload_rows;
  const bool carried = offload > 0 && deployed.batch >= offload;
  if (machine.gpu.count == 0 || machine.cpu.count == 0 || carried) return 0.0;
  const double machines = deployed.machines;
  const Bytes all = work.dense_read + work.expert_read + cache.total;
  const Bytes over = all - machine.accelerator_usable * machines;
  if (!(over > Bytes())) return 0.0;
  // What stays behind may be what this token does not read: the cache's empty cells.
  const Bytes unread = std::min(over, cache.total);
  const Bytes experts = std::min(over - unread, work.expert_read);
  const Bytes read = experts * touched + (over - unread - experts);
  const double at_once = works_in_turn(scenario) ? 1.0 : machines;
  return read.base() / (machine.cpu.memory.base() * machine.cpu.count * at_once);
}

// Share of the routed experts that a step with a token of each sequence touches.
double touched_experts(const ModelSpec& model, int sequences) {
  if (!model.moe) return 0.0;
  return expected_distinct_experts(*model.moe, sequences, sequences) / model.moe->experts;
}

}  // namespace

bool works_in_turn(const Scenario& scenario) {
  const EngineSpec& engine = *scenario.engine;
  return all_serial(engine.parallelism) &&
         (!engine.remote || all_serial(engine.remote->parallelism));
}

Bounds bound_of(const Scenario& scenario, const Deployed& deployed, const MachineRoofs& machine,
                const QuantizedWork& work, const CacheWork& cache) {
  const ModelSpec& model = scenario.model;
  const double machines = deployed.machines;
  Bounds bound;
  const Bytes usable = machine.usable * machines;
  bound.fits = must_stream(scenario) || work.weights + cache.total <= usable;

  const double touched = touched_experts(model, deployed.batch);
  const int parts = std::max(1, most_parts(machine, deployed));
  const double touched_by_part = touched_experts(model, ceil_div(deployed.batch, parts));
  Reading reading{.cache = time_to_read(cache.read, cache_rate(machine))};
  for (const auto& [family, read] : work.reads) {
    const double experts = time_to_read(read.experts, weights_rate(machine, family, true));
    reading.dense += time_to_read(read.dense, weights_rate(machine, family, false));
    reading.experts += experts * touched;
    reading.experts_of_part += experts * touched_by_part;
  }
  const double overflow = overflow_seconds(scenario, deployed, machine, work, cache, touched);
  const FlopPerSecond compute = (machine.gpu.compute + machine.cpu.compute) * machines;
  const double per_token = flop_per_multiply_add * work.prompt_elements / compute.base();
  const double step = std::max({reading_seconds(scenario, deployed, machine, reading), overflow,
                                per_token * deployed.batch});
  bound.decode_tokens_per_second = step > 0.0 ? 1.0 / step : INFINITY;
  bound.time_to_first_token =
      Seconds(per_token * static_cast<double>(scenario.workload.prompt) * deployed.batch);

  const std::int64_t granule = scenario.engine->context_granule;
  bound.largest_context = model.max_context / granule * granule;
  const Bytes left = usable - work.weights - cache.fixed;
  if (cache.per_token > Bytes() && left > Bytes()) {
    const double tokens = std::floor(left / cache.per_token);
    if (tokens < static_cast<double>(bound.largest_context))
      bound.largest_context = static_cast<std::int64_t>(tokens);
  }
  return bound;
}

}  // namespace plimsoll

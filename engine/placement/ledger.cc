#include "placement/ledger.h"

#include <algorithm>
#include <cmath>

#include "catalog/figure_spread.h"

namespace plimsoll {

void Ledger::Sum::add(const Estimate& part) {
  value += part.value;
  below += (part.value - part.low) * (part.value - part.low);
  above += (part.high - part.value) * (part.high - part.value);
}

Estimate Ledger::Sum::estimate() const {
  return {.value = value, .low = value - std::sqrt(below), .high = value + std::sqrt(above)};
}

Ledger::Ledger(const PlacementRequest& request, std::int64_t context)
    : request_(request), scenario_(*request.scenario), context_(context) {}

void Ledger::weights(int executor, const RoleBytes& bytes, double share) {
  for (int role = 0; role < tensor_role_count; ++role) {
    const Bytes part = bytes[static_cast<std::size_t>(role)] * share;
    if (part == Bytes()) continue;
    add(executor, {.kind = LoadKind::weights,
                   .role = static_cast<TensorRole>(role),
                   .bytes = Estimate::exact(part.base()),
                   .memory = is_gpu(executor) ? WeightMemory::wired : WeightMemory::mapped});
  }
}

void Ledger::weights(int executor, const RoleBytes& bytes, WeightMemory memory) {
  for (int role = 0; role < tensor_role_count; ++role)
    hold(executor,
         {.kind = LoadKind::weights,
          .role = static_cast<TensorRole>(role),
          .bytes = Estimate::exact(bytes[static_cast<std::size_t>(role)].base())},
         memory);
}

void Ledger::hold(int executor, LoadItem item, WeightMemory memory) {
  if (item.bytes.value <= 0.0) return;
  item.memory = memory;
  add(executor, item, !item.evictable() && is_gpu(executor));
}

Bytes Ledger::room_for(int id, WeightMemory memory) const {
  const Pool& pool = request_.fabric->pools()[static_cast<std::size_t>(executor(id).pool)];
  const auto found = entries_.find(executor(id).pool);
  const Entries none;
  const Entries& held = found == entries_.end() ? none : found->second;
  double room = pool.capacity.base() - pool.os_reserved.value.base() - held.all.value;
  if (is_gpu(id) && memory != WeightMemory::mapped)
    room = std::min(room, usable_of(pool).base() - held.gpu.value);
  return Bytes(std::max(0.0, room));
}

void Ledger::cache(int executor, int layer, double share, int sequences) {
  const Bytes bytes = cache_bytes(scenario_.model, layer, cache_options(sequences)) *
                      (share * cached_share(scenario_.savings, layer));
  if (bytes == Bytes()) return;
  add(executor, {.kind = LoadKind::cache, .bytes = Estimate::exact(bytes.base())});
}

void Ledger::draft(int executor, Bytes weights, double cache_share, int sequences) {
  Bytes bytes = weights;
  const ModelSpec& model = *scenario_.savings.speculation->model;
  for (int layer = 0; layer < static_cast<int>(model.layers.size()); ++layer)
    bytes += cache_bytes(model, layer, cache_options(sequences)) * cache_share;
  add(executor, {.kind = LoadKind::draft, .bytes = Estimate::exact(bytes.base())});
}

void Ledger::buffers(int executor, const Estimate& bytes) {
  add(executor, {.kind = LoadKind::buffers, .bytes = bytes});
}

void Ledger::overhead(int executor) {
  add(executor, {.kind = LoadKind::overhead, .bytes = overhead_of(executor)});
}

Estimate Ledger::overhead_of(int id) const {
  return estimate_of(backend_on(scenario_, executor(id).unit->kind).device_overhead);
}

Bytes Ledger::usable_of(int id) const {
  const Pool& pool = request_.fabric->pools()[static_cast<std::size_t>(executor(id).pool)];
  return is_gpu(id) ? usable_of(pool) : pool.capacity - pool.os_reserved.value;
}

BufferEstimate Ledger::buffer_estimate(int sequences) const {
  return compute_buffers(scenario_.model, *scenario_.engine, context_, sequences);
}

CacheOptions Ledger::cache_options(int sequences) const {
  const EngineSpec& engine = *scenario_.engine;
  return {.context = context_,
          .sequences = sequences,
          .format = scenario_.kv_format,
          .granule = engine.context_granule,
          .window_cache = engine.window_cache,
          .prefill_chunk = engine.prefill_chunk};
}

std::vector<PoolLoad> Ledger::finish() const {
  std::vector<PoolLoad> loads;
  for (const auto& [pool, entries] : entries_)
    loads.push_back(close(pool, request_.fabric->pools()[static_cast<std::size_t>(pool)], entries));
  return loads;
}

const Executor& Ledger::executor(int id) const {
  return request_.fabric->executors()[static_cast<std::size_t>(id)];
}

void Ledger::add(int executor_id, const LoadItem& item, bool counts_for_gpu) {
  Entries& entries = entries_[executor(executor_id).pool];
  entries.all.add(item.bytes);
  if (counts_for_gpu) entries.gpu.add(item.bytes);
  auto [entry, fresh] = entries.items.try_emplace({item.kind, item.role}, item);
  if (fresh) return;
  Sum sum;
  sum.add(entry->second.bytes);
  sum.add(item.bytes);
  entry->second.bytes = sum.estimate();
  entry->second.memory = std::max(entry->second.memory, item.memory);
}

Bytes Ledger::usable_of(const Pool& pool) const {
  const auto& share = scenario_.engine->memory_fraction;
  return pool.kind == PoolKind::device && share ? pool.capacity * share->value : pool.gpu_usable;
}

PoolLoad Ledger::close(int id, const Pool& pool, const Entries& entries) const {
  PoolLoad load{.pool = id, .items = {}, .usable = pool.capacity, .limit = {}, .used = {}};
  for (const auto& [key, item] : entries.items) load.items.push_back(item);
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
  load.usable_sigma = (reserved.high - reserved.low) / (2.0 * z90);
  load.limit = "memory less what the operating system takes";
  load.used = entries.all.estimate();
  return load;
}

}  // namespace plimsoll

#include "evaluate/serving_limits.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <map>

#include "base/ceil_div.h"
#include "base/quantity_text.h"

namespace plimsoll {

namespace {

// Of one pool that holds KV blocks.
struct CachePool {
  Bytes room;       // for them
  Bytes fixed;      // that each sequence takes besides its tokens: windows, recurrent state
  Bytes per_token;  // of a sequence, beyond its windows
};

class ServerLimits {
 public:
  ServerLimits(const Prepared& prepared, int clients)
      : prepared_(prepared),
        scenario_(prepared.scenario),
        load_(*prepared.scenario.serving),
        spec_(prepared.scenario.engine->serving),
        clients_(clients) {}

  ServerSetup run() {
    behaviour();
    sequences();
    step_tokens();
    blocks();
    return std::move(setup_);
  }

 private:
  void chose(std::string field, std::string value, std::string why) {
    setup_.chosen.push_back(
        {.field = std::move(field), .value = std::move(value), .why = std::move(why)});
  }

  void behaviour() {
    serving::Limits& limits = setup_.limits;
    limits.static_batch = spec_.batching == Batching::static_batch;
    limits.prefill_alone = limits.static_batch || spec_.prefill == PrefillHabit::alone;
    limits.chunked_prefill = load_.chunked_prefill.value_or(spec_.prefill != PrefillHabit::whole);
    limits.prefix_caching = spec_.prefix_caching;
    limits.receive_every = load_.receive_interval;
    limits.batch_wait_steps = load_.batch_wait;
    limits.admit = admit();
    if (const auto& drafts = scenario_.savings.speculation)
      limits.speculation = {.drafted = drafts->tokens,
                            .acceptance = drafts->acceptance.value,
                            .seed = static_cast<std::uint64_t>(load_.seed)};
  }

  // Slots and static batches are set aside whole.
  serving::Admit admit() const {
    if (spec_.batching != Batching::continuous) return serving::Admit::request;
    switch (load_.admission.value_or(spec_.admission)) {
      case Admission::chunk:
        return serving::Admit::first_step;
      case Admission::prompt:
        return serving::Admit::prompt;
      case Admission::request:
        break;
    }
    return serving::Admit::request;
  }

  // Devices that hold layers, of which the least counts.
  std::vector<const Executor*> workers() const {
    std::vector<const Executor*> workers;
    for (const Stage& stage : prepared_.placement().stages)
      for (const int id : stage.executors)
        workers.push_back(&prepared_.fabric->executors()[static_cast<std::size_t>(id)]);
    return workers;
  }

  const ServingLimits& limits_of_engine() const {
    const ServingLimits* found = &spec_.limits.front();
    for (const ServingLimits& each : spec_.limits)
      if (applies(each)) found = &each;
    return *found;
  }

  bool applies(const ServingLimits& limits) const {
    for (const Executor* worker : workers()) {
      const Pool& pool = prepared_.fabric->pools()[static_cast<std::size_t>(worker->pool)];
      if (pool.capacity < limits.memory) return false;
      for (const std::string& word : limits.not_on)
        if (worker->device->id.find(word) != std::string::npos) return false;
    }
    return true;
  }

  // Members that hold whole sequences of their own, each with its own scheduler.
  int schedulers() const {
    const Placement& placement = prepared_.placement();
    if (placement.strategy != PlacementStrategy::expert_parallel) return 1;
    return static_cast<int>(placement.stages.front().executors.size());
  }

  // Whoever starts a server with slots or batches of a size chooses it for the clients to come.
  int sequences_by_habit() {
    const bool chosen_by_hand = spec_.batching != Batching::continuous;
    if (chosen_by_hand && clients_ > 0) {
      chose("load.max_sequences", std::to_string(clients_), "one for each client");
      return clients_;
    }
    if (chosen_by_hand && scenario_.spec.batch.has()) return scenario_.workload.batch;
    const int count = limits_of_engine().sequences * schedulers();
    chose("load.max_sequences", std::to_string(count), "the default of " + scenario_.engine->name);
    return count;
  }

  void sequences() {
    int count = load_.max_sequences ? static_cast<int>(*load_.max_sequences) * schedulers()
                                    : sequences_by_habit();
    const int most = scenario_.engine->max_batch;
    if (most == 1) count = 1;
    setup_.limits.sequences = std::max(1, count);
  }

  // As InferenceMAX sets batch_wait_max_tokens_ratio of TensorRT-LLM.
  static std::int64_t full_enough(std::int64_t tokens) { return tokens * 9 / 10; }

  void step_tokens() {
    const ServingLimits& engine = limits_of_engine();
    std::int64_t tokens = load_.max_step_tokens.value_or(0);
    if (tokens == 0) {
      const bool offline = load_.arrivals == ArrivalKind::all && engine.offline_step_tokens > 0;
      tokens = offline ? engine.offline_step_tokens : engine.step_tokens;
      // Without chunks the longest prompt has to go in one step.
      if (!setup_.limits.chunked_prefill) tokens = std::max(tokens, scenario_.workload.context);
      chose("load.max_step_tokens", std::to_string(tokens),
            "the default of " + scenario_.engine->name);
    }
    setup_.limits.step_tokens = tokens * schedulers();
    setup_.limits.batch_wait_tokens = full_enough(setup_.limits.step_tokens);
    const std::int64_t verified = setup_.limits.speculation.drafted + 1;
    const std::int64_t most = std::max<std::int64_t>(1, setup_.limits.step_tokens / verified);
    setup_.limits.sequences =
        static_cast<int>(std::min<std::int64_t>(setup_.limits.sequences, most));
  }

  // The placement again, for so many sequences of that context.
  std::vector<PoolLoad> loads_of(int sequences, std::int64_t context) const {
    Scenario changed = scenario_;
    changed.workload.batch = sequences;
    PlacementRequest request = prepared_.placement_request();
    request.scenario = &changed;
    return build_placement(request, prepared_.placement(), context).loads;
  }

  static Bytes cache_in(const PoolLoad& load) {
    Bytes sum;
    for (const LoadItem& item : load.items)
      if (item.kind == LoadKind::cache) sum += Bytes(item.bytes.value);
    return sum;
  }

  // What of the pool may be KV blocks when `others` is what else is in it.
  Bytes room_of(const PoolLoad& load, Bytes others) const {
    const Pool& pool = prepared_.fabric->pools()[static_cast<std::size_t>(load.pool)];
    const auto& habit = spec_.free_share;
    if (habit) {
      const double share = load_.memory_share.value_or(habit->value);
      return (pool.capacity - Bytes(pool.os_reserved.value) - others) * share;
    }
    const bool claims = pool.kind == PoolKind::device && scenario_.engine->memory_fraction;
    const Bytes usable =
        claims && load_.memory_share ? pool.capacity * *load_.memory_share : load.usable;
    return usable - others;
  }

  std::vector<CachePool> cache_pools() const {
    const std::int64_t context = scenario_.workload.context;
    const std::int64_t half = std::max<std::int64_t>(1, context / 2);
    const std::vector<PoolLoad> full = loads_of(1, context);
    const std::vector<PoolLoad> shorter = loads_of(1, half);
    // Buffers are made for as many sequences as may run.
    const std::vector<PoolLoad> busy = loads_of(setup_.limits.sequences, context);
    std::vector<CachePool> pools;
    for (std::size_t i = 0; i < full.size(); ++i) {
      const Bytes cache = cache_in(full[i]);
      if (cache == Bytes() || i >= shorter.size() || i >= busy.size()) continue;
      const Bytes per_token =
          context > half ? (cache - cache_in(shorter[i])) / static_cast<double>(context - half)
                         : cache / static_cast<double>(context);
      const Bytes others = Bytes(busy[i].used.value) - cache_in(busy[i]);
      pools.push_back({.room = room_of(busy[i], others),
                       .fixed = std::max(Bytes(), cache - per_token * static_cast<double>(context)),
                       .per_token = per_token});
    }
    return pools;
  }

  void blocks() {
    const std::vector<CachePool> pools = cache_pools();
    if (spec_.batching == Batching::continuous)
      paged(pools);
    else
      slots(pools);
    setup_.cache_tokens = setup_.limits.blocks * setup_.limits.block_tokens;
  }

  void paged(const std::vector<CachePool>& pools) {
    serving::Limits& limits = setup_.limits;
    limits.block_tokens = spec_.block_tokens;
    limits.blocks = std::numeric_limits<std::int64_t>::max();
    for (const CachePool& pool : pools) {
      // A model that keeps no tokens has its state for blocks.
      const Bytes block = pool.per_token > Bytes()
                              ? pool.per_token * static_cast<double>(limits.block_tokens)
                              : pool.fixed;
      const double fit = std::floor(std::max(0.0, pool.room / block));
      if (static_cast<double>(limits.blocks) > fit) limits.blocks = static_cast<std::int64_t>(fit);
      if (pool.per_token > Bytes())
        limits.sequence_blocks = std::max(limits.sequence_blocks,
                                          static_cast<std::int64_t>(std::ceil(pool.fixed / block)));
      else
        limits.block_tokens = static_cast<int>(
            std::min<std::int64_t>(scenario_.workload.context, std::numeric_limits<int>::max()));
    }
    if (pools.empty()) limits.blocks = 0;
    if (load_.cache_tokens) limits.blocks = stated_blocks();
    // Not less than the one sequence that the placement was found to hold.
    const std::int64_t one =
        limits.sequence_blocks + ceil_div(scenario_.workload.context, limits.block_tokens);
    limits.blocks = std::max(limits.blocks, one) * schedulers();
  }

  std::int64_t stated_blocks() const { return *load_.cache_tokens / setup_.limits.block_tokens; }

  // Each sequence has the whole context to itself.
  void slots(const std::vector<CachePool>& pools) {
    serving::Limits& limits = setup_.limits;
    const auto context = static_cast<double>(scenario_.workload.context);
    double fit = limits.sequences;
    if (load_.cache_tokens)
      fit = std::min(fit, std::floor(static_cast<double>(*load_.cache_tokens) / context));
    else
      for (const CachePool& pool : pools)
        fit = std::min(fit, std::floor(pool.room / (pool.fixed + pool.per_token * context)));
    const int count = std::max(1, static_cast<int>(fit));
    if (count < limits.sequences)
      chose("load.max_sequences", std::to_string(count),
            load_.cache_tokens ? "no more fit into load.cache_tokens"
                               : "no more fit into the memory");
    limits.sequences = count;
    limits.blocks = count;
    limits.block_tokens = static_cast<int>(
        std::min<std::int64_t>(scenario_.workload.context, std::numeric_limits<int>::max()));
  }

  const Prepared& prepared_;
  const Scenario& scenario_;
  const LoadSetup& load_;
  const ServingSpec& spec_;
  int clients_;
  ServerSetup setup_;
};

}  // namespace

ServerSetup server_setup(const Prepared& prepared, int clients) {
  return ServerLimits(prepared, clients).run();
}

}  // namespace plimsoll

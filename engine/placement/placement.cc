#include "placement/placement.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <map>
#include <numeric>
#include <set>
#include <utility>

#include "base/ceil_div.h"
#include "base/contains.h"
#include "placement/ledger.h"
#include "placement/streamed_loads.h"

namespace plimsoll {

Bytes total(const RoleBytes& bytes) {
  return std::accumulate(bytes.begin(), bytes.end(), Bytes());
}

namespace {

bool is_repacked(const EngineSpec& engine, const FormatSpec& format) {
  return engine.streaming && contains(engine.streaming->repacked, format.id);
}

}  // namespace

WeightDemand weight_demand(const Footprint& footprint, const ModelSpec& model,
                           const EngineSpec& engine) {
  WeightDemand demand;
  demand.layers.resize(model.layers.size());
  demand.tied = model.tied_embeddings;
  for (const Tensor& tensor : footprint.tensors) {
    const auto role = static_cast<std::size_t>(tensor.role);
    if (tensor.format && is_repacked(engine, *tensor.format)) demand.repacked[role] += tensor.bytes;
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

RoleBytes draft_weights(const Footprint& draft, const SpeculationSetup& speculation) {
  RoleBytes bytes{};
  for (const Tensor& tensor : draft.tensors) {
    const bool own = tensor.layer >= 0 || (tensor.cls != TensorClass::token_embedding &&
                                           tensor.cls != TensorClass::output);
    if (own || !speculation.shares_embedding)
      bytes[static_cast<std::size_t>(tensor.role)] += tensor.bytes;
  }
  return bytes;
}

bool Placement::fits() const {
  return possible() && short_by() == Bytes();
}

Bytes Placement::short_by() const {
  Bytes sum;
  for (const PoolLoad& load : loads) sum += load.short_by();
  return sum;
}

namespace {

double fits_probability_of(const PoolLoad& load) {
  const double slack = load.usable.base() - load.used.value;
  // Towards the limit: that side of the estimate decides.
  const double half =
      slack >= 0.0 ? load.used.high - load.used.value : load.used.value - load.used.low;
  const double sigma = std::hypot(half / z90, load.usable_sigma);
  if (sigma > 0.0) return standard_normal_below(slack / sigma);
  return slack >= 0.0 ? 1.0 : 0.0;
}

}  // namespace

// Pools of a kind err together, since the same estimates are in them: the fullest decides. Kinds
// err independently.
double Placement::fits_probability() const {
  if (!possible()) return 0.0;
  std::map<std::pair<double, std::string>, double> of_kind;
  for (const PoolLoad& load : loads) {
    const double p = fits_probability_of(load);
    const auto [kind, fresh] = of_kind.try_emplace({load.usable.base(), load.limit}, p);
    kind->second = std::min(kind->second, p);
  }
  double probability = 1.0;
  for (const auto& [kind, p] : of_kind) probability *= p;
  return probability;
}

std::size_t Placement::executor_count() const {
  std::size_t count = 0;
  for (const Stage& stage : stages) count += stage.executors.size();
  return count;
}

bool Placement::on_accelerators() const {
  if (strategy == PlacementStrategy::streamed)
    return !stages.empty() && stages.front().executors.front() != cpu;
  return strategy != PlacementStrategy::cpu && strategy != PlacementStrategy::cpu_layers &&
         strategy != PlacementStrategy::cpu_experts;
}

int Placement::passes_at_once() const {
  return strategy == PlacementStrategy::pipeline_parallel ? static_cast<int>(stages.size()) : 1;
}

std::vector<int> Placement::nodes(const Fabric& fabric) const {
  std::set<int> found;
  for (const Stage& stage : stages)
    if (stage.layers > 0)
      for (int id : stage.executors)
        found.insert(fabric.executors()[static_cast<std::size_t>(id)].node);
  return {found.begin(), found.end()};
}

int Placement::stage_of(int layer) const {
  for (std::size_t s = 0; s < stages.size(); ++s)
    if (layer < stages[s].first_layer + stages[s].layers) return static_cast<int>(s);
  return static_cast<int>(stages.size()) - 1;
}

std::vector<int> hand_over_path(const Scenario& scenario, const Fabric& fabric, int from, int to) {
  constexpr int first_node = 0;
  const auto node_of = [&](int id) {
    return fabric.executors()[static_cast<std::size_t>(id)].node;
  };
  const int relay = fabric.cpu(first_node);
  const bool through_first = scenario.engine->remote && scenario.engine->remote->through_first &&
                             relay >= 0 && node_of(from) != node_of(to) &&
                             node_of(from) != first_node && node_of(to) != first_node;
  return through_first ? std::vector<int>{from, relay, to} : std::vector<int>{from, to};
}

namespace {

// What an engine must list to place in that way over several units.
std::optional<Parallelism> parallelism_of(PlacementStrategy strategy) {
  switch (strategy) {
    case PlacementStrategy::layer_split:
      return Parallelism::layer_split;
    case PlacementStrategy::row_split:
      return Parallelism::row_split;
    case PlacementStrategy::tensor_parallel:
      return Parallelism::tensor_parallel;
    case PlacementStrategy::pipeline_parallel:
      return Parallelism::pipeline_parallel;
    case PlacementStrategy::expert_parallel:
      return Parallelism::expert_parallel;
    default:
      return std::nullopt;
  }
}

std::string gpu_count(std::size_t count) {
  return count == 1 ? "one GPU" : std::to_string(count) + " GPUs";
}

// "28 attention heads do not divide by 8", or nothing.
std::string undivided(int count, const char* what, int degree) {
  if (count % degree == 0) return {};
  return std::to_string(count) + " " + what + " do not divide by " + std::to_string(degree);
}

// Why a group of so many cannot split every matrix of this model; empty when it can.
std::string tensor_refusal(const ModelSpec& model, int degree, bool with_experts) {
  if (degree <= 1) return {};
  std::string refusal = undivided(model.attention.heads, "attention heads", degree);
  if (!refusal.empty()) return refusal;
  const int kv = model.attention.kv_heads;
  if (model.attention.kind == AttentionKind::gqa && kv % degree != 0 && degree % kv != 0)
    return std::to_string(kv) + " KV heads neither divide by " + std::to_string(degree) +
           " nor divide it";
  const auto width = [degree](int count, const std::string& what) {
    return count % degree == 0 ? std::string()
                               : what + " " + std::to_string(count) + " does not divide by " +
                                     std::to_string(degree);
  };
  if (model.ffn_width > 0) refusal = width(model.ffn_width, "FFN width");
  if (refusal.empty() && with_experts && model.moe)
    refusal = width(model.moe->expert_width, "expert width");
  return refusal;
}

// Norms and routers are whole on every member of a group; the rest is cut. Under expert parallelism
// only the routed experts are cut.
bool whole_on_each(TensorRole role, PlacementStrategy strategy) {
  if (strategy == PlacementStrategy::expert_parallel) return role != TensorRole::routed_experts;
  return role == TensorRole::norm || role == TensorRole::router;
}

const Stage& last_stage(const Placement& placement) {
  const auto works = [](const Stage& stage) { return stage.layers > 0; };
  return *std::find_if(placement.stages.rbegin(), placement.stages.rend(), works);
}

class Builder {
 public:
  Builder(const PlacementRequest& request, std::int64_t context)
      : request_(request),
        scenario_(*request.scenario),
        fabric_(*request.fabric),
        model_(request.scenario->model),
        context_(context) {}

  Placement build(const PlacementPlan& plan) const {
    Placement placement;
    static_cast<PlacementPlan&>(placement) = plan;
    placement.cpu = fabric_.cpu(0);
    placement.experts_on_cpu.assign(model_.layers.size(), false);
    placement.refusal = refusal(plan);
    if (placement.possible()) lay_out(placement);
    if (!placement.possible()) return placement;
    if (placement.strategy == PlacementStrategy::streamed)
      fill_streamed(request_, context_, placement);
    else
      fill(placement);
    placement.description = describe(placement);
    return placement;
  }

 private:
  int layer_count() const { return static_cast<int>(model_.layers.size()); }
  const Executor& executor(int id) const {
    return fabric_.executors()[static_cast<std::size_t>(id)];
  }

  std::string refusal(const PlacementPlan& plan) const {
    const int degree = static_cast<int>(plan.executors.size());
    const bool needs_cpu = plan.strategy == PlacementStrategy::cpu ||
                           plan.strategy == PlacementStrategy::cpu_layers ||
                           plan.strategy == PlacementStrategy::cpu_experts;
    if (needs_cpu && fabric_.cpu(0) < 0) return "the machine has no CPU to run layers on";
    if (plan.strategy != PlacementStrategy::cpu && plan.executors.empty())
      return "the machine has no accelerator this engine's backend runs on";
    if (plan.strategy == PlacementStrategy::streamed) return streamed_refusal(request_);
    if (std::string refusal = remote_refusal(plan); !refusal.empty()) return refusal;
    switch (plan.strategy) {
      case PlacementStrategy::cpu_experts:
        return model_.moe ? std::string() : model_.name + " has no routed experts";
      case PlacementStrategy::tensor_parallel:
        return tensor_refusal(model_, degree, true);
      case PlacementStrategy::pipeline_parallel:
        return pipeline_refusal(plan);
      case PlacementStrategy::expert_parallel:
        if (!model_.moe) return model_.name + " has no routed experts";
        return undivided(model_.moe->experts, "experts", degree);
      default:
        return {};
    }
  }

  // What the engine does not do across machines.
  std::string remote_refusal(const PlacementPlan& plan) const {
    std::set<int> nodes;
    for (int id : plan.executors) nodes.insert(executor(id).node);
    if (nodes.size() < 2) return {};
    std::string cannot = scenario_.engine->name + " does not do '" +
                         std::string(to_text(plan.strategy)) + "' across machines";
    const auto& remote = scenario_.engine->remote;
    const std::optional<Parallelism> wanted = parallelism_of(plan.strategy);
    if (!remote || !wanted) return cannot;
    const auto& able = remote->parallelism;
    if (!contains(able, *wanted)) return cannot;
    return unreachable(plan);
  }

  // From whom to whom a pass sends: round the ring of a group; or from stage to stage, beginning
  // and ending with the main process.
  std::vector<std::pair<int, int>> ways(const PlacementPlan& plan) const {
    const bool group = plan.strategy == PlacementStrategy::tensor_parallel ||
                       plan.strategy == PlacementStrategy::expert_parallel;
    std::vector<int> stops = plan.executors;
    const int home = fabric_.cpu(0);
    if (group) {
      stops.push_back(stops.front());
    } else if (home >= 0) {
      stops.insert(stops.begin(), home);
      stops.push_back(home);
    }
    std::vector<std::pair<int, int>> ways;
    for (std::size_t i = 0; i + 1 < stops.size(); ++i) {
      const std::vector<int> path =
          group ? std::vector<int>{stops[i], stops[i + 1]}
                : hand_over_path(scenario_, fabric_, stops[i], stops[i + 1]);
      for (std::size_t leg = 0; leg + 1 < path.size(); ++leg)
        ways.emplace_back(path[leg], path[leg + 1]);
    }
    return ways;
  }

  std::string unreachable(const PlacementPlan& plan) const {
    for (const auto& [from, to] : ways(plan)) {
      if (same_pool(from, to) || fabric_.route(from, to).exists()) continue;
      return "nothing carries messages from " + fabric_.node_name(executor(from).node) + " to " +
             fabric_.node_name(executor(to).node) +
             ": no cable joins them, and the machines between pass nothing on";
    }
    return {};
  }

  std::string pipeline_refusal(const PlacementPlan& plan) const {
    const int count = static_cast<int>(plan.executors.size());
    if (count % plan.group != 0)
      return std::to_string(count) + " GPUs do not divide into groups of " +
             std::to_string(plan.group);
    if (count / plan.group > layer_count())
      return std::to_string(layer_count()) + " layers do not fill " +
             std::to_string(count / plan.group) + " stages";
    return tensor_refusal(model_, plan.group, true);
  }

  void lay_out(Placement& placement) const {
    const int layers = layer_count();
    switch (placement.strategy) {
      case PlacementStrategy::layer_split:
      case PlacementStrategy::pipeline_parallel:
        split_layers(placement);
        break;
      case PlacementStrategy::cpu:
        placement.executors = {placement.cpu};
        placement.stages = {{.executors = {placement.cpu}, .first_layer = 0, .layers = layers}};
        break;
      case PlacementStrategy::cpu_layers: {
        // llama.cpp keeps the first layers on the CPU and the last ones, with the head, on the GPU.
        const int on_cpu = layers - placement.gpu_layers;
        placement.stages = {{.executors = {placement.cpu}, .first_layer = 0, .layers = on_cpu},
                            {.executors = placement.executors,
                             .first_layer = on_cpu,
                             .layers = placement.gpu_layers}};
        break;
      }
      case PlacementStrategy::cpu_experts: {
        placement.stages = {{.executors = placement.executors, .first_layer = 0, .layers = layers}};
        int left = placement.cpu_expert_layers;
        for (int layer = 0; layer < layers && left > 0; ++layer) {
          if (model_.layers[static_cast<std::size_t>(layer)].ffn != LayerFfn::moe) continue;
          placement.experts_on_cpu[static_cast<std::size_t>(layer)] = true;
          --left;
        }
        break;
      }
      default:
        placement.stages = {{.executors = placement.executors, .first_layer = 0, .layers = layers}};
    }
  }

  std::vector<Stage> empty_stages(const PlacementPlan& plan) const {
    const std::size_t group = plan.strategy == PlacementStrategy::pipeline_parallel
                                  ? static_cast<std::size_t>(plan.group)
                                  : 1;
    std::vector<Stage> stages;
    for (std::size_t i = 0; i + group <= plan.executors.size(); i += group) {
      const auto from = plan.executors.begin() + static_cast<std::ptrdiff_t>(i);
      stages.push_back({.executors = {from, from + static_cast<std::ptrdiff_t>(group)}});
    }
    return stages;
  }

  void split_layers(Placement& placement) const {
    placement.stages = empty_stages(placement);
    std::vector<double> weights;
    for (int layer = 0; layer < layer_count(); ++layer)
      weights.push_back(layer_bytes(layer).base());
    // The head rides with the last layers.
    if (!weights.empty()) weights.back() += total(request_.demand->output).base();
    const std::vector<double> room = room_for_layers(placement);
    std::vector<int> counts;
    if (placement.split == LayerSplit::by_time) {
      std::optional<std::vector<int>> timed =
          partition_layers(timed_partition(placement, weights, room));
      if (!timed) {
        placement.refusal = "no split of the layers fits the memory of each stage";
        return;
      }
      counts = std::move(*timed);
    } else {
      counts = partition_layers(weights, room);
    }
    int first = 0;
    for (std::size_t s = 0; s < counts.size(); ++s) {
      placement.stages[s].first_layer = first;
      placement.stages[s].layers = counts[s];
      first += counts[s];
    }
  }

  TimedPartition timed_partition(const Placement& placement, const std::vector<double>& weights,
                                 const std::vector<double>& room) const {
    TimedPartition partition{.weights = weights, .bytes = {}, .capacities = room, .rates = {}};
    for (int layer = 0; layer < layer_count(); ++layer)
      partition.bytes.push_back(bytes_read(layer));
    if (!partition.bytes.empty()) partition.bytes.back() += total(request_.demand->output).base();
    for (const Stage& stage : placement.stages) {
      double rate = 0.0;
      for (int id : stage.executors) rate += executor(id).memory.value.base();
      partition.rates.push_back(rate);
    }
    if (scenario_.engine->remote)
      partition.hop = scenario_.engine->remote->hop_overhead.value.base();
    return partition;
  }

  // Weights of a layer that one token reads.
  double bytes_read(int layer) const {
    const RoleBytes& bytes = request_.demand->layers[static_cast<std::size_t>(layer)];
    const double experts = bytes[static_cast<std::size_t>(TensorRole::routed_experts)].base();
    const double touched =
        model_.moe ? static_cast<double>(model_.moe->experts_per_token) / model_.moe->experts : 1.0;
    return total(bytes).base() - experts * (1.0 - touched);
  }

  int sequences() const { return scenario_.workload.batch; }
  // Under expert parallelism everybody serves its own part of the sequences.
  int sequences_of_member(const Placement& placement) const {
    const int members = static_cast<int>(placement.executors.size());
    return placement.strategy == PlacementStrategy::expert_parallel ? ceil_div(sequences(), members)
                                                                    : sequences();
  }

  Bytes layer_bytes(int layer) const {
    return total(request_.demand->layers[static_cast<std::size_t>(layer)]) +
           cache_bytes(model_, layer, Ledger(request_, context_).cache_options(sequences()));
  }

  // What each stage has left for layers once buffers and overhead are there, so that the split
  // finds a way whenever there is one. At least a byte, for a device that has nothing left.
  std::vector<double> room_for_layers(const Placement& placement) const {
    const Ledger ledger(request_, context_);
    const BufferEstimate buffers = ledger.buffer_estimate(sequences());
    const int embedding_pool = executor(embedding_home(placement.stages.front())).pool;
    std::vector<double> room;
    for (const Stage& stage : placement.stages) {
      double least = std::numeric_limits<double>::infinity();
      for (int id : stage.executors) {
        double left =
            ledger.usable_of(id).base() - buffers.layers.value - ledger.overhead_of(id).value;
        if (executor(id).pool == embedding_pool) left -= total(request_.demand->input).base();
        least = std::min(least, left);
      }
      room.push_back(std::max(1.0, least * static_cast<double>(stage.executors.size())));
    }
    room.back() =
        std::max(1.0, room.back() - buffers.output.value - total(request_.demand->draft).base());
    return room;
  }

  void group_weights(Ledger& ledger, const Stage& stage, const RoleBytes& bytes,
                     PlacementStrategy strategy) const {
    const double share = 1.0 / static_cast<double>(stage.executors.size());
    RoleBytes cut = bytes;
    RoleBytes whole{};
    for (int role = 0; role < tensor_role_count; ++role)
      if (whole_on_each(static_cast<TensorRole>(role), strategy))
        std::swap(cut[static_cast<std::size_t>(role)], whole[static_cast<std::size_t>(role)]);
    for (int id : stage.executors) {
      ledger.weights(id, cut, share);
      ledger.weights(id, whole, 1.0);
    }
  }

  void group_cache(Ledger& ledger, const Stage& stage, const Placement& placement,
                   int layer) const {
    const std::size_t degree = stage.executors.size();
    if (placement.strategy == PlacementStrategy::row_split || degree == 1) {
      ledger.cache(stage.executors.front(), layer, 1.0, sequences());
      return;
    }
    if (placement.strategy == PlacementStrategy::expert_parallel) {
      for (int id : stage.executors) ledger.cache(id, layer, 1.0, sequences_of_member(placement));
      return;
    }
    const LayerAttention kind = model_.layers[static_cast<std::size_t>(layer)].attention;
    const bool linear = kind == LayerAttention::linear;
    // A latent cache has one head, so every member keeps all of it.
    const int heads = linear ? model_.linear->v_heads : cache_heads(attention_of(model_, kind));
    const double share =
        1.0 / static_cast<double>(std::min<std::size_t>(degree, static_cast<std::size_t>(heads)));
    for (int id : stage.executors) ledger.cache(id, layer, share, sequences());
  }

  // Where the table of token embeddings is read. In unified memory the host is no other place than
  // where the GPU reads, too.
  int embedding_home(const Stage& first) const {
    const int cpu = fabric_.cpu(0);
    const bool on_host =
        scenario_.engine->host_embedding && cpu >= 0 && !same_pool(cpu, first.executors.front());
    return on_host ? cpu : first.executors.front();
  }

  void fill(Placement& placement) const {
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
        group_weights(ledger, stage, bytes, placement.strategy);
        group_cache(ledger, stage, placement, layer);
      }
    }
    // Stages without layers hold neither embedding nor head.
    const auto works = [](const Stage& stage) { return stage.layers > 0; };
    const Stage& first = *std::find_if(placement.stages.begin(), placement.stages.end(), works);
    const Stage& last = last_stage(placement);
    placement.embedding_executor = embedding_home(first);
    if (placement.embedding_executor != first.executors.front())
      ledger.weights(placement.embedding_executor, demand.input, 1.0);
    else
      group_weights(ledger, first, demand.input, placement.strategy);
    const bool shares_embedding =
        demand.tied && same_pool(placement.embedding_executor, last.executors.front());
    RoleBytes output = demand.output;
    if (shares_embedding) output[static_cast<std::size_t>(TensorRole::output)] = Bytes();
    group_weights(ledger, last, output, placement.strategy);

    const BufferEstimate buffers = ledger.buffer_estimate(sequences_of_member(placement));
    for (const Stage& stage : placement.stages)
      for (int id : stage.executors) ledger.buffers(id, buffers.layers);
    ledger.buffers(last.executors.front(), buffers.output);
    for (int id : used_executors(placement)) ledger.overhead(id);
    hold_savings(ledger, placement);
    placement.loads = ledger.finish();
  }

  // What savings keep besides the model.
  void hold_savings(Ledger& ledger, const Placement& placement) const {
    const std::vector<int> drafting = draft_executors(scenario_, placement);
    for (int id : drafting)
      ledger.draft(id, draft_share(placement.strategy, drafting.size()),
                   cache_share(drafting.size()), sequences_of_member(placement));
    if (!scenario_.savings.pruning) return;
    for (const Stage& stage : placement.stages)
      for (int id : stage.executors)
        ledger.hold(
            id,
            {.kind = LoadKind::predictors, .bytes = Estimate::exact(predictor_bytes(stage).base())},
            WeightMemory::wired);
  }

  // Of the draft's weights, on each of so many members.
  Bytes draft_share(PlacementStrategy strategy, std::size_t members) const {
    Bytes sum;
    for (int role = 0; role < tensor_role_count; ++role) {
      const Bytes bytes = request_.demand->draft[static_cast<std::size_t>(role)];
      const bool whole = whole_on_each(static_cast<TensorRole>(role), strategy);
      sum += whole ? bytes : bytes / static_cast<double>(members);
    }
    return sum;
  }

  // As far as the draft's KV heads can be divided; a latent cache has one.
  double cache_share(std::size_t members) const {
    const AttentionSpec& attention = scenario_.savings.speculation->model->attention;
    const auto heads = static_cast<std::size_t>(cache_heads(attention));
    return 1.0 / static_cast<double>(std::min(members, heads));
  }

  // Two matrices a layer, whole on each member.
  Bytes predictor_bytes(const Stage& stage) const {
    const PruningSetup& pruning = *scenario_.savings.pruning;
    double elements = 0.0;
    for (int layer = stage.first_layer; layer < stage.first_layer + stage.layers; ++layer)
      elements += static_cast<double>(pruning.predictor_rank) *
                  (model_.hidden + ffn_neurons(model_, layer));
    return Bytes(elements * pruning.predictor_format->bits_per_weight() / 8.0);
  }

  bool same_pool(int a, int b) const { return executor(a).pool == executor(b).pool; }

  static std::set<int> used_executors(const Placement& placement) {
    std::set<int> used;
    for (const Stage& stage : placement.stages)
      used.insert(stage.executors.begin(), stage.executors.end());
    return used;
  }

  // "2 GPUs", "4 GPUs of 2 machines", "4 machines" where each has one unit.
  std::string workers(const Placement& placement) const {
    std::set<int> nodes;
    for (int id : placement.executors) nodes.insert(executor(id).node);
    const std::size_t count = placement.executors.size();
    if (nodes.size() < 2) return gpu_count(count);
    const std::string machines = std::to_string(nodes.size()) + " machines";
    return nodes.size() == count ? machines : gpu_count(count) + " of " + machines;
  }

  static std::string layer_counts(const Placement& placement) {
    std::string counts;
    for (const Stage& stage : placement.stages)
      counts += (counts.empty() ? "" : " + ") + std::to_string(stage.layers);
    return " (" + counts + ")";
  }

  std::string describe(const Placement& placement) const {
    const std::string of_layers = " of " + std::to_string(layer_count()) + " layers";
    const std::string on = workers(placement);
    switch (placement.strategy) {
      case PlacementStrategy::cpu:
        return "all layers on the CPU";
      case PlacementStrategy::layer_split:
        return "layers split over " + on +
               (placement.split == LayerSplit::by_time ? " by speed" : "") +
               layer_counts(placement);
      case PlacementStrategy::row_split:
        return "rows split over " + on;
      case PlacementStrategy::tensor_parallel:
        return "tensor parallel over " + on;
      case PlacementStrategy::pipeline_parallel:
        return "pipeline of " + std::to_string(placement.stages.size()) + " stages" +
               layer_counts(placement) +
               (placement.group > 1 ? ", each tensor parallel over " +
                                          gpu_count(static_cast<std::size_t>(placement.group))
                                    : ", each on one GPU");
      case PlacementStrategy::expert_parallel:
        return "experts and sequences divided over " + on;
      case PlacementStrategy::cpu_layers:
        return std::to_string(placement.gpu_layers) + of_layers + " on " + on +
               ", the rest on the CPU";
      case PlacementStrategy::cpu_experts:
        return "routed experts of " + std::to_string(placement.cpu_expert_layers) + of_layers +
               " on the CPU, all else on " + on;
      case PlacementStrategy::streamed:
        return std::string(placement.weights_paged ? "weights" : "routed experts") +
               " read from the drive, all layers on " +
               (placement.on_accelerators() ? on : "the CPU");
      default:
        return "all layers on one GPU";
    }
  }

  const PlacementRequest& request_;
  const Scenario& scenario_;
  const Fabric& fabric_;
  const ModelSpec& model_;
  std::int64_t context_;
};

}  // namespace

std::vector<int> draft_executors(const Scenario& scenario, const Placement& placement) {
  const auto& speculation = scenario.savings.speculation;
  if (!speculation || !speculation->model || !placement.possible()) return {};
  const std::vector<int>& group = last_stage(placement).executors;
  const bool divides =
      placement.strategy == PlacementStrategy::expert_parallel ||
      (placement.strategy != PlacementStrategy::row_split &&
       tensor_refusal(*speculation->model, static_cast<int>(group.size()), true).empty());
  return divides ? group : std::vector<int>{group.front()};
}

Placement build_placement(const PlacementRequest& request, const PlacementPlan& plan,
                          std::int64_t context) {
  return Builder(request, context).build(plan);
}

}  // namespace plimsoll

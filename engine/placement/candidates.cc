// Which placements are worth building.

#include <algorithm>

#include "base/contains.h"
#include "placement/placement.h"

namespace plimsoll {

namespace {

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
      : request_(request),
        scenario_(*request.scenario),
        fabric_(*request.fabric),
        context_(context) {
    const int nodes = nodes_of_replica(scenario_, fabric_);
    for (int node = 0; node < nodes; ++node) {
      std::vector<int> workers = workers_of(node);
      alike_ = alike_ && (node == 0 || workers.size() == most_of_a_node_);
      most_of_a_node_ = std::max(most_of_a_node_, workers.size());
      workers_.insert(workers_.end(), workers.begin(), workers.end());
    }
  }

  std::vector<Placement> run() {
    const bool left_open = scenario_.placement == PlacementStrategy::automatic;
    if (!left_open || must_stream(scenario_)) {
      forced(left_open ? PlacementStrategy::streamed : scenario_.placement);
      return std::move(found_);
    }
    whole_on_workers();
    if (!any_fits()) with_cpu();
    if (found_.empty()) forced(on_gpus() ? PlacementStrategy::single : PlacementStrategy::cpu);
    return std::move(found_);
  }

 private:
  bool on_gpus() const { return scenario_.backend->unit == UnitKind::gpu; }

  // The units of a node that the backend runs on.
  std::vector<int> workers_of(int node) const {
    std::vector<int> workers;
    if (!on_gpus()) {
      if (const int cpu = fabric_.cpu(node); cpu >= 0) workers.push_back(cpu);
      return workers;
    }
    workers = fabric_.accelerators(node);
    const auto& wanted = scenario_.spec.accelerators;
    if (wanted.has() && static_cast<std::size_t>(*wanted.value) < workers.size())
      workers.resize(static_cast<std::size_t>(*wanted.value));
    return workers;
  }

  int node_of(int worker) const {
    return fabric_.executors()[static_cast<std::size_t>(worker)].node;
  }
  bool several_nodes(const std::vector<int>& workers) const {
    return !workers.empty() && node_of(workers.back()) != node_of(workers.front());
  }

  bool supports(Parallelism parallelism) const {
    return contains(scenario_.engine->parallelism, parallelism);
  }
  // Whether the engine can spread these workers' work in that way.
  bool supports(Parallelism parallelism, const std::vector<int>& workers) const {
    if (!supports(parallelism)) return false;
    const auto& remote = scenario_.engine->remote;
    return !several_nodes(workers) || (remote && contains(remote->parallelism, parallelism));
  }

  bool any_fits() const {
    return std::any_of(found_.begin(), found_.end(), [](const Placement& p) { return p.fits(); });
  }

  std::vector<int> first_workers(std::size_t count) const {
    return {workers_.begin(), workers_.begin() + static_cast<std::ptrdiff_t>(count)};
  }
  std::vector<int> first_worker() const {
    return first_workers(std::min<std::size_t>(1, workers_.size()));
  }
  std::vector<int> first_gpu() const { return on_gpus() ? first_worker() : std::vector<int>(); }

  Placement build(const PlacementPlan& plan) const {
    return build_placement(request_, plan, context_);
  }
  void add(const PlacementPlan& plan) { found_.push_back(build(plan)); }
  void add_if_possible(const PlacementPlan& plan) {
    if (Placement placement = build(plan); placement.possible())
      found_.push_back(std::move(placement));
  }

  // The order of the stages: machine by machine, the first machine last where the engine does so.
  std::vector<int> in_stage_order(std::vector<int> workers) const {
    const auto& remote = scenario_.engine->remote;
    if (!remote || !remote->first_machine_last) return workers;
    std::stable_partition(workers.begin(), workers.end(),
                          [this](int worker) { return node_of(worker) != 0; });
    return workers;
  }

  bool unequal(const std::vector<int>& workers) const {
    const auto rate = [this](int worker) {
      return fabric_.executors()[static_cast<std::size_t>(worker)].memory.value;
    };
    return std::any_of(workers.begin(), workers.end(),
                       [&](int worker) { return rate(worker) != rate(workers.front()); });
  }

  void add_layer_split(const std::vector<int>& workers) {
    PlacementPlan plan{.strategy = PlacementStrategy::layer_split,
                       .executors = in_stage_order(workers)};
    add(plan);
    if (!unequal(workers)) return;
    plan.split = LayerSplit::by_time;
    add_if_possible(plan);
  }

  void forced(PlacementStrategy strategy) {
    switch (strategy) {
      case PlacementStrategy::single:
        add({.strategy = strategy, .executors = first_gpu()});
        break;
      case PlacementStrategy::cpu:
        add({.strategy = strategy});
        break;
      case PlacementStrategy::layer_split:
        add_layer_split(workers_);
        break;
      case PlacementStrategy::pipeline_parallel:
        add({.strategy = strategy,
             .executors = workers_,
             .group = scenario_.spec.tensor.value.value_or(
                 static_cast<int>(std::max<std::size_t>(1, most_of_a_node_)))});
        break;
      case PlacementStrategy::cpu_layers:
        cpu_layers(true);
        break;
      case PlacementStrategy::cpu_experts:
        cpu_experts(true);
        break;
      case PlacementStrategy::streamed:
        add({.strategy = strategy, .executors = streaming_worker()});
        break;
      default:
        add({.strategy = strategy, .executors = workers_});
    }
  }

  // An engine that otherwise holds the weights in memory pages them in where its CPU backend
  // touches them.
  std::vector<int> streaming_worker() const {
    const auto& streaming = scenario_.engine->streaming;
    const bool on_cpu =
        on_gpus() && streaming && !streaming->always && find_backend(*scenario_.engine, "cpu");
    if (!on_cpu) return first_worker();
    const int cpu = fabric_.cpu(0);
    return cpu >= 0 ? std::vector<int>{cpu} : std::vector<int>();
  }

  // Groups that split every matrix are powers of two within a machine, or whole machines.
  bool tensor_group(std::size_t count, const std::vector<int>& workers) const {
    if (several_nodes(workers)) return alike_ && count % most_of_a_node_ == 0;
    const bool power_of_two = (count & (count - 1)) == 0;
    return power_of_two || count == workers_.size() || count == most_of_a_node_;
  }

  void whole_on_workers() {
    if (workers_.empty()) return;
    if (on_gpus())
      add({.strategy = PlacementStrategy::single, .executors = first_workers(1)});
    else
      add({.strategy = PlacementStrategy::cpu});
    for (std::size_t count = 2; count <= workers_.size(); ++count) {
      const std::vector<int> workers = first_workers(count);
      if (supports(Parallelism::tensor_parallel, workers) && tensor_group(count, workers))
        add_if_possible({.strategy = PlacementStrategy::tensor_parallel, .executors = workers});
      if (supports(Parallelism::layer_split, workers) && !split_fits()) add_layer_split(workers);
    }
    if (workers_.size() > 1) {
      pipelines();
      divided_experts();
    }
  }

  // More stages never make one stream faster, so the smallest split that fits is enough.
  bool split_fits() const {
    return std::any_of(found_.begin(), found_.end(), [](const Placement& p) {
      return p.fits() && (p.strategy == PlacementStrategy::layer_split ||
                          p.strategy == PlacementStrategy::single);
    });
  }

  // Groups within machines, the largest the model divides by; over as few machines as hold it, and
  // over all.
  void pipelines() {
    if (!alike_) return;
    std::size_t group = most_of_a_node_;
    const bool tensor = supports(Parallelism::tensor_parallel);
    const auto plan = [&](std::size_t count) {
      return PlacementPlan{.strategy = PlacementStrategy::pipeline_parallel,
                           .executors = first_workers(count),
                           .group = static_cast<int>(group)};
    };
    const auto usable = [&] {
      return group < workers_.size() && most_of_a_node_ % group == 0 && (group == 1 || tensor) &&
             build(plan(workers_.size())).possible();
    };
    while (group > 1 && !usable()) --group;
    if (!usable()) return;
    for (std::size_t count = 2 * group; count <= workers_.size(); count += group) {
      if (!supports(Parallelism::pipeline_parallel, first_workers(count))) return;
      Placement placement = build(plan(count));
      const bool fits = placement.fits();
      if (fits || count == workers_.size()) found_.push_back(std::move(placement));
      if (fits) break;
    }
  }

  void divided_experts() {
    if (scenario_.model.moe && supports(Parallelism::expert_parallel, workers_))
      add_if_possible({.strategy = PlacementStrategy::expert_parallel, .executors = workers_});
  }

  void with_cpu() {
    const bool gpus = on_gpus() && !workers_.empty();
    if (gpus && supports(Parallelism::cpu_experts) && scenario_.model.moe) cpu_experts(false);
    if (gpus && !any_fits() && supports(Parallelism::cpu_layers)) cpu_layers(false);
    const bool runs_on_cpu = on_gpus() && find_backend(*scenario_.engine, "cpu");
    if (!any_fits() && runs_on_cpu) add({.strategy = PlacementStrategy::cpu});
  }

  // Adds the plan that keeps as many of `all` layers on the accelerator as fit there.
  template <class Plan>
  void keep_on_gpu(int all, Plan plan) {
    const auto kept = largest_fitting(all, [&](int on_gpu) {
      const Placement placement = build(plan(on_gpu));
      return placement.possible() && gpu_fits(placement);
    });
    add(plan(kept.value_or(0)));
  }

  void cpu_experts(bool asked) {
    const int layers = moe_layers(scenario_.model);
    const auto plan = [&](int on_cpu) {
      return PlacementPlan{.strategy = PlacementStrategy::cpu_experts,
                           .executors = first_gpu(),
                           .cpu_expert_layers = on_cpu};
    };
    if (asked && scenario_.spec.cpu_expert_layers.has()) {
      add(plan(std::min(layers, *scenario_.spec.cpu_expert_layers.value)));
      return;
    }
    keep_on_gpu(layers, [&](int on_gpu) { return plan(layers - on_gpu); });
  }

  void cpu_layers(bool asked) {
    const int layers = static_cast<int>(scenario_.model.layers.size());
    const auto plan = [&](int on_gpu) {
      return PlacementPlan{.strategy = PlacementStrategy::cpu_layers,
                           .executors = first_gpu(),
                           .gpu_layers = on_gpu};
    };
    if (asked && scenario_.spec.gpu_layers.has()) {
      add(plan(std::min(layers, *scenario_.spec.gpu_layers.value)));
      return;
    }
    keep_on_gpu(layers, plan);
  }

  // The accelerators' own pools; main memory is judged afterwards.
  static bool gpu_fits(const Placement& placement) {
    return placement.loads.front().short_by() == Bytes();
  }

  const PlacementRequest& request_;
  const Scenario& scenario_;
  const Fabric& fabric_;
  std::int64_t context_;
  std::vector<int> workers_;  // machine by machine
  std::size_t most_of_a_node_ = 0;
  bool alike_ = true;  // every machine has as many
  std::vector<Placement> found_;
};

}  // namespace

bool must_stream(const Scenario& scenario) {
  return scenario.streaming &&
         (scenario.engine->streaming->always || scenario.placement == PlacementStrategy::streamed);
}

int nodes_of_replica(const Scenario& scenario, const Fabric& fabric) {
  const int nodes =
      std::min(fabric.node_count(), scenario.spec.nodes.value.value_or(fabric.node_count()));
  return std::max(1, nodes / scenario.replicas);
}

int nodes_of_scenario(const Scenario& scenario, const Fabric& fabric) {
  return nodes_of_replica(scenario, fabric) * scenario.replicas;
}

std::vector<Placement> candidate_placements(const PlacementRequest& request, std::int64_t context) {
  return Search(request, context).run();
}

namespace {

// The placement with another context. Where the CPU helps, how much of it depends on the context.
bool still_fits(const PlacementRequest& request, const Placement& placement, std::int64_t context) {
  if (placement.strategy != PlacementStrategy::cpu_layers &&
      placement.strategy != PlacementStrategy::cpu_experts)
    return build_placement(request, placement, context).fits();
  Scenario fixed = *request.scenario;
  fixed.placement = placement.strategy;
  const PlacementRequest same{
      .scenario = &fixed, .fabric = request.fabric, .demand = request.demand};
  return candidate_placements(same, context).front().fits();
}

}  // namespace

std::optional<std::int64_t> largest_context(const PlacementRequest& request,
                                            const Placement& placement) {
  const std::int64_t granule = request.scenario->engine->context_granule;
  const std::int64_t most = request.scenario->model.max_context / granule;
  const auto fits = [&](std::int64_t granules) {
    return still_fits(request, placement, granules * granule);
  };
  if (most < 1 || !fits(1)) return std::nullopt;
  const auto best = largest_fitting(static_cast<int>(most - 1), [&](int n) { return fits(n + 1); });
  return (static_cast<std::int64_t>(*best) + 1) * granule;
}

}  // namespace plimsoll

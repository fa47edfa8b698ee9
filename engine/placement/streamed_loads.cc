#include "placement/streamed_loads.h"

#include <algorithm>

#include "base/quantity_text.h"
#include "placement/ledger.h"

namespace plimsoll {

namespace {

constexpr auto experts_role = static_cast<std::size_t>(TensorRole::routed_experts);

Bytes all_weights(const WeightDemand& demand) {
  Bytes sum = total(demand.input) + total(demand.output);
  // A tied head is no copy where everything is on one unit.
  if (demand.tied) sum = sum - demand.output[static_cast<std::size_t>(TensorRole::output)];
  for (const RoleBytes& layer : demand.layers) sum += total(layer);
  return sum;
}

Bytes drive_size(const SystemSpec& system) {
  Bytes sum;
  for (const SystemStorage& drive : system.storage) sum += drive.size * drive.count;
  return sum;
}

class StreamedLoads {
 public:
  // `paged`: dense weights come and go with the page cache.
  StreamedLoads(const PlacementRequest& request, std::int64_t context, bool paged,
                Placement& placement)
      : request_(request),
        scenario_(*request.scenario),
        setup_(*request.scenario->streaming),
        demand_(*request.demand),
        ledger_(request, context),
        placement_(placement),
        executor_(placement.stages.front().executors.front()) {
    placement_.weights_paged = paged;
  }

  void fill() {
    placement_.embedding_executor = executor_;
    weights();
    working_memory();
    other_programs();
    expert_cache();
    placement_.loads = ledger_.finish();
  }

 private:
  void weights() {
    RoleBytes dense = demand_.input;
    const auto add = [&dense](const RoleBytes& part) {
      for (std::size_t role = 0; role < dense.size(); ++role) dense[role] += part[role];
    };
    for (const RoleBytes& layer : demand_.layers) add(layer);
    add(demand_.output);
    if (demand_.tied) dense[static_cast<std::size_t>(TensorRole::output)] = Bytes();
    RoleBytes repacked = demand_.repacked;
    if (!placement_.weights_paged) {
      const Bytes experts = repacked[experts_role];
      repacked = {};
      repacked[experts_role] = experts;
      dense[experts_role] = Bytes();
      ledger_.weights(executor_, dense, setup_.dense_weights);
    }
    ledger_.weights(executor_, repacked, WeightMemory::anonymous);
  }

  void working_memory() {
    const int sequences = scenario_.workload.batch;
    for (int layer = 0; layer < static_cast<int>(demand_.layers.size()); ++layer)
      ledger_.cache(executor_, layer, 1.0, sequences);
    const BufferEstimate buffers = ledger_.buffer_estimate(sequences);
    ledger_.buffers(executor_, buffers.layers);
    ledger_.buffers(executor_, buffers.output);
    ledger_.overhead(executor_);
    // Mapped experts are used where the page cache has them.
    if (setup_.access != ReadAccess::mmap)
      ledger_.hold(executor_,
                   {.kind = LoadKind::staging, .bytes = Estimate::exact(2.0 * layer_experts())},
                   WeightMemory::wired);
  }

  // What one token reads of the largest layer.
  double layer_experts() const {
    const MoeSpec& moe = *scenario_.model.moe;
    Bytes largest;
    for (const RoleBytes& layer : demand_.layers) largest = std::max(largest, layer[experts_role]);
    return largest.base() / moe.experts * moe.experts_per_token;
  }

  void other_programs() {
    const int cpu = request_.fabric->cpu(0);
    ledger_.hold(
        cpu >= 0 ? cpu : executor_,
        {.kind = LoadKind::other_programs, .bytes = Estimate::exact(setup_.other_memory.base())},
        WeightMemory::anonymous);
  }

  void expert_cache() {
    if (setup_.cache_policy == ReplacementKind::none) return;
    const StreamingSpec& engine = *scenario_.engine->streaming;
    const Bytes size =
        setup_.cache_size > Bytes()
            ? setup_.cache_size
            : ledger_.room_for(executor_, setup_.cache_memory) * engine.cache_default;
    placement_.expert_cache = size;
    ledger_.hold(executor_, {.kind = LoadKind::expert_cache, .bytes = Estimate::exact(size.base())},
                 setup_.cache_memory);
  }

  const PlacementRequest& request_;
  const Scenario& scenario_;
  const StreamingSetup& setup_;
  const WeightDemand& demand_;
  Ledger ledger_;
  Placement& placement_;
  int executor_;
};

}  // namespace

std::string streamed_refusal(const PlacementRequest& request) {
  const Scenario& scenario = *request.scenario;
  if (!scenario.streaming || !scenario.engine->streaming)
    return scenario.engine->name + " does not read weights from the drive while it runs";
  if (!scenario.model.moe && scenario.streaming->access != ReadAccess::mmap)
    return scenario.model.name + " has no routed experts that could stay on the drive";
  const SystemSpec& system = scenario.first_system();
  const Bytes drive = drive_size(system);
  const Bytes weights = all_weights(*request.demand);
  if (drive > Bytes() && weights > drive)
    return "the weights take " + print(weights) + ", the drive of " + system.name + " has " +
           print(drive);
  return {};
}

void fill_streamed(const PlacementRequest& request, std::int64_t context, Placement& placement) {
  const StreamingSetup& setup = *request.scenario->streaming;
  const bool mapped = setup.dense_weights == WeightMemory::mapped;
  const bool paged = mapped && setup.access == ReadAccess::mmap;
  StreamedLoads(request, context, paged, placement).fill();
  // What is mapped and does not fit is read again for every token.
  if (mapped && !paged && !placement.fits())
    StreamedLoads(request, context, true, placement).fill();
}

}  // namespace plimsoll

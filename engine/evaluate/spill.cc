#include "evaluate/spill.h"

#include <algorithm>

#include "base/quantity_text.h"

namespace plimsoll {
namespace {

// Share of the weights that one token reads.
double share_read(const Prepared& prepared) {
  const auto& moe = prepared.scenario.model.moe;
  const Footprint& footprint = prepared.footprint;
  if (!moe || footprint.weights == Bytes()) return 1.0;
  Bytes experts;
  for (const Bytes layer : footprint.layer_experts) experts += layer;
  const double idle = 1.0 - static_cast<double>(moe->experts_per_token) / moe->experts;
  return 1.0 - idle * (experts / footprint.weights);
}

// What one card lacks, and the link behind which the rest would lie.
struct Overflow {
  Bytes bytes;
  const LinkSpec* link = nullptr;
  double seconds() const { return bytes.base() / link->reached.value.base(); }
};

const LinkSpec* host_link_of(const Fabric& fabric, int pool, Catalog& catalog) {
  for (const Executor& executor : fabric.executors())
    if (executor.pool == pool && !executor.device->host_link.empty()) {
      Diagnostics told_elsewhere;
      return catalog.link(executor.device->host_link, executor.device->place, told_elsewhere);
    }
  return nullptr;
}

std::vector<Overflow> overflows_of(const Placement& placement, const Fabric& fabric,
                                   Catalog& catalog) {
  std::vector<Overflow> overflows;
  for (const PoolLoad& load : placement.loads) {
    if (fabric.pools()[static_cast<std::size_t>(load.pool)].kind != PoolKind::device) continue;
    if (load.short_by() <= Bytes()) continue;
    if (const LinkSpec* link = host_link_of(fabric, load.pool, catalog))
      overflows.push_back({.bytes = load.short_by(), .link = link});
  }
  return overflows;
}

// All layers on cards, with the least that does not fit; null where they fit.
const Placement* fullest_on_cards(const Prepared& prepared) {
  const Placement* best = nullptr;
  for (const Placement& candidate : prepared.candidates) {
    if (!candidate.possible() || !candidate.on_accelerators()) continue;
    if (candidate.strategy == PlacementStrategy::streamed) continue;
    if (candidate.fits()) return nullptr;
    if (!best || candidate.short_by() < best->short_by()) best = &candidate;
  }
  return best;
}

// The source in brackets at its end is for `show`.
std::string without_source(const std::string& text) {
  const std::size_t bracket = text.rfind(" [");
  return bracket != std::string::npos && text.ends_with(']') ? text.substr(0, bracket) : text;
}

std::string text_of(const OsSpec& os, const Placement& placement, Bytes spilled, Bytes room,
                    const Overflow& slowest, double tokens_per_second) {
  const std::string where =
      placement.description + ": " + print_binary(spilled) + " do not fit; " + os.name;
  if (spilled > room)
    return where + " has no more than " + print_binary(room) + " of shared GPU memory for them";
  return where + " does not fail but keeps them in shared GPU memory (main memory, at most " +
         print_binary(room) + "), read over " + slowest.link->name + " at " +
         print(slowest.link->reached.value) + ": at most " + print_number(tokens_per_second, 2) +
         " token/s. To fail instead: " + without_source(os.gpu_spill->turn_off);
}

}  // namespace

std::string spill_note(const Prepared& prepared, Catalog& catalog) {
  const SystemSpec& system = *prepared.scenario.cluster.machines.front().system;
  Diagnostics told_elsewhere;
  const OsSpec* os = catalog.os(system.os, system.place, told_elsewhere);
  const Placement* placement = os && os->gpu_spill ? fullest_on_cards(prepared) : nullptr;
  if (!placement) return {};
  const std::vector<Overflow> overflows = overflows_of(*placement, *prepared.fabric, catalog);
  if (overflows.empty()) return {};
  Bytes spilled;
  for (const Overflow& overflow : overflows) spilled += overflow.bytes;
  const Overflow& slowest = *std::max_element(
      overflows.begin(), overflows.end(),
      [](const Overflow& a, const Overflow& b) { return a.seconds() < b.seconds(); });
  const Bytes room = os->gpu_spill->share.value * system.host.memory;
  return text_of(*os, *placement, spilled, room, slowest,
                 1.0 / (slowest.seconds() * share_read(prepared)));
}

}  // namespace plimsoll

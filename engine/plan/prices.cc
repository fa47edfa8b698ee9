#include "plan/prices.h"

#include "catalog/figure_spread.h"

namespace plimsoll {
namespace {

PlanPrice purchase(const SystemSpec& system, Catalog& catalog, Diagnostics& diagnostics) {
  const money::Purchase bought = money::purchase_of(system, catalog, diagnostics);
  PlanPrice price;
  if (bought.whole) {
    price.usd = bought.whole->value;
    price.of = {*bought.whole};
    return price;
  }
  if (const auto parts = bought.at_least()) price.at_least = parts->value;
  price.of = bought.parts;
  price.why_unknown = bought.why_not();
  return price;
}

// Only machines of one kind of card are offered by the GPU-hour.
PlanPrice rent(const SystemSpec& system, Catalog& catalog, Diagnostics& diagnostics) {
  PlanPrice price;
  if (system.parts.size() != 1) {
    price.why_unknown = "only machines of one kind of GPU are rented by the GPU-hour";
    return price;
  }
  const SystemPart& part = system.parts.front();
  const money::RentRequest request{.gpus = part.count};
  // Rented all month, whatever the load.
  const money::ServiceRate any{.input_tokens_per_second = Estimate::exact(1.0),
                               .output_tokens_per_second = Estimate::exact(1.0)};
  const money::Answer<money::RentCost> cost =
      money::cost_of_renting(catalog.prices(diagnostics), part.device, request, {}, any);
  if (!cost) {
    price.why_unknown = cost.why_not;
    return price;
  }
  price.usd = cost->usd_per_month;
  price.of = cost->prices;
  return price;
}

}  // namespace

PlanPrice price_of(const SystemSpec& system, Acquisition acquisition, Catalog& catalog,
                   Diagnostics& diagnostics) {
  return acquisition == Acquisition::rent ? rent(system, catalog, diagnostics)
                                          : purchase(system, catalog, diagnostics);
}

PlanPrice price_of(const PlanPrice& one, const MachineSet& machines) {
  const int paid = machines.machines() - machines.owned;
  if (paid <= 0) return {.usd = Estimate::exact(0.0), .at_least = {}, .why_unknown = {}, .of = {}};
  PlanPrice price = one;
  if (one.usd) price.usd = times(*one.usd, paid);
  if (one.at_least) price.at_least = *one.at_least * paid;
  return price;
}

PlanPower power_of(const SystemSpec& system) {
  if (system.load_power) return {.watts = estimate_of(*system.load_power)};
  if (system.max_power) return {.watts = estimate_of(*system.max_power), .at_most = true};
  return {};
}

PlanPower power_of(const PlanPower& one, const MachineSet& machines) {
  PlanPower power = one;
  if (one.watts) power.watts = times(*one.watts, machines.machines());
  return power;
}

}  // namespace plimsoll

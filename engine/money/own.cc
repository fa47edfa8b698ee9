#include <algorithm>

#include "base/quantity_text.h"
#include "base/text.h"
#include "catalog/words.h"
#include "money/used_price.h"

namespace plimsoll::money {

namespace {

std::string dollars(double usd) {
  return print(Dollars(usd));
}

std::string times(int count, const std::string& id) {
  return count == 1 ? id : std::to_string(count) + "x " + id;
}

// Adds the price of so many devices, or notes that there is none.
void add_part(const std::string& id, int count, Catalog& catalog, const SourcePlace& place,
              Diagnostics& diagnostics, Purchase& purchase) {
  const DeviceSpec* device = catalog.device(id, place, diagnostics);
  if (device && device->price) {
    purchase.parts.push_back(used_price(times(count, id), *device->price, count, "USD"));
  } else {
    purchase.unpriced.push_back(times(count, id));
  }
}

}  // namespace

std::optional<Estimate> Purchase::at_least() const {
  if (whole) return whole->value;
  if (parts.empty()) return std::nullopt;
  Amount sum;
  for (const UsedPrice& part : parts) sum += amount_of(part);
  return sum.estimate();
}

std::string Purchase::why_not() const {
  if (whole) return {};
  std::string unknown = "no price of " + id + " is known";
  if (parts.empty()) return unknown;
  std::vector<std::string> names;
  for (const UsedPrice& part : parts) names.push_back(part.what);
  return unknown + "; " + joined(names) + " alone cost " + dollars(at_least()->value) +
         ", and there is no price of " + joined(unpriced);
}

Purchase purchase_of(const SystemSpec& system, Catalog& catalog, Diagnostics& diagnostics) {
  Purchase purchase{.id = system.id};
  if (system.price) {
    purchase.whole = used_price("purchase of " + system.id, *system.price, 1.0, "USD");
    return purchase;
  }
  for (const SystemPart& part : system.parts) {
    add_part(part.device, part.count, catalog, system.place, diagnostics, purchase);
  }
  if (!system.host.device.empty()) {
    add_part(system.host.device, system.host.sockets, catalog, system.place, diagnostics, purchase);
  }
  purchase.unpriced.push_back("the rest of the machine");
  return purchase;
}

std::optional<PowerDraw> power_of(const SystemSpec& system) {
  if (!system.load_power) return std::nullopt;
  PowerDraw power{.load = estimate_of(*system.load_power), .idle = {}, .at_wall = true};
  if (system.idle_power) power.idle = estimate_of(*system.idle_power);
  return power;
}

namespace {

// The key of overheads.yaml.
std::string key_of(Site site) {
  switch (site) {
    case Site::home:
      return "home";
    case Site::home_cooled:
      return "home-cooled";
    case Site::colocation:
      return "colocation";
    case Site::hyperscale:
      break;
  }
  return "hyperscale";
}

// The class of failures.yaml whose replacements are paid for.
std::string key_of(Upkeep upkeep) {
  return upkeep == Upkeep::desk ? "desk" : "data-centre-gpu";
}

template <class Map>
std::string keys_of(const Map& map) {
  std::vector<std::string> keys;
  for (const auto& [key, value] : map) keys.push_back(key);
  return keys.empty() ? "none" : joined(keys);
}

Answer<UsedPrice> electricity_price(const PriceBook& book, const std::string& region,
                                    ElectricityClass tariff) {
  const auto found = book.electricity.find(region);
  if (found == book.electricity.end()) {
    return Answer<UsedPrice>::unknown("no electricity price of region '" + region +
                                      "' is known (known: " + keys_of(book.electricity) + ")");
  }
  const auto price = found->second.prices.find(tariff);
  const std::string name(word(tariff));
  if (price != found->second.prices.end()) {
    return Answer<UsedPrice>::known(used_price("electricity, " + region + " " + name, price->second,
                                               joules_per_kwh, "USD/kWh"));
  }
  std::vector<std::string_view> known;
  for (const auto& [other, figure] : found->second.prices) known.push_back(word(other));
  return Answer<UsedPrice>::unknown("no " + name + " electricity price of region '" + region +
                                    "' is known (known: " + joined(known) + ")");
}

Answer<UsedPrice> table_value(const std::map<std::string, Figure<double>>& table,
                              const std::string& key, const std::string& what) {
  const auto found = table.find(key);
  if (found == table.end()) {
    return Answer<UsedPrice>::unknown("no " + what + " '" + key + "' is known");
  }
  return Answer<UsedPrice>::known(used_price(what + ", " + key, found->second, 1.0, {}));
}

Answer<UsedPrice> life_of(const PriceBook& book, const std::optional<double>& years) {
  if (!years)
    return table_value(book.overheads.depreciation_years, "default", "depreciation years");
  return Answer<UsedPrice>::known({.what = "depreciation years",
                                   .value = Estimate::exact(*years),
                                   .unit = {},
                                   .date = {},
                                   .source = "as asked for",
                                   .confidence = Confidence::high});
}

Answer<UsedPrice> replacements_of(const PriceBook& book, Upkeep upkeep) {
  const auto found = book.failures.classes.find(key_of(upkeep));
  if (found == book.failures.classes.end() || !found->second.replacements) {
    return Answer<UsedPrice>::unknown("no replacement rate '" + key_of(upkeep) + "' is known");
  }
  return Answer<UsedPrice>::known(
      used_price("replacements a year, " + found->first, *found->second.replacements, 1.0, {}));
}

Answer<UsedPrice> psu_efficiency_of(const PriceBook& book) {
  const auto& figure = book.overheads.psu_efficiency;
  if (!figure) return Answer<UsedPrice>::unknown("no efficiency of power supplies is known");
  return Answer<UsedPrice>::known(used_price("power supply efficiency", *figure, 1.0, {}));
}

}  // namespace

Answer<OwnTerms> own_terms(const PriceBook& book, const OwnAssumptions& assumptions) {
  const auto electricity = electricity_price(book, assumptions.region, assumptions.tariff);
  const auto pue = table_value(book.overheads.pue, key_of(assumptions.site), "PUE");
  const auto psu = psu_efficiency_of(book);
  const auto life = life_of(book, assumptions.life_years);
  const auto replacements = replacements_of(book, assumptions.upkeep);
  std::string problems;
  for (const auto* answer : {&electricity, &pue, &psu, &life, &replacements}) {
    if (!*answer) problems += (problems.empty() ? "" : "; ") + answer->why_not;
  }
  if (!problems.empty()) return Answer<OwnTerms>::unknown(problems);
  return Answer<OwnTerms>::known({.electricity = *electricity,
                                  .pue = *pue,
                                  .psu_efficiency = *psu,
                                  .life_years = *life,
                                  .replacements = *replacements,
                                  .residual_share = assumptions.residual_share});
}

namespace {

// Joules a month at the plug of all machines.
Amount joules_at_wall(const std::string& id, int machines, const PowerDraw& power,
                      const Amount& busy, const OwnTerms& terms) {
  const Amount load = Amount::of("load power of " + id, power.load);
  const double month = machines * seconds_per_month;
  Amount joules = load * month;
  // A busy machine draws at least what a waiting one does.
  if (power.idle && power.idle->value < power.load.value) {
    const Amount idle = Amount::of("idle power of " + id, *power.idle);
    joules = idle * month + (load - idle) * busy;
  }
  return power.at_wall ? joules : joules / amount_of(terms.psu_efficiency);
}

// Where the cost cannot be told, why.
std::string obstacle(const Purchase& purchase, int machines, const std::optional<PowerDraw>& power,
                     double machines_needed) {
  if (!purchase.whole) return purchase.why_not();
  if (!power) return "no power of " + purchase.id + " is known";
  if (overloads(machines_needed, machines)) return overload(machines_needed, machines);
  return {};
}

std::vector<UsedPrice> prices_of(const Purchase& purchase, const PowerDraw& power,
                                 const OwnTerms& terms) {
  std::vector<UsedPrice> prices = {*purchase.whole, terms.electricity, terms.pue, terms.life_years,
                                   terms.replacements};
  if (!power.at_wall) prices.push_back(terms.psu_efficiency);
  return prices;
}

}  // namespace

Answer<OwnCost> cost_of_owning(const Purchase& purchase, int machines,
                               const std::optional<PowerDraw>& power, const OwnTerms& terms,
                               const MonthlyLoad& load, const ServiceRate& rate) {
  const Amount busy = busy_seconds(load, rate, purchase.id);
  const std::string problem =
      obstacle(purchase, machines, power, busy.median() / seconds_per_month);
  if (!problem.empty()) return Answer<OwnCost>::unknown(problem);

  const Amount bought = amount_of(*purchase.whole) * static_cast<double>(machines);
  const Amount kwh = joules_at_wall(purchase.id, machines, *power, busy, terms) / joules_per_kwh *
                     amount_of(terms.pue);
  const Amount electricity = kwh * amount_of(terms.electricity);
  const Amount upkeep = bought * amount_of(terms.replacements) / 12.0;
  const Amount depreciation =
      bought * (1.0 - terms.residual_share) / (amount_of(terms.life_years) * 12.0);
  const Amount monthly = depreciation + electricity + upkeep;

  OwnCost cost{.machines = machines};
  cost.purchase_usd = bought.estimate();
  cost.depreciation_usd_per_month = depreciation.estimate();
  cost.electricity_usd_per_month = electricity.estimate();
  cost.upkeep_usd_per_month = upkeep.estimate();
  cost.usd_per_month = monthly.estimate();
  cost.usd_per_hour = (monthly / hours_per_month).estimate();
  cost.kwh_per_month = kwh.estimate();
  cost.utilisation = (busy / (machines * seconds_per_month)).estimate();
  cost.usd_per_million_output_tokens = per_million(monthly, load.output);
  cost.usd_per_million_tokens = per_million(monthly, load.input + load.output);
  cost.monthly = monthly;
  cost.cash = {.name = "owning " + times(machines, purchase.id),
               .upfront = bought,
               .per_month = electricity + upkeep,
               .life_months = terms.life_years.value.value * 12.0};
  cost.prices = prices_of(purchase, *power, terms);
  if (!power->idle)
    cost.notes.push_back("the idle power of " + purchase.id +
                         " is not known: it is charged as if busy all month");
  return Answer<OwnCost>::known(std::move(cost));
}

}  // namespace plimsoll::money

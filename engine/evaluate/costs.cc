#include "evaluate/costs.h"

#include <algorithm>
#include <array>
#include <cmath>

#include "base/contains.h"
#include "base/quantity_text.h"
#include "catalog/words.h"
#include "money/reliability.h"
#include "money/used_price.h"

namespace plimsoll {

namespace {

using money::Amount;
using money::Answer;

std::string times(int count, const std::string& what) {
  return std::to_string(count) + "x " + what;
}

std::string value_text(const Estimate& value, const std::string& unit, const std::string& date) {
  std::string text = print_number(value.value);
  if (!unit.empty()) text += " " + unit;
  if (value.low != value.high)
    text += " (" + print_number(value.low) + " … " + print_number(value.high) + ")";
  return date.empty() ? text : text + ", " + date;
}

UsedFigure used_figure(const money::UsedPrice& price) {
  return {.what = price.what,
          .value = value_text(price.value, price.unit, price.date),
          .from = {.status = price.status,
                   .confidence = price.confidence,
                   .source = price.source,
                   .place = {},
                   .date = price.date}};
}

void note_prices(const std::vector<money::UsedPrice>& prices, std::vector<UsedFigure>& used) {
  for (const money::UsedPrice& price : prices) used.push_back(used_figure(price));
}

// End by end: what is summed errs together, being of a kind or under the same prices.
Estimate sum(const Estimate& a, const Estimate& b) {
  return {a.value + b.value, a.low + b.low, a.high + b.high};
}

// ---- The machines ------------------------------------------------------------------------------

MachineKind kind_of(const SystemSpec& system, Catalog& catalog) {
  Diagnostics quiet;  // the machine has been read before
  MachineKind kind{.purchase = money::purchase_of(system, catalog, quiet),
                   .power = money::power_of(system),
                   .gpu = {},
                   .count = 0,
                   .serving = 0,
                   .in_replica = 0};
  if (!kind.power && system.max_power) {
    kind.power = money::PowerDraw{.load = estimate_of(*system.max_power), .idle = {}};
    kind.power_at_most = true;
  }
  if (system.parts.size() == 1) {
    kind.gpu = system.parts.front().device;
    kind.gpus = system.parts.front().count;
  }
  return kind;
}

MachineKind& find_or_add_kind(const SystemSpec& system, std::vector<MachineKind>& kinds,
                              Catalog& catalog) {
  const auto known = std::find_if(kinds.begin(), kinds.end(), [&](const MachineKind& kind) {
    return kind.purchase.id == system.id;
  });
  if (known != kinds.end()) return *known;
  kinds.push_back(kind_of(system, catalog));
  return kinds.back();
}

// A machine that works during the share `busy` of its replica's work draws what it draws idle
// during the rest, where that is known.
void wait_between(double busy, MachineKind& kind) {
  if (!kind.power || !kind.power->idle) return;
  Estimate& load = kind.power->load;
  const Estimate& idle = *kind.power->idle;
  const auto mix = [&](double working, double waiting) {
    return busy * working + (1.0 - busy) * waiting;
  };
  load = {mix(load.value, idle.value), mix(load.low, idle.low), mix(load.high, idle.high)};
}

// ---- Where a machine stands --------------------------------------------------------------------

bool is_for(const FailureClass& failures, const std::string& device) {
  return contains(failures.devices, device);
}

// The class of the whole host where there is one, else that of one GPU; null for a desk.
const FailureClass* class_of(const PriceBook& book, const MachineKind& kind) {
  const FailureClass* found = nullptr;
  for (const auto& [id, failures] : book.failures.classes) {
    if (!is_for(failures, kind.gpu)) continue;
    if (failures.gpus == kind.gpus) return &failures;
    if (failures.gpus == 0) found = &failures;
  }
  return found;
}

bool in_data_centre(const PriceBook& book, const MachineKind& kind) {
  return class_of(book, kind) != nullptr;
}

money::OwnAssumptions assumptions_of(const PriceBook& book, const MachineKind& kind) {
  if (in_data_centre(book, kind))
    return {.tariff = ElectricityClass::commercial,
            .site = money::Site::colocation,
            .upkeep = money::Upkeep::data_centre};
  return {};
}

// ---- What is asked of them ---------------------------------------------------------------------

// The tokens of a month, and the rates they are served at.
struct Asked {
  money::MonthlyLoad load;
  money::ServiceRate rate;
  Amount output;  // tokens, as uncertain as they are
};

// Machines that are busy all month: that is certain, and how many tokens they make is not.
Asked all_they_can(const CostQuestion& question) {
  const money::ServiceRate& rate = question.rate;
  Asked asked;
  asked.rate = {.input_tokens_per_second = Estimate::exact(rate.input_tokens_per_second.value),
                .output_tokens_per_second = Estimate::exact(rate.output_tokens_per_second.value)};
  asked.load = money::load_at(asked.rate, 1, 1.0, question.input_per_output);
  const money::MonthlyLoad one_token{.input = question.input_per_output, .output = 1.0};
  const Estimate seconds = money::busy_seconds(one_token, rate, "the replicas").estimate();
  asked.output = Amount::of("tokens a month",
                            {asked.load.output, asked.load.output * seconds.value / seconds.high,
                             asked.load.output * seconds.value / seconds.low});
  return asked;
}

Asked as_given(const MonthlyDemand& load, const money::ServiceRate& rate) {
  Asked asked;
  asked.rate = rate;
  asked.load = {.input = static_cast<double>(load.input),
                .output = static_cast<double>(load.output),
                .cached = static_cast<double>(load.cached)};
  asked.output = Amount(asked.load.output);
  return asked;
}

Asked asked_of(const CostQuestion& question) {
  Asked asked = question.load ? as_given(*question.load, question.rate) : all_they_can(question);
  asked.load.longest_prompt = question.longest_prompt;
  return asked;
}

Amount busy_share(const Asked& asked) {
  return money::busy_seconds(asked.load, asked.rate, "the replicas") / money::seconds_per_month;
}

std::optional<Estimate> per_million(const Amount& usd_per_month, const Asked& asked) {
  if (asked.output.is_zero()) return std::nullopt;
  return (usd_per_month / asked.output * money::tokens_per_mtok).estimate();
}

// Why the load cannot be had from these machines; empty where it can.
std::string overload_of(const CostQuestion& question, const Asked& asked) {
  const double share = busy_share(asked).median();
  if (!money::overloads(share, 1)) return {};
  const int serving = question.replicas - question.spare;
  return "the load is " + print_number(share) + " times what " +
         (serving == 1 ? "one replica" : std::to_string(serving) + " replicas") + " can carry";
}

// ---- Owning ------------------------------------------------------------------------------------

// Machines of several kinds are summed up.
struct Owned {
  OwningCost parts;
  Amount monthly;
  money::CashFlow cash;
};

money::ServiceRate share_of(const money::ServiceRate& rate, int machines) {
  const double share = 1.0 / machines;
  return {.input_tokens_per_second = money::scaled(rate.input_tokens_per_second, share),
          .output_tokens_per_second = money::scaled(rate.output_tokens_per_second, share)};
}

Answer<money::OwnCost> cost_of_kind(const PriceBook& book, const MachineKind& kind,
                                    const Asked& asked) {
  const Answer<money::OwnTerms> terms = money::own_terms(book, assumptions_of(book, kind));
  if (!terms) return Answer<money::OwnCost>::unknown(terms.why_not);
  // Machines that only stand by do none of the work.
  const bool works = kind.serving > 0;
  return money::cost_of_owning(kind.purchase, kind.count, kind.power, *terms,
                               works ? asked.load : money::MonthlyLoad{},
                               works ? share_of(asked.rate, kind.serving) : asked.rate);
}

void add_owned(const money::OwnCost& cost, Owned& all) {
  OwningCost& parts = all.parts;
  parts.purchase_usd = sum(parts.purchase_usd, cost.purchase_usd);
  parts.depreciation_usd_per_month =
      sum(parts.depreciation_usd_per_month, cost.depreciation_usd_per_month);
  parts.electricity_usd_per_month =
      sum(parts.electricity_usd_per_month, cost.electricity_usd_per_month);
  parts.upkeep_usd_per_month = sum(parts.upkeep_usd_per_month, cost.upkeep_usd_per_month);
  parts.life_years = *cost.cash.life_months / 12.0;
  all.monthly += cost.monthly;
  all.cash.name = all.cash.name.empty() ? cost.cash.name : "owning the machines";
  all.cash.upfront += cost.cash.upfront;
  all.cash.per_month += cost.cash.per_month;
  all.cash.life_months = cost.cash.life_months;
}

std::string electricity_note(const MachineKind& kind) {
  return "nobody published what " + kind.purchase.id +
         " draws under load: its electricity is counted at the most it can draw, " +
         print(Watts(kind.power->load.value)) + ", all month";
}

std::string place_of(const PriceBook& book, const CostQuestion& question) {
  const auto racked = [&](const MachineKind& kind) { return in_data_centre(book, kind); };
  const auto& all = question.machines;
  if (std::all_of(all.begin(), all.end(), racked)) return "colocation";
  return std::any_of(all.begin(), all.end(), racked) ? "colocation and home" : "home";
}

std::string machines_text(const CostQuestion& question) {
  std::string text;
  for (const MachineKind& kind : question.machines)
    text += (text.empty() ? "" : " + ") + times(kind.count, kind.purchase.id);
  return text;
}

std::optional<Owned> own(const PriceBook& book, const CostQuestion& question, const Asked& asked,
                         MonthlyCosts& costs, std::vector<UsedFigure>& used) {
  WayCost way{.way = "own",
              .what = machines_text(question) + ", " + place_of(book, question),
              .usd_per_month = {},
              .usd_per_million_output_tokens = {},
              .why_not = overload_of(question, asked)};
  Owned all;
  std::vector<UsedFigure> prices;
  std::vector<std::string> notes;
  for (const MachineKind& kind : question.machines) {
    if (!way.why_not.empty()) break;
    const Answer<money::OwnCost> cost = cost_of_kind(book, kind, asked);
    way.why_not = cost.why_not;
    if (!cost) break;
    add_owned(*cost, all);
    note_prices(cost->prices, prices);
    if (kind.power_at_most)
      notes.push_back(electricity_note(kind));
    else
      notes.insert(notes.end(), cost->notes.begin(), cost->notes.end());
  }
  const bool known = way.why_not.empty();
  if (known) {
    way.usd_per_month = all.monthly.estimate();
    way.usd_per_million_output_tokens = per_million(all.monthly, asked);
    costs.owning = all.parts;
    used.insert(used.end(), prices.begin(), prices.end());
    costs.notes.insert(costs.notes.end(), notes.begin(), notes.end());
    costs.notes.push_back(
        "owning counts purchase, electricity and replaced parts; the room, the network and the "
        "people are not in it");
  }
  costs.ways.push_back(std::move(way));
  return known ? std::optional(std::move(all)) : std::nullopt;
}

// ---- Renting -----------------------------------------------------------------------------------

// The one kind of GPU that all machines have, or nothing.
struct Gpus {
  std::string device;
  int count = 0;
};
std::optional<Gpus> gpus_of(const CostQuestion& question) {
  Gpus gpus{.device = question.machines.front().gpu};
  for (const MachineKind& kind : question.machines) {
    if (kind.gpu.empty() || kind.gpu != gpus.device) return std::nullopt;
    gpus.count += kind.gpus * kind.count;
  }
  return gpus;
}

// "8x h100-sxm5-80gb, hyperscaler, on demand"
std::string offer_text(const money::RentCost& cost) {
  std::string text = cost.prices.front().what;
  constexpr std::string_view before = "rent of ";
  if (text.starts_with(before)) text = text.substr(before.size());
  std::replace(text.begin(), text.end(), '_', ' ');
  return times(cost.gpus, text);
}

WayCost rent_way(const money::RentCost& cost, const Asked& asked) {
  return {.way = "rent",
          .what = offer_text(cost),
          .usd_per_month = cost.usd_per_month,
          .usd_per_million_output_tokens = per_million(cost.monthly, asked),
          .why_not = {}};
}

void unknown_rent(std::string why, MonthlyCosts& costs) {
  costs.ways.push_back({.way = "rent",
                        .what = "GPUs by the hour",
                        .usd_per_month = {},
                        .usd_per_million_output_tokens = {},
                        .why_not = std::move(why)});
}

// The usual offer, to compare with, and then one of each class of providers.
std::optional<money::CashFlow> rent(const PriceBook& book, const CostQuestion& question,
                                    const Asked& asked, MonthlyCosts& costs,
                                    std::vector<UsedFigure>& used) {
  const std::optional<Gpus> gpus = gpus_of(question);
  std::string problem = overload_of(question, asked);
  if (problem.empty() && !gpus)
    problem = "only machines of one kind of GPU are rented by the GPU-hour";
  if (!problem.empty()) {
    unknown_rent(problem, costs);
    return std::nullopt;
  }
  std::optional<money::CashFlow> usual;
  std::vector<std::string> told;
  constexpr std::array<std::optional<ProviderClass>, 4> providers = {
      std::nullopt, ProviderClass::hyperscaler, ProviderClass::specialist,
      ProviderClass::long_tail};
  for (const std::optional<ProviderClass>& provider : providers) {
    const Answer<money::RentCost> cost = money::cost_of_renting(
        book, gpus->device, {.gpus = gpus->count, .provider = provider}, asked.load, asked.rate);
    if (!cost) {
      if (!provider) unknown_rent(cost.why_not, costs);
      continue;
    }
    WayCost way = rent_way(*cost, asked);
    if (!provider) usual = cost->cash;
    if (contains(told, way.what)) continue;
    told.push_back(way.what);
    costs.ways.push_back(std::move(way));
    note_prices(cost->prices, used);
  }
  return usual;
}

// ---- By the token ------------------------------------------------------------------------------

std::optional<money::CashFlow> buy(const PriceBook& book, const CostQuestion& question,
                                   const Asked& asked, MonthlyCosts& costs,
                                   std::vector<UsedFigure>& used) {
  Answer<money::ApiCost> cost = money::cost_of_api(book, question.model, asked.load);
  WayCost way{.way = "API",
              .what = question.model,
              .usd_per_month = {},
              .usd_per_million_output_tokens = {},
              .why_not = cost.why_not};
  std::optional<money::CashFlow> cash;
  if (cost) {
    // What is bought is what the machines would have made.
    Amount monthly = cost->monthly;
    if (!asked.output.is_zero()) monthly *= asked.output / Amount(asked.load.output);
    way.what = cost->cash.name + ", " + cost->provider;
    way.usd_per_month = monthly.estimate();
    way.usd_per_million_output_tokens = per_million(monthly, asked);
    cash = cost->cash;
    cash->per_month = monthly;
    note_prices(cost->prices, used);
    costs.notes.insert(costs.notes.end(), cost->notes.begin(), cost->notes.end());
  }
  costs.ways.push_back(std::move(way));
  return cash;
}

void pay_back(const Owned& owned, const std::optional<money::CashFlow>& other,
              MonthlyCosts& costs) {
  if (!other) return;
  constexpr Date any{.year = 2026, .month = 1, .day = 1};  // only the months are told
  const money::BreakEven even = money::break_even(owned.cash, *other, any);
  costs.paybacks.push_back({.against = other->name,
                            .months = even.months,
                            .low = even.low,
                            .high = even.high,
                            .chance = even.chance,
                            .why_never = even.reason});
}

bool usable(const Estimate& rate) {
  return rate.low > 0.0 && std::isfinite(rate.high);
}

}  // namespace

CostQuestion cost_question(const Scenario& scenario, int machines_of_replica,
                           const std::vector<double>& busy, const money::ServiceRate& rate,
                           Catalog& catalog) {
  const Workload& w = scenario.workload;
  CostQuestion question{
      .machines = {},
      .model = scenario.model.id,
      .replicas = scenario.replicas,
      .spare = scenario.spare,
      .rate = rate,
      .load = scenario.monthly_demand,
      .input_per_output = static_cast<double>(w.prompt) / static_cast<double>(w.generate),
      .longest_prompt = static_cast<double>(w.depth + w.prompt)};
  const int serving = (scenario.replicas - scenario.spare) * machines_of_replica;
  std::vector<double> work;  // of the serving machines of a kind, summed up
  const auto machines = static_cast<std::size_t>(machines_of_replica * scenario.replicas);
  for (std::size_t i = 0; i < machines; ++i) {
    const SystemSpec& system = *scenario.cluster.machines[i].system;
    MachineKind& kind = find_or_add_kind(system, question.machines, catalog);
    work.resize(question.machines.size());
    const int place = static_cast<int>(i);
    ++kind.count;
    if (place < machines_of_replica) ++kind.in_replica;
    if (place >= serving) continue;
    ++kind.serving;
    work[static_cast<std::size_t>(&kind - question.machines.data())] += busy[i];
  }
  for (std::size_t k = 0; k < work.size(); ++k) {
    MachineKind& kind = question.machines[k];
    if (kind.serving > 0) wait_between(work[k] / kind.serving, kind);
  }
  return question;
}

MonthlyCosts monthly_costs(const PriceBook& book, const CostQuestion& question,
                           std::vector<UsedFigure>& used) {
  MonthlyCosts costs;
  if (!usable(question.rate.input_tokens_per_second) ||
      !usable(question.rate.output_tokens_per_second))
    return costs;
  const Asked asked = asked_of(question);
  costs.load_given = question.load.has_value();
  costs.output_tokens_per_month = asked.output.estimate();
  costs.input_tokens_per_month = asked.load.input;
  costs.cached_tokens_per_month = asked.load.cached;
  if (costs.load_given) costs.utilisation = busy_share(asked).estimate();
  const std::optional<Owned> owned = own(book, question, asked, costs, used);
  const std::optional<money::CashFlow> rented = rent(book, question, asked, costs, used);
  const std::optional<money::CashFlow> bought = buy(book, question, asked, costs, used);
  if (owned) {
    pay_back(*owned, rented, costs);
    pay_back(*owned, bought, costs);
  }
  return costs;
}

// ---- Redundancy --------------------------------------------------------------------------------

namespace {

std::string lower_first(std::string text) {
  // Names of classes begin with a word or with an abbreviation ("GPU"), which stays as it is.
  const bool word = text.size() > 1 && text[1] >= 'a' && text[1] <= 'z';
  if (word && text[0] >= 'A' && text[0] <= 'Z') text[0] = static_cast<char>(text[0] - 'A' + 'a');
  return text;
}

struct KindFailures {
  money::FailureModel model;  // of one machine
  std::string failing_as;
};

template <class Q>
void note_rate(std::string what, const Figure<Q>& figure, double scale, const std::string& unit,
               std::vector<UsedFigure>& used) {
  used.push_back(used_figure(money::used_price(std::move(what), figure, scale, unit)));
}

void note_failures(const FailureTable& table, const FailureClass& failures,
                   std::vector<UsedFigure>& used) {
  const std::string of = " a year, " + lower_first(failures.name);
  if (failures.events) note_rate("failures" + of, *failures.events, 1.0, {}, used);
  if (failures.replacements) note_rate("replacements" + of, *failures.replacements, 1.0, {}, used);
  constexpr double hours = 1.0 / money::seconds_per_hour;
  note_rate("time until a reset is done", *table.soft_repair, hours, "h", used);
  note_rate("time until a part is swapped", *table.hard_repair, hours, "h", used);
}

Answer<KindFailures> failures_of(const PriceBook& book, const MachineKind& kind,
                                 std::vector<UsedFigure>& used) {
  const FailureClass* listed = class_of(book, kind);
  const std::string id = listed ? listed->id : "desk";
  const Answer<money::FailureModel> model = money::failure_model(book, id);
  if (!model) return Answer<KindFailures>::unknown(model.why_not);
  const FailureClass& failures = book.failures.classes.at(id);
  note_failures(book.failures, failures, used);
  if (!listed || listed->gpus > 0)
    return Answer<KindFailures>::known({*model, lower_first(failures.name)});
  const std::array members = {money::GroupMember{.model = *model, .count = kind.gpus}};
  return Answer<KindFailures>::known(
      {money::group_of(members),
       times(kind.gpus, lower_first(failures.name)) + ", the rest of the host not counted"});
}

}  // namespace

ServiceRedundancy service_redundancy(const PriceBook& book, const CostQuestion& question,
                                     std::vector<UsedFigure>& used) {
  ServiceRedundancy result;
  result.replicas = question.replicas;
  result.spare = question.spare;
  std::vector<money::GroupMember> members;
  std::vector<UsedFigure> rates;
  for (const MachineKind& kind : question.machines) {
    if (kind.in_replica == 0) continue;
    const Answer<KindFailures> failures = failures_of(book, kind, rates);
    if (!failures) {
      result.why_not = failures.why_not;
      return result;
    }
    members.push_back({.model = failures->model, .count = kind.in_replica});
    result.failing_as += (result.failing_as.empty() ? "" : " and ") + failures->failing_as;
  }
  const money::FailureModel replica = money::group_of(members);
  const double requests = question.load ? static_cast<double>(question.load->requests) : 0.0;
  const money::Redundancy service =
      money::redundancy(question.replicas - question.spare, question.spare, replica, requests);
  result.replica_availability = money::availability(replica);
  result.availability = service.availability;
  result.down_hours_per_year = service.down_hours_per_year;
  if (requests > 0.0) result.lost_requests_per_year = service.lost_requests_per_year;
  used.insert(used.end(), rates.begin(), rates.end());
  return result;
}

}  // namespace plimsoll

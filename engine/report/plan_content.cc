#include "report/plan_content.h"

#include <algorithm>
#include <cmath>
#include <limits>

#include "base/contains.h"
#include "base/quantity_text.h"
#include "base/text.h"

namespace plimsoll {
namespace {

std::string target_rate(double tokens_per_second) {
  return print_number(tokens_per_second) + " token/s";
}

// "+14 %" for 1.14.
std::string more_text(double factor) {
  return "+" + print_number((factor - 1.0) * 100.0, 2) + " %";
}

}  // namespace

std::string dollars_text(double dollars) {
  return count_text(std::llround(dollars)) + " USD";
}

std::string chance_text(double probability) {
  constexpr double nearly = 0.99;
  if (probability > nearly) return "> 99 %";
  if (probability < 1.0 - nearly) return "< 1 %";
  return print_number(probability * 100.0, 2) + " %";
}

std::string plan_headline(const PlanResult& result) {
  const std::string of = " of " + plural(result.counts.candidates, "candidate");
  if (result.front.empty())
    return "none" + of + " meets the requirement" + (result.complete ? "" : " so far");
  const auto plans = static_cast<std::int64_t>(result.front.size());
  return plural(plans, "plan") + " that nothing beats," + of +
         (result.complete ? "" : " (stopped before all were looked at)");
}

std::string requirement_text(const PlanResult& result) {
  const Requirement& r = result.requirement;
  std::vector<std::string> parts;
  const int users = r.users.value.value_or(1);
  parts.push_back("at least " + target_rate(result.at_least) + (users > 1 ? " for each" : "") +
                  (r.at_least.has() ? "" : " (default: as fast as people read)"));
  if (users > 1) parts.push_back(plural(users, "user") + " at once");
  if (r.ttft.has()) parts.push_back("first token within " + print(*r.ttft.value));
  const auto tokens = [&](const char* what, const Given<std::int64_t>& value) {
    if (value.has()) parts.push_back(what + (" " + count_text(*value.value)));
  };
  tokens("context", r.context);
  tokens("prompt", r.prompt);
  tokens("answer", r.generate);
  if (r.quantization.has()) parts.push_back("weights " + *r.quantization.value);
  if (r.engine.has())
    parts.push_back("engine " + *r.engine.value +
                    (r.backend.has() ? ":" + *r.backend.value : std::string()));
  if (r.spare.value.value_or(0) > 0)
    parts.push_back(plural(*r.spare.value, "replica") + " to spare");
  const bool rent = r.acquisition == Acquisition::rent;
  if (r.budget.has())
    parts.push_back("at most " + dollars_text(r.budget.value->base()) + (rent ? " a month" : ""));
  if (r.power.has()) parts.push_back("at most " + print(*r.power.value));
  if (r.systems.has()) parts.push_back("systems named '" + *r.systems.value + "'");
  for (const OwnedMachines& owned : r.own)
    parts.push_back("owned: " + std::to_string(owned.count) + "x " + owned.system);
  return joined(parts) + (rent ? "; rented" : "; bought");
}

std::string counts_text(const PlanCounts& c) {
  std::vector<std::pair<std::int64_t, std::string>> parts = {
      {c.refused, "that no engine runs"},
      {c.too_dear, "over the budget"},
      {c.too_hungry, "over the power limit"},
      {c.too_large, "larger than all memory"},
      {c.too_slow, "too slow at their roofs"},
      {c.beaten, "beaten whatever they deliver"},
      {c.unneeded, "on machines that do better otherwise"},
      {c.does_not_fit, "that do not fit when placed"},
      {c.evaluated, "simulated, " + count_text(c.met) + " of them meet the requirement"},
  };
  std::vector<std::string> texts;
  for (const auto& [count, what] : parts)
    if (count > 0) texts.push_back(count_text(count) + " " + what);
  return joined(texts);
}

std::string machines_text(const MachineSet& machines) {
  std::string text = machines.name;
  if (machines.count > 1)
    text = std::to_string(machines.count) + "x " + text + " over " + machines.link_name;
  if (machines.replicas > 1) text = std::to_string(machines.replicas) + " replicas of " + text;
  if (machines.spare > 0) text += " + " + std::to_string(machines.spare) + " to spare";
  return text;
}

std::string engine_text(const PlannedMachine& plan) {
  return plan.engine_name + " (" + plan.backend + ")";
}

std::string plan_price_text(const PlannedMachine& plan, Acquisition acquisition) {
  if (plan.price.usd)
    return dollars_text(plan.price.usd->value) +
           (acquisition == Acquisition::rent ? " a month" : "");
  return plan.price.at_least ? "over " + dollars_text(*plan.price.at_least) : "unknown";
}

std::string plan_power_text(const PlanPower& power) {
  if (!power.watts) return "unknown";
  return (power.at_most ? "at most " : "") + with_unit(power_text(*power.watts));
}

std::string chances_text(const PlannedMachine& plan) {
  std::vector<std::string> parts;
  for (const Chance& chance : plan.chances)
    parts.push_back(chance.of + " " + chance_text(chance.value));
  return joined(parts);
}

double least_chance(const PlannedMachine& plan) {
  double least = 1.0;
  for (const Chance& chance : plan.chances) least = std::min(least, chance.value);
  return least;
}

std::vector<std::string> plan_remarks(const PlannedMachine& plan) {
  std::vector<std::string> remarks;
  if (plan.raise_gpu_limit)
    remarks.push_back(
        "the operating system's limit on GPU memory has to be raised; the report says how");
  if (!plan.warning.empty()) remarks.push_back(plan.warning);
  if (plan.machines.owned > 0)
    remarks.push_back(std::to_string(plan.machines.owned) + " of " +
                      plural(plan.machines.machines(), "machine") + " are owned");
  return remarks;
}

std::vector<std::string> price_sources(const PlannedMachine& plan) {
  std::vector<std::string> sources;
  for (const money::UsedPrice& price : plan.price.of) {
    std::string text = price.what + ": " +
                       (price.unit == "USD" ? dollars_text(price.value.value)
                                            : print_number(price.value.value) +
                                                  (price.unit.empty() ? "" : " " + price.unit));
    if (!price.date.empty()) text += ", " + price.date;
    if (!price.source.empty()) text += ", " + price.source;
    sources.push_back(std::move(text));
  }
  return sources;
}

namespace {

std::string brief(const PlannedMachine& plan) {
  return machines_text(plan.machines) + " with " + plan.quantization_name + " in " +
         engine_text(plan);
}

std::string speed_of(const PlannedMachine& plan) {
  return with_unit(rate_text(plan.decode_tokens_per_second));
}

// In which respects the loser is behind, with both numbers.
std::vector<std::string> deficits(const PlannedMachine& loser, const PlannedMachine& winner,
                                  Acquisition acquisition) {
  std::vector<std::string> parts;
  const auto price = [](const PlannedMachine& plan) {
    return plan.price.usd ? plan.price.usd->value : std::numeric_limits<double>::infinity();
  };
  if (price(loser) > price(winner))
    parts.push_back("costs " + plan_price_text(loser, acquisition) + " rather than " +
                    plan_price_text(winner, acquisition));
  if (loser.decode_tokens_per_second.value < winner.decode_tokens_per_second.value)
    parts.push_back("decodes " + speed_of(loser) + " rather than " + speed_of(winner));
  if (loser.quality < winner.quality)
    parts.push_back("runs " + loser.quantization_name + " rather than " + winner.quantization_name);
  if (loser.largest_context < winner.largest_context)
    parts.push_back("holds " + count_text(loser.largest_context) + " tokens rather than " +
                    count_text(winner.largest_context));
  const bool draws_more =
      winner.power.watts &&
      (!loser.power.watts || loser.power.watts->value > winner.power.watts->value);
  if (draws_more && loser.power.watts)
    parts.push_back("draws " + plan_power_text(loser.power) + " rather than " +
                    plan_power_text(winner.power));
  else if (draws_more)
    parts.push_back("has a power draw that nobody published");
  return parts;
}

std::string missed_text(const PlannedMachine& plan, const PlanResult& result) {
  const Requirement& r = result.requirement;
  const double speed = plan.decode_tokens_per_second.value;
  if (speed < result.at_least)
    return "decodes " + speed_of(plan) + " where " + target_rate(result.at_least) +
           " are asked for";
  const double first = plan.time_to_first_token_s.value;
  if (r.ttft.has() && first > r.ttft.value->base())
    return "takes " + with_unit(time_text(plan.time_to_first_token_s)) +
           " to the first token where " + print(*r.ttft.value) + " are asked for";
  return "misses the requirement";
}

}  // namespace

std::string runner_up_text(const FrontPlan& plan, const PlanResult& result) {
  if (!plan.runner_up) return "nothing that was simulated comes near it";
  const PlannedMachine& other = plan.runner_up->plan;
  const Acquisition acquisition = result.requirement.acquisition;
  if (!plan.runner_up->meets)
    return "cheaper is " + brief(other) + " at " + plan_price_text(other, acquisition) +
           ", but it " + missed_text(other, result);
  const std::vector<std::string> behind = deficits(other, plan.plan, acquisition);
  return "runner-up: " + brief(other) + " " + joined(behind);
}

std::string relaxation_text(const Relaxation& relaxation) {
  std::string text = relaxation.what + ": " + relaxation.to + " instead of " + relaxation.from;
  const bool lowered =
      relaxation.what == "speed" || relaxation.what == "context" || relaxation.what == "users";
  if (relaxation.factor > 0.0)
    text += lowered ? " (-" + print_number((1.0 - 1.0 / relaxation.factor) * 100.0, 2) + " %)"
                    : " (" + more_text(relaxation.factor) + ")";
  return text + ", with " + brief(relaxation.plan) + ": " + speed_of(relaxation.plan) +
         (relaxation.plan.price.usd ? ", " + dollars_text(relaxation.plan.price.usd->value) : "");
}

std::string nearest_miss_text(const PlanResult& result) {
  if (!result.front.empty()) return {};
  if (!result.relaxations.empty()) {
    const Relaxation& least = result.relaxations.front();
    return "the nearest miss is " + brief(least.plan) + ": " + least.what + " " + least.to +
           " where " + least.from + " is asked for";
  }
  if (!result.nearest_miss) return result.complete ? "nothing holds the model" : std::string();
  return "no single change cures it; the fastest that holds the model is " +
         brief(*result.nearest_miss) + ": " + speed_of(*result.nearest_miss);
}

std::string undecided_text(const PlannedMachine& plan, Acquisition acquisition) {
  std::string text = brief(plan) + ": " + speed_of(plan) + ", price " +
                     plan_price_text(plan, acquisition) + ", power " + plan_power_text(plan.power);
  return text;
}

std::vector<const PlannedMachine*> plans_of(const std::vector<FrontPlan>& front) {
  std::vector<const PlannedMachine*> plans;
  for (const FrontPlan& plan : front) plans.push_back(&plan.plan);
  return plans;
}

std::vector<const PlannedMachine*> plans_of(const std::vector<PlannedMachine>& list) {
  std::vector<const PlannedMachine*> plans;
  for (const PlannedMachine& plan : list) plans.push_back(&plan);
  return plans;
}

namespace {

double log_price(const PlannedMachine& plan) {
  // One dollar stands for what is owned; what nobody priced stands at the far end.
  constexpr double far = 20.0;
  return plan.price.usd ? std::log(std::max(1.0, plan.price.usd->value)) : far;
}

double apart(const PlannedMachine& a, const PlannedMachine& b) {
  return std::abs(log_price(a) - log_price(b)) +
         std::abs(std::log(a.decode_tokens_per_second.value / b.decode_tokens_per_second.value));
}

}  // namespace

std::vector<std::size_t> representatives(const std::vector<const PlannedMachine*>& plans,
                                         std::size_t most) {
  std::vector<std::size_t> taken;
  const auto take = [&](std::size_t i) {
    if (taken.size() < most && !contains(taken, i)) taken.push_back(i);
  };
  const auto take_best = [&](auto merit) {
    std::size_t best = 0;
    for (std::size_t i = 1; i < plans.size(); ++i)
      if (merit(*plans[i]) > merit(*plans[best])) best = i;
    if (!plans.empty()) take(best);
  };
  take_best([](const PlannedMachine& p) { return -log_price(p); });
  take_best([](const PlannedMachine& p) { return p.decode_tokens_per_second.value; });
  take_best([](const PlannedMachine& p) { return p.quality; });
  take_best([](const PlannedMachine& p) { return p.largest_context; });
  take_best([](const PlannedMachine& p) {
    return p.power.watts ? -p.power.watts->value : -std::numeric_limits<double>::infinity();
  });
  while (taken.size() < std::min(most, plans.size())) {
    std::size_t farthest = plans.size();
    double distance = -1.0;
    for (std::size_t i = 0; i < plans.size(); ++i) {
      if (contains(taken, i)) continue;
      double nearest = std::numeric_limits<double>::infinity();
      for (const std::size_t t : taken) nearest = std::min(nearest, apart(*plans[i], *plans[t]));
      if (nearest > distance) {
        distance = nearest;
        farthest = i;
      }
    }
    take(farthest);
  }
  std::sort(taken.begin(), taken.end());
  return taken;
}

}  // namespace plimsoll

#include "plan/relax.h"

#include <algorithm>
#include <array>

#include "base/quantity_text.h"
#include "plan/summary.h"

namespace plimsoll {
namespace {

std::string rate(double tokens_per_second) {
  return print_number(tokens_per_second) + " token/s";
}

class Relaxer {
 public:
  Relaxer(const Space& space, Search& search, Catalog& catalog, const CatalogFactory& catalogs,
          const PlanOptions& options)
      : space_(space),
        search_(search),
        catalog_(catalog),
        catalogs_(catalogs),
        options_(options),
        requirement_(space.requirement()),
        limits_(limits_of(requirement_)) {}

  void run(PlanResult& result) {
    if (limits_.budget) lift_budget();
    if (limits_.watts) lift_power();
    lift_speed();
    if (limits_.ttft) lift_first_token();
    shorten_context();
    free_quantization();
    free_engine();
    fewer_users();
    fewer_spares();
    any_system();
    std::stable_sort(found_.begin(), found_.end(), [](const Relaxation& a, const Relaxation& b) {
      const auto key = [](const Relaxation& r) { return r.factor > 0.0 ? r.factor : 1e300; };
      return key(a) < key(b);
    });
    result.relaxations = std::move(found_);
    if (result.relaxations.empty()) result.nearest_miss = nearest_miss();
  }

 private:
  using Goal = Search::Goal;

  struct Answer {
    PlannedMachine plan;
    Evaluated result;
  };

  // The best candidate of this requirement under other limits.
  std::optional<Answer> best(const Limits& limits, Goal goal) {
    PlanCounts counts;
    const std::vector<Site> sites = space_.sites(limits, counts);
    const auto found = search_.best(sites, limits, goal);
    if (!found) return std::nullopt;
    return Answer{summary_of(space_, limits, *found), found->result};
  }

  // The same of a requirement that asks something else: other candidates.
  std::optional<Answer> best(const Requirement& requirement, Goal goal) {
    const Space space(requirement, catalog_, options_);
    Search search(space, catalogs_, options_);
    PlanCounts counts;
    const Limits limits = limits_of(requirement);
    const std::vector<Site> sites = space.sites(limits, counts);
    const auto found = search.best(sites, limits, goal);
    if (!found) return std::nullopt;
    return Answer{summary_of(space, limits, *found), found->result};
  }

  void add(std::string what, std::string from, std::string to, double factor, Answer answer) {
    found_.push_back({.what = std::move(what),
                      .from = std::move(from),
                      .to = std::move(to),
                      .factor = factor,
                      .plan = std::move(answer.plan)});
  }

  void lift_budget() {
    Limits limits = limits_;
    limits.budget.reset();
    auto answer = best(limits, Goal::price);
    if (!answer) return;
    const double price = answer->plan.price.usd->value;
    add("budget", print(Dollars(*limits_.budget)), print(Dollars(price)), price / *limits_.budget,
        std::move(*answer));
  }

  void lift_power() {
    Limits limits = limits_;
    limits.watts.reset();
    auto answer = best(limits, Goal::power);
    if (!answer) return;
    const double watts = answer->plan.power.watts->value;
    add("power", print(Watts(*limits_.watts)), print(Watts(watts)), watts / *limits_.watts,
        std::move(*answer));
  }

  void lift_speed() {
    Limits limits = limits_;
    limits.at_least = 0.0;
    auto answer = best(limits, Goal::speed);
    if (!answer) return;
    const double speed = answer->result.decode.value;
    add("speed", rate(limits_.at_least), rate(speed), limits_.at_least / speed, std::move(*answer));
  }

  void lift_first_token() {
    Limits limits = limits_;
    limits.ttft.reset();
    auto answer = best(limits, Goal::first_token);
    if (!answer) return;
    const double seconds = answer->result.first_token.value;
    add("time to first token", print(Seconds(*limits_.ttft)), print(Seconds(seconds)),
        seconds / *limits_.ttft, std::move(*answer));
  }

  std::int64_t tokens(const Given<std::int64_t>& given, std::int64_t otherwise) const {
    return given.value.value_or(otherwise);
  }

  // The longest context at which some machine does the rest, between what prompt and answer need
  // and what was asked for.
  void shorten_context() {
    if (!requirement_.context.has()) return;
    const Workload usual;
    const std::int64_t needed =
        tokens(requirement_.prompt, usual.prompt) + tokens(requirement_.generate, usual.generate);
    const std::int64_t asked = *requirement_.context.value;
    if (needed >= asked) return;
    Requirement shorter = requirement_;
    shorter.context.value = needed;
    auto answer = best(shorter, Goal::context);
    if (!answer) return;
    std::int64_t reached = std::min(answer->result.largest_context, asked - 1);
    // A longer cache may be placed otherwise, and slower: what is promised is simulated.
    shorter.context.value = std::max(reached, needed);
    if (auto checked = reached > needed ? best(shorter, Goal::speed) : std::nullopt)
      answer = std::move(checked);
    else
      reached = needed;
    add("context", std::to_string(asked), std::to_string(reached),
        static_cast<double>(asked) / static_cast<double>(reached), std::move(*answer));
  }

  void free_quantization() {
    if (!requirement_.quantization.has()) return;
    Requirement free = requirement_;
    free.quantization = {};
    auto answer = best(free, Goal::quality);
    if (!answer) return;
    const std::string to = answer->plan.quantization_name;
    add("quantization", *requirement_.quantization.value, to, 0.0, std::move(*answer));
  }

  void free_engine() {
    if (!requirement_.engine.has()) return;
    Requirement free = requirement_;
    free.engine = {};
    free.backend = {};
    auto answer = best(free, Goal::speed);
    if (!answer) return;
    const std::string to = answer->plan.engine_name + " (" + answer->plan.backend + ")";
    add("engine", *requirement_.engine.value, to, 0.0, std::move(*answer));
  }

  // More users never make it easier, so the most that can be served are found by halving.
  void fewer_users() {
    const int asked = requirement_.users.value.value_or(1);
    if (asked < 2) return;
    Requirement fewer = requirement_;
    std::optional<Answer> answer;
    int served = 0;
    int refused = asked;
    for (int users = 1; served + 1 < refused; users = served + (refused - served) / 2) {
      fewer.users.value = users;
      auto found = best(fewer, Goal::price);
      if (!found && users == 1) return;
      if (found) {
        served = users;
        answer = std::move(found);
      } else {
        refused = users;
      }
    }
    if (!answer) return;
    add("users", std::to_string(asked), std::to_string(served), static_cast<double>(asked) / served,
        std::move(*answer));
  }

  void fewer_spares() {
    const int asked = requirement_.spare.value.value_or(0);
    for (int spare = asked - 1; spare >= 0; --spare) {
      Requirement fewer = requirement_;
      fewer.spare.value = spare;
      auto answer = best(fewer, Goal::price);
      if (!answer) continue;
      add("spare replicas", std::to_string(asked), std::to_string(spare), 0.0, std::move(*answer));
      return;
    }
  }

  void any_system() {
    if (!requirement_.systems.has()) return;
    Requirement any = requirement_;
    any.systems = {};
    auto answer = best(any, Goal::price);
    if (!answer) return;
    const std::string to = answer->plan.machines.name;
    add("systems", *requirement_.systems.value, to, 0.0, std::move(*answer));
  }

  // The fastest that holds the model at all.
  std::optional<PlannedMachine> nearest_miss() {
    auto answer = best(Limits{}, Goal::speed);
    if (!answer) return std::nullopt;
    return std::move(answer->plan);
  }

  const Space& space_;
  Search& search_;
  Catalog& catalog_;
  const CatalogFactory& catalogs_;
  const PlanOptions& options_;
  const Requirement& requirement_;
  Limits limits_;
  std::vector<Relaxation> found_;
};

}  // namespace

void relax(const Space& space, Search& search, Catalog& catalog, const CatalogFactory& catalogs,
           const PlanOptions& options, PlanResult& result) {
  PlanOptions quiet = options;
  quiet.progress = {};
  Relaxer(space, search, catalog, catalogs, quiet).run(result);
}

}  // namespace plimsoll

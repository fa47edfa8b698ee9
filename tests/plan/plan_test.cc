#include "plan/plan.h"

#include <rapidcheck/catch.h>

#include "plan_world.h"
#include "support/catch.h"

namespace plimsoll {
namespace {

using Options = std::vector<std::pair<std::string, std::string>>;

PlanOptions options_of(int threads = 1, bool prune = true) {
  return {.threads = threads, .prune = prune, .most_machines = 2};
}

std::multiset<Figures> front_of(const PlanResult& result) {
  std::multiset<Figures> front;
  for (const FrontPlan& each : result.front) front.insert(figures_of(each.plan));
  return front;
}

std::set<Name> met_of(const PlanResult& result) {
  std::set<Name> names;
  for (const PlannedMachine& each : result.met) names.insert(name_of(each));
  return names;
}

std::int64_t accounted(const PlanCounts& c) {
  return c.refused + c.too_dear + c.too_hungry + c.too_large + c.too_slow + c.beaten + c.unneeded +
         c.does_not_fit + c.evaluated;
}

// Without pruning the same plans meet it, and with pruning the same ones are left on the front.
void agrees_with_exhaustive(const PlanWorld& world, const Requirement& requirement) {
  const Exhaustive truth(world, requirement, 2);
  const PlanResult everything = plan(requirement, world.factory(), options_of(1, false));
  CHECK(met_of(everything) == truth.met());
  CHECK(front_of(everything) == truth.front());
  CHECK(accounted(everything.counts) == everything.counts.candidates);
  const PlanResult pruned = plan(requirement, world.factory(), options_of());
  CHECK(front_of(pruned) == truth.front());
  CHECK(accounted(pruned.counts) == pruned.counts.candidates);
  CHECK(pruned.counts.candidates == everything.counts.candidates);
}

TEST_CASE("Plans are those that trying everything finds") {
  const PlanWorld world;
  for (const char* model : {"dense", "big", "big-moe"}) {
    INFO(model);
    agrees_with_exhaustive(world, requirement_from_options({{"model", model}}));
  }
  agrees_with_exhaustive(world, requirement_from_options({{"model", "big"},
                                                          {"at_least", "30"},
                                                          {"budget", "2000"},
                                                          {"users", "3"},
                                                          {"replicas_to_spare", "1"}}));
}

TEST_CASE("Plans for random requirements are those that trying everything finds", "[long]") {
  const PlanWorld world;
  rc::prop("the same front", [&world] {
    Options options = {{"model", *rc::gen::element<std::string>("big", "big-moe", "moe")}};
    const auto maybe = [&options](const char* key, int low, int high) {
      if (*rc::gen::inRange(0, 2) == 0) return;
      options.emplace_back(key, std::to_string(*rc::gen::inRange(low, high)));
    };
    maybe("at_least", 1, 120);
    maybe("budget", 300, 6000);
    maybe("power", 50, 2000);
    maybe("users", 1, 5);
    maybe("context", 1024, 30000);
    maybe("replicas_to_spare", 0, 2);
    if (*rc::gen::inRange(0, 3) == 0)
      options.emplace_back("ttft", std::to_string(*rc::gen::inRange(1, 40)) + "0 ms");
    const Requirement requirement = requirement_from_options(options);
    const Exhaustive truth(world, requirement, 2);
    const PlanResult pruned = plan(requirement, world.factory(), options_of());
    RC_ASSERT(front_of(pruned) == truth.front());
    const PlanResult everything = plan(requirement, world.factory(), options_of(1, false));
    RC_ASSERT(met_of(everything) == truth.met());
  });
}

TEST_CASE("A plan does not depend on the number of threads") {
  const PlanWorld world;
  const Requirement requirement = requirement_from_options({{"model", "big"}, {"users", "4"}});
  const PlanResult one = plan(requirement, world.factory(), options_of(1));
  const PlanResult two = plan(requirement, world.factory(), options_of(2));
  REQUIRE(one.front.size() == two.front.size());
  for (std::size_t i = 0; i < one.front.size(); ++i) {
    CHECK(one.front[i].plan.command == two.front[i].plan.command);
    CHECK(figures_of(one.front[i].plan) == figures_of(two.front[i].plan));
    CHECK(one.front[i].runner_up.has_value() == two.front[i].runner_up.has_value());
  }
  CHECK(one.counts.evaluated == two.counts.evaluated);
  CHECK(one.counts.beaten == two.counts.beaten);
}

TEST_CASE("What nobody priced never passes a budget") {
  const PlanWorld world;
  const PlanResult result =
      plan(requirement_from_options({{"model", "big"}, {"at_least", "1"}, {"budget", "1000000"}}),
           world.factory(), options_of());
  REQUIRE_FALSE(result.front.empty());
  for (const FrontPlan& each : result.front) CHECK(each.plan.machines.system != "unpriced");
  const auto is_unpriced = [](const PlannedMachine& p) { return p.machines.system == "unpriced"; };
  CHECK(std::any_of(result.undecided.begin(), result.undecided.end(), is_unpriced));
  for (const PlannedMachine& each : result.undecided) CHECK_FALSE(each.price.why_unknown.empty());
}

TEST_CASE("Power that nobody measured never passes a limit on it") {
  const PlanWorld world;
  const PlanResult result =
      plan(requirement_from_options({{"model", "big"}, {"at_least", "1"}, {"power", "100000"}}),
           world.factory(), options_of());
  for (const FrontPlan& each : result.front) CHECK(each.plan.machines.system != "middle");
}

TEST_CASE("Owned machines cost nothing, and only as many as are owned") {
  const PlanWorld world;
  const Requirement requirement = requirement_from_options({{"model", "big"},
                                                            {"own", "middle"},
                                                            {"systems", "middle"},
                                                            {"replicas_to_spare", "1"},
                                                            {"at_least", "1"}});
  const PlanResult result = plan(requirement, world.factory(), options_of());
  REQUIRE_FALSE(result.front.empty());
  const PlannedMachine& cheapest = result.front.front().plan;
  CHECK(cheapest.machines.machines() == 2);
  CHECK(cheapest.machines.owned == 1);
  CHECK(cheapest.price.usd->value == 1500.0);  // the second one
}

TEST_CASE("The count of owned machines may be written in three ways") {
  const PlanWorld world;
  for (const char* own : {"middlex2", "middle x2", "2x middle"}) {
    INFO(own);
    const PlanResult result =
        plan(requirement_from_options({{"model", "big"}, {"own", own}, {"systems", "middle"}}),
             world.factory(), options_of());
    REQUIRE_FALSE(result.front.empty());
    CHECK(result.front.front().plan.price.usd->value == 0.0);
  }
}

TEST_CASE("Chances follow from the log-normal interval") {
  const PlanWorld world;
  const PlanResult free = plan(requirement_from_options({{"model", "big"}, {"systems", "middle"}}),
                               world.factory(), options_of());
  REQUIRE_FALSE(free.front.empty());
  const Estimate speed = free.front.front().plan.decode_tokens_per_second;
  // Asked for exactly the low end of a 90 % interval, 95 % of the distribution lies above.
  Requirement asked = free.requirement;
  asked.quantization = {.value = free.front.front().plan.quantization};
  asked.at_least = {.value = speed.low};
  const PlanResult result = plan(asked, world.factory(), options_of());
  REQUIRE_FALSE(result.front.empty());
  const auto& chances = result.front.front().plan.chances;
  const auto of_speed =
      std::find_if(chances.begin(), chances.end(), [](const Chance& c) { return c.of == "speed"; });
  REQUIRE(of_speed != chances.end());
  CHECK(of_speed->value == Approx(0.95));
}

// The relaxation of that name, or nothing.
const Relaxation* relaxed(const PlanResult& result, const std::string& what) {
  for (const Relaxation& each : result.relaxations)
    if (each.what == what) return &each;
  return nullptr;
}

TEST_CASE("Where nothing meets it, each relaxation is one that would") {
  const PlanWorld world;
  const Options asked = {{"model", "big"}, {"at_least", "40"}, {"budget", "900"}};
  const PlanResult result = plan(requirement_from_options(asked), world.factory(), options_of());
  REQUIRE(result.front.empty());
  const Relaxation* budget = relaxed(result, "budget");
  REQUIRE(budget);
  // The cheapest that is fast enough, by trying everything without a budget.
  const Exhaustive dearer(world, requirement_from_options({{"model", "big"}, {"at_least", "40"}}),
                          2);
  double least = std::numeric_limits<double>::infinity();
  for (const Figures& figures : dearer.front()) least = std::min(least, figures.price);
  CHECK(budget->plan.price.usd->value == least);
  const Relaxation* speed = relaxed(result, "speed");
  REQUIRE(speed);
  // The fastest within the budget, whatever its quality.
  const PlanResult slower =
      plan(requirement_from_options({{"model", "big"}, {"at_least", "0.001"}, {"budget", "900"}}),
           world.factory(), options_of(1, false));
  double fastest = 0.0;
  for (const PlannedMachine& each : slower.met)
    if (each.price.usd) fastest = std::max(fastest, each.decode_tokens_per_second.value);
  CHECK(speed->plan.decode_tokens_per_second.value == fastest);
  CHECK(std::is_sorted(result.relaxations.begin(), result.relaxations.end(),
                       [](const Relaxation& a, const Relaxation& b) {
                         return a.factor > 0.0 && b.factor > 0.0 && a.factor < b.factor;
                       }));
}

TEST_CASE("A stopped plan says so") {
  const PlanWorld world;
  const std::atomic<bool> stop{true};
  PlanOptions options = options_of();
  options.stop = &stop;
  const PlanResult result =
      plan(requirement_from_options({{"model", "big"}}), world.factory(), options);
  CHECK_FALSE(result.complete);
  CHECK(result.front.empty());
  CHECK(result.relaxations.empty());
}

TEST_CASE("Names that are not there are refused with their place") {
  const PlanWorld world;
  const auto code_of = [&](const Options& options) -> std::string {
    try {
      plan(requirement_from_options(options), world.factory(), options_of());
    } catch (const InputError& error) {
      return error.diagnostics().sorted().front().code;
    }
    return {};
  };
  CHECK(code_of({{"model", "nobody"}}) == "unknown-model");
  CHECK(code_of({{"model", "big"}, {"systems", "zzz"}}) == "unknown-system");
  CHECK(code_of({{"model", "big"}, {"own", "zzz"}}) == "unknown-system");
  CHECK(code_of({{"model", "big"}, {"engine", "zzz"}}) == "unknown-engine");
  CHECK(code_of({{"model", "big"}, {"quantization", "zzz"}}) == "unknown-quantization");
  CHECK(code_of({{"model", "big"}, {"context", "100"}, {"prompt", "200"}}) == "out-of-range");
  CHECK(code_of({{"model", "big"}, {"pay", "rent"}, {"power", "100"}}) == "inconsistent");
}

}  // namespace
}  // namespace plimsoll

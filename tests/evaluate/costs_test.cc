// Costs and redundancy of a scenario, from a price book whose figures are round enough for the
// expectations to be worked out by hand.
#include "evaluate/costs.h"

#include <algorithm>
#include <cmath>
#include <string>
#include <vector>

#include "evaluate/prepared_fixture.h"
#include "money/small_book.h"

namespace plimsoll {
namespace {

using Catch::Contains;
using money::check_estimate;
using money::exactly;

FailureClass failure_class(const std::string& id, double events, double replacements,
                           std::vector<std::string> devices, int gpus) {
  return {.id = id,
          .name = "Class " + id,
          .events = exactly(events),
          .replacements = exactly(replacements),
          .devices = std::move(devices),
          .gpus = gpus};
}

RentOffer rent_offer(const std::string& id, RentTerms terms,
                     const std::optional<ProviderClass>& provider, double usd_per_hour) {
  return {.id = id,
          .devices = {"gpu-a"},
          .provider = provider,
          .provider_name = {},
          .terms = terms,
          .price = exactly(money::usd_per_hour(usd_per_hour))};
}

PriceBook small_book() {
  PriceBook book;
  book.electricity["us"] = {
      .id = "us",
      .name = "here",
      .prices = {{ElectricityClass::residential, exactly(money::usd_per_kwh(0.36))},
                 {ElectricityClass::commercial, exactly(money::usd_per_kwh(0.18))}}};
  book.overheads.pue = {{"home", exactly(1.0)}, {"colocation", exactly(1.5)}};
  book.overheads.psu_efficiency = exactly(0.9);
  book.overheads.depreciation_years = {{"default", exactly(5.0)}};
  book.rent.offers["planning"] = rent_offer("planning", RentTerms::planning, std::nullopt, 2.0);
  book.rent.offers["special"] =
      rent_offer("special", RentTerms::on_demand, ProviderClass::specialist, 1.0);
  book.rent.gpu_share_of_bill = exactly(0.5);
  ApiOffer api;
  api.id = "offer";
  api.name = "Model A";
  api.model = "model-a";
  api.provider = "Seller";
  api.input = exactly(money::usd_per_mtok(1.0));
  api.output = exactly(money::usd_per_mtok(4.0));
  api.cached_input = exactly(money::usd_per_mtok(0.5));
  book.api.offers["offer"] = api;
  auto& classes = book.failures.classes;
  classes["data-centre-gpu"] = failure_class("data-centre-gpu", 0.2, 0.1, {"gpu-a"}, 0);
  classes["host-8"] = failure_class("host-8", 2.0, 0.5, {"gpu-a"}, 8);
  classes["desk"] = failure_class("desk", 0.12, 0.12, {}, 0);
  book.failures.soft_repair = exactly(Seconds(3600.0));
  book.failures.hard_repair = exactly(Seconds(36000.0));
  return book;
}

// 8 GPUs, 60,000 USD, 1,000 W at work and 200 W at rest.
MachineKind server() {
  return {
      .purchase = money::costing(60000.0),
      .power = money::PowerDraw{.load = Estimate::exact(1000.0), .idle = Estimate::exact(200.0)},
      .gpu = "gpu-a",
      .gpus = 8};
}

// Two servers, a replica each, one to spare: 1,000 tokens/s in, 100 tokens/s out in service.
CostQuestion two_servers() {
  MachineKind both = server();
  both.count = 2;
  return {.machines = {both},
          .model = "model-a",
          .replicas = 2,
          .spare = 1,
          .rate = money::rate_of(1000.0, 100.0),
          .load = {},
          .input_per_output = 10.0};
}

// A quarter of the month's 2,629,800 s of input and another of output.
MonthlyDemand half_busy() {
  return {.input = 657'450'000, .output = 65'745'000, .cached = 0, .requests = 1'000'000};
}

MonthlyCosts costs_of(const CostQuestion& question, const PriceBook& book = small_book()) {
  std::vector<UsedFigure> used;
  return monthly_costs(book, question, used);
}

ServiceRedundancy redundancy_of(const CostQuestion& question,
                                const PriceBook& book = small_book()) {
  std::vector<UsedFigure> used;
  return service_redundancy(book, question, used);
}

const WayCost& way_of(const MonthlyCosts& costs, const std::string& way) {
  const auto found = std::find_if(costs.ways.begin(), costs.ways.end(),
                                  [&](const WayCost& each) { return each.way == way; });
  REQUIRE(found != costs.ways.end());
  return *found;
}

void check_known(const WayCost& way, double usd_per_month, double usd_per_million) {
  INFO(way.way << " " << way.what << ": " << way.why_not);
  CHECK(way.why_not.empty());
  REQUIRE(way.usd_per_month);
  REQUIRE(way.usd_per_million_output_tokens);
  check_estimate(*way.usd_per_month, usd_per_month);
  check_estimate(*way.usd_per_million_output_tokens, usd_per_million);
}

void check_unknown(const WayCost& way, const std::string& why) {
  INFO(way.way << " " << way.what);
  CHECK_FALSE(way.usd_per_month);
  CHECK_FALSE(way.usd_per_million_output_tokens);
  CHECK_THAT(way.why_not, Contains(why));
}

TEST_CASE("owning, renting and buying tokens under a given load", "[evaluate][costs]") {
  CostQuestion question = two_servers();
  question.load = half_busy();
  const MonthlyCosts costs = costs_of(question);
  CHECK(costs.load_given);
  REQUIRE(costs.utilisation);
  check_estimate(*costs.utilisation, 0.5);
  // 2 x 60,000 over 60 months; a tenth of it a year; (2 x 200 W x 730.5 h + 800 W x 365.25 h) x 1.5
  // x 0.18 USD/kWh.
  REQUIRE(costs.owning);
  check_estimate(costs.owning->purchase_usd, 120000.0);
  CHECK(costs.owning->life_years == Approx(5.0));
  check_estimate(costs.owning->depreciation_usd_per_month, 2000.0);
  check_estimate(costs.owning->upkeep_usd_per_month, 1000.0);
  const double electricity = (292.2 + 292.2) * 1.5 * 0.18;
  check_estimate(costs.owning->electricity_usd_per_month, electricity);
  const double own = 3000.0 + electricity;
  check_known(way_of(costs, "own"), own, own / 65.745);
  // 16 GPUs x 730.5 h x 2 USD/h are half of the bill.
  check_known(way_of(costs, "rent"), 46752.0, 46752.0 / 65.745);
  check_known(way_of(costs, "API"), 657.45 + 4.0 * 65.745, (657.45 + 4.0 * 65.745) / 65.745);
  REQUIRE(costs.ways.size() == 4);
  CHECK(costs.ways[0].what == "2x box, colocation");
  CHECK(costs.ways[1].what == "16x gpu-a, planning");
  CHECK(costs.ways[2].what == "16x gpu-a, specialist, on demand");
  check_estimate(*costs.ways[2].usd_per_month, 23376.0);
}

TEST_CASE("cached input costs its own price and no time", "[evaluate][costs]") {
  CostQuestion question = two_servers();
  question.load = half_busy();
  question.load->cached = question.load->input;
  const MonthlyCosts costs = costs_of(question);
  check_estimate(*costs.utilisation, 0.25);
  check_estimate(*way_of(costs, "API").usd_per_month, 0.5 * 657.45 + 4.0 * 65.745);
}

TEST_CASE("when owning has paid back", "[evaluate][costs]") {
  CostQuestion question = two_servers();
  question.load = half_busy();
  const MonthlyCosts costs = costs_of(question);
  REQUIRE(costs.paybacks.size() == 2);
  // Depreciation is no payment: 120,000 against what is saved a month.
  const double running = 1000.0 + 584.4 * 1.5 * 0.18;
  REQUIRE(costs.paybacks[0].months);
  CHECK(*costs.paybacks[0].months == Approx(120000.0 / (46752.0 - running)));
  CHECK(costs.paybacks[0].chance == 1.0);
  CHECK(costs.paybacks[0].against == "renting 16x gpu-a");
  // It runs at 1,158 a month, the API asks for 920.
  CHECK_FALSE(costs.paybacks[1].months);
  CHECK_THAT(costs.paybacks[1].why_never, Contains("not below"));
}

TEST_CASE("without a load the replicas in service are busy all month", "[evaluate][costs]") {
  CostQuestion question = two_servers();
  question.rate.output_tokens_per_second = {100.0, 80.0, 125.0};
  const MonthlyCosts costs = costs_of(question);
  CHECK_FALSE(costs.load_given);
  CHECK_FALSE(costs.utilisation);
  // 10 tokens in and one out take 0.01 + 0.01 s.
  const double output = 2'629'800.0 / 0.02;
  check_estimate(costs.output_tokens_per_month, output);
  CHECK(costs.output_tokens_per_month.low < output);
  CHECK(costs.input_tokens_per_month == Approx(10.0 * output));
  // That they are busy is certain, how many tokens they make is not. The spare one rests.
  const double own = 3000.0 + (730.5 + 146.1) * 1.5 * 0.18;
  const WayCost& owned = way_of(costs, "own");
  check_known(owned, own, own / output * 1e6);
  CHECK(owned.usd_per_month->low == owned.usd_per_month->high);
  CHECK(owned.usd_per_million_output_tokens->low < owned.usd_per_million_output_tokens->value);
  // Of tokens by the token the number is uncertain and the price of one is not: 10 x 1 + 4.
  const WayCost& bought = way_of(costs, "API");
  check_known(bought, output * 14.0 / 1e6, 14.0);
  CHECK(bought.usd_per_month->low < bought.usd_per_month->value);
  CHECK(bought.usd_per_million_output_tokens->low ==
        Approx(bought.usd_per_million_output_tokens->high));
}

TEST_CASE("a machine without a listed GPU stands at home", "[evaluate][costs]") {
  CostQuestion question = two_servers();
  question.machines.front().gpu = "gpu-b";
  question.load = half_busy();
  const MonthlyCosts costs = costs_of(question);
  CHECK(costs.ways.front().what == "2x box, home");
  check_estimate(costs.owning->electricity_usd_per_month, 584.4 * 0.36);
  check_unknown(way_of(costs, "rent"), "no rent of gpu-b is known");
}

TEST_CASE("machines of several kinds are summed up", "[evaluate][costs]") {
  CostQuestion question = two_servers();
  question.replicas = 1;
  question.spare = 0;
  question.load = half_busy();
  MachineKind desk = server();
  desk.purchase.id = "desk";
  desk.purchase.whole->what = "purchase of desk";
  desk.gpu = "gpu-b";
  question.machines = {server(), desk};
  const MonthlyCosts costs = costs_of(question);
  CHECK(costs.ways.front().what == "1x box + 1x desk, colocation and home");
  // Each 200 W all month and 800 W for half of it: 438.3 kWh.
  check_estimate(costs.owning->electricity_usd_per_month, 438.3 * (1.5 * 0.18 + 0.36));
  // 0.1 and 0.12 of 60,000 a year.
  check_estimate(costs.owning->upkeep_usd_per_month, 500.0 + 600.0);
  check_estimate(costs.owning->depreciation_usd_per_month, 2000.0);
  check_unknown(way_of(costs, "rent"), "one kind of GPU");
}

TEST_CASE("more than the machines can do is refused, the API sells it", "[evaluate][costs]") {
  CostQuestion question = two_servers();
  question.load = {.input = 0, .output = 5 * 262'980'000LL / 2, .cached = 0, .requests = 0};
  const MonthlyCosts costs = costs_of(question);
  check_unknown(way_of(costs, "own"), "the load is 2.5 times what one replica can carry");
  check_unknown(way_of(costs, "rent"), "2.5 times");
  check_estimate(*way_of(costs, "API").usd_per_month, 657.45 * 4.0);
  CHECK_FALSE(costs.owning);
  CHECK(costs.paybacks.empty());
}

TEST_CASE("what nobody published has a reason and no number", "[evaluate][costs]") {
  CostQuestion question = two_servers();
  question.machines.front().purchase.whole.reset();
  question.machines.front().gpu.clear();
  question.model = "model-b";
  const MonthlyCosts costs = costs_of(question);
  check_unknown(way_of(costs, "own"), "no price of box is known");
  check_unknown(way_of(costs, "rent"), "only machines of one kind of GPU");
  check_unknown(way_of(costs, "API"), "no API price of model-b is known");
  const MonthlyCosts none = costs_of(two_servers(), PriceBook{});
  for (const WayCost& way : none.ways) check_unknown(way, "known");
}

TEST_CASE("the most a machine can draw is charged all month and said", "[evaluate][costs]") {
  CostQuestion question = two_servers();
  question.machines.front().power = money::PowerDraw{.load = Estimate::exact(2000.0), .idle = {}};
  question.machines.front().power_at_most = true;
  question.load = half_busy();
  const MonthlyCosts costs = costs_of(question);
  check_estimate(costs.owning->electricity_usd_per_month, 2 * 2.0 * 730.5 * 1.5 * 0.18);
  REQUIRE_FALSE(costs.notes.empty());
  CHECK_THAT(costs.notes.front(), Contains("the most it can draw, 2 kW"));
}

TEST_CASE("every price that counts is named with its date", "[evaluate][costs]") {
  std::vector<UsedFigure> used;
  monthly_costs(small_book(), two_servers(), used);
  for (const char* what :
       {"electricity, us commercial", "rent of gpu-a, planning", "Model A output, Seller"}) {
    INFO(what);
    const auto found = std::find_if(used.begin(), used.end(),
                                    [&](const UsedFigure& each) { return each.what == what; });
    REQUIRE(found != used.end());
    CHECK_THAT(found->value, Catch::EndsWith(", 2026-05"));
    CHECK(found->from.source == "S");
  }
}

// ---- Redundancy --------------------------------------------------------------------------------

CostQuestion three_replicas(int machines_each) {
  CostQuestion question = two_servers();
  question.replicas = 3;
  question.load = half_busy();
  question.machines.front().count = 3 * machines_each;
  question.machines.front().in_replica = machines_each;
  return question;
}

// Two of three are needed; each is down for `hours` in 8,766 h of up time.
void check_two_of_three(const ServiceRedundancy& service, double hours) {
  const double down = hours / (8766.0 + hours);
  const double fewer = 3.0 * down * down * (1.0 - down) + down * down * down;
  REQUIRE(service.availability);
  check_estimate(*service.replica_availability, 1.0 - down);
  check_estimate(*service.availability, 1.0 - fewer);
  check_estimate(*service.down_hours_per_year, fewer * 8766.0);
  check_estimate(*service.lost_requests_per_year, fewer * 12e6);
  CHECK(service.why_not.empty());
}

TEST_CASE("a spare replica covers for one that fails", "[evaluate][costs]") {
  // 1.5 resets of an hour and half a swap of 10 h a year.
  const ServiceRedundancy one = redundancy_of(three_replicas(1));
  check_two_of_three(one, 6.5);
  CHECK(one.failing_as == "class host-8");
  // A replica of two machines is down when either is.
  check_two_of_three(redundancy_of(three_replicas(2)), 13.0);
}

TEST_CASE("hosts without a rate of their own fail as their GPUs, others as desks",
          "[evaluate][costs]") {
  CostQuestion question = three_replicas(1);
  question.machines.front().gpus = 4;
  const ServiceRedundancy cards = redundancy_of(question);
  check_two_of_three(cards, 4 * (0.1 * 1.0 + 0.1 * 10.0));
  CHECK_THAT(cards.failing_as, Contains("4x class data-centre-gpu"));
  question.machines.front().gpu = "gpu-b";
  const ServiceRedundancy desks = redundancy_of(question);
  check_two_of_three(desks, 1.2);
  CHECK(desks.failing_as == "class desk");
}

TEST_CASE("without rates the availability is unknown, without requests the loss",
          "[evaluate][costs]") {
  const ServiceRedundancy unknown = redundancy_of(three_replicas(1), PriceBook{});
  CHECK(unknown.replicas == 3);
  CHECK(unknown.spare == 1);
  CHECK_FALSE(unknown.availability);
  CHECK_FALSE(unknown.down_hours_per_year);
  CHECK_THAT(unknown.why_not, Contains("no failure rate of 'desk' is known"));
  CostQuestion question = three_replicas(1);
  question.load.reset();
  CHECK_FALSE(redundancy_of(question).lost_requests_per_year);
  CHECK(redundancy_of(question).availability);
}

// ---- From a scenario ---------------------------------------------------------------------------

TEST_CASE("the machines of a scenario by kind, spares counted", "[evaluate][costs]") {
  const auto ready = prepared({{"model", "llama-3-8b"}, {"system", "6x dgx-spark"}},
                              {"placement.strategy=single", "replicas=3", "spare=1"});
  // The second machine of each pair works half of the time.
  const std::vector<double> busy = {1.0, 0.5, 1.0, 0.5, 0.0, 0.0};
  const CostQuestion question =
      cost_question(ready->scenario, 2, busy, money::rate_of(1000.0, 100.0), shipped_catalog());
  REQUIRE(question.machines.size() == 1);
  const MachineKind& kind = question.machines.front();
  CHECK(kind.purchase.id == "dgx-spark");
  CHECK(kind.count == 6);
  CHECK(kind.serving == 4);
  CHECK(kind.in_replica == 2);
  CHECK(kind.gpus == 1);
  CHECK(question.input_per_output == 512.0 / 128.0);
}

TEST_CASE("costs are in an outcome where they are asked for", "[evaluate][costs]") {
  const ScenarioSpec spec = spec_of({{"model", "minimax-m2"}, {"system", "2x dgx-h100"}},
                                    {"replicas=2", "spare=1", "engine=vllm"});
  const Outcome plain = evaluate(spec, shipped_catalog(), {.changes = false}).outcome;
  CHECK_FALSE(plain.costs);
  CHECK_FALSE(plain.redundancy);
  const Outcome outcome =
      evaluate(spec, shipped_catalog(), {.changes = false, .costs = true}).outcome;
  REQUIRE(outcome.costs);
  REQUIRE(outcome.costs->owning);
  const OwningCost& owning = *outcome.costs->owning;
  CHECK(owning.purchase_usd.value == Approx(outcome.price_usd->value));
  CHECK(owning.depreciation_usd_per_month.value + owning.electricity_usd_per_month.value +
            owning.upkeep_usd_per_month.value ==
        Approx(way_of(*outcome.costs, "own").usd_per_month->value));
  CHECK(way_of(*outcome.costs, "rent").usd_per_month);
  CHECK(way_of(*outcome.costs, "API").usd_per_month);
  REQUIRE(outcome.redundancy);
  // One of two hosts is enough: both must be down.
  const double down = 1.0 - outcome.redundancy->replica_availability->value;
  CHECK(outcome.redundancy->availability->value == Approx(1.0 - down * down));
  const auto priced = [](const Assumption& each) { return each.what == "purchase of dgx-h100"; };
  CHECK(std::any_of(outcome.assumptions.begin(), outcome.assumptions.end(), priced));
}

TEST_CASE("the price of machines has the interval of their figures", "[evaluate][costs]") {
  // 250,000 to 320,000 each, which err together.
  const Outcome outcome =
      outcome_of({{"model", "llama-3-8b"}, {"system", "2x dgx-h100"}}, {"replicas=2"});
  REQUIRE(outcome.price_usd);
  CHECK(*outcome.price_usd == Estimate{570000.0, 500000.0, 640000.0});
}

}  // namespace
}  // namespace plimsoll

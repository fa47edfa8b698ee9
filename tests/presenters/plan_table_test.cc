#include "presenters/plan_table.h"

#include <algorithm>
#include <memory>
#include <string>

#include "evaluate/evaluate.h"
#include "presenters/shipped.h"
#include "support/catch.h"

using namespace plimsoll;
using namespace plimsoll::gui;

namespace {

PlannedMachine plan_of(const std::string& name, double rate, std::optional<double> price,
                       double quality) {
  PlannedMachine plan;
  plan.machines.name = name;
  plan.engine_name = "engine";
  plan.command = "plimsoll report --system " + name;
  plan.decode_tokens_per_second = {rate, rate, rate};
  if (price) plan.price.usd = Estimate{*price, *price, *price};
  plan.quality = quality;
  return plan;
}

std::shared_ptr<PlanResult> some_plans() {
  auto result = std::make_shared<PlanResult>();
  result->front = {{.plan = plan_of("b", 10.0, 1000.0, 3.0)},
                   {.plan = plan_of("c", 40.0, 4000.0, 5.0)},
                   {.plan = plan_of("a", 20.0, std::nullopt, 4.0)}};
  result->met = {result->front[0].plan, plan_of("d", 8.0, 2000.0, 3.0), result->front[1].plan};
  return result;
}

std::string names(const PlanTable& table) {
  std::string all;
  for (const PlanRow& row : table.rows()) all += row.plan->machines.name;
  return all;
}

PlanResult shipped_plans(const std::vector<std::pair<std::string, std::string>>& options) {
  return plan(requirement_from_options(options), [] { return new_shipped_catalog(); });
}

}  // namespace

TEST_CASE("a table sorts by any column; what is not known comes last", "[plan_table]") {
  PlanTable table(some_plans());
  CHECK(names(table) == "bca");
  table.sort(PlanColumn::machines, false);
  CHECK(names(table) == "abc");
  table.sort(PlanColumn::machines, true);
  CHECK(names(table) == "cba");
  table.sort(PlanColumn::decode, true);
  CHECK(names(table) == "cab");
  table.sort(PlanColumn::price, false);
  CHECK(names(table) == "bca");
  table.sort(PlanColumn::price, true);
  CHECK(names(table) == "cba");
  CHECK(table.row_of(table.rows()[1].plan) == 1);
  CHECK(table.row_of(nullptr) == -1);
}

TEST_CASE("every plan has a place in the chart, unknown prices beside the others", "[plan_table]") {
  const std::shared_ptr<PlanResult> result = some_plans();
  const PlanChart chart = chart_of(*result, PointSize::quality);
  REQUIRE(chart.points.size() == 4);  // those of the front once
  CHECK(chart.any_aside);
  for (const PlanPoint& point : chart.points) {
    INFO(point.plan->machines.name);
    CHECK(point.price >= chart.least_price);
    CHECK(point.price <= chart.greatest_price);
    CHECK(point.rate >= chart.least_rate);
    CHECK(point.rate <= chart.greatest_rate);
    CHECK(point.front == (point.plan->machines.name != "d"));
    CHECK(point.priced == (point.plan->machines.name != "a"));
    if (!point.priced) CHECK(point.price > 4000.0);
  }
  // b is the cheapest, c faster and dearer; a has no price.
  CHECK(chart.points[0].edge);
  CHECK(chart.points[1].edge);
  CHECK_FALSE(chart.points[2].edge);
  // Qualities 3 to 5 as 0 to 1.
  CHECK(chart.points[0].weight == 0.0);
  CHECK(chart.points[1].weight == 1.0);
  CHECK(chart.points[2].weight == 0.5);
  CHECK(chart_of(*result, PointSize::power).points[1].weight == 0.0);  // nobody knows any
  CHECK(chart_of({}, PointSize::quality).points.empty());
}

TEST_CASE("what costs nothing is drawn too", "[plan_table]") {
  PlanResult result;
  result.front = {{.plan = plan_of("own", 10.0, 0.0, 3.0)}};
  const PlanChart chart = chart_of(result, PointSize::quality);
  CHECK(chart.points[0].price == 1.0);
  CHECK(chart.least_price > 0.0);
  CHECK(chart.least_price < chart.greatest_price);
}

TEST_CASE("a plan opened as a scenario has the plan's figures", "[plan_table]") {
  const PlanResult result = shipped_plans({{"model", "gemma-2b"},
                                           {"systems", "framework"},
                                           {"at_least", "20"},
                                           {"users", "4"},
                                           {"engine", "llama.cpp"}});
  REQUIRE_FALSE(result.front.empty());
  const std::unique_ptr<Catalog> catalog = new_shipped_catalog();
  for (const FrontPlan& front : result.front) {
    const PlannedMachine& plan = front.plan;
    INFO(plan.command);
    const Outcome outcome =
        evaluate(scenario_of(plan), *catalog, {.changes = false, .explain = false}).outcome;
    REQUIRE(outcome.decode_tokens_per_second);
    CHECK(outcome.decode_tokens_per_second->value == plan.decode_tokens_per_second.value);
    CHECK(outcome.decode_tokens_per_second->low == plan.decode_tokens_per_second.low);
    CHECK(outcome.time_to_first_token_s->value == plan.time_to_first_token_s.value);
    CHECK(outcome.largest_context == plan.largest_context);
  }
}

TEST_CASE("where nothing meets it, cures and the nearest miss are the rows", "[plan_table]") {
  const auto result = std::make_shared<const PlanResult>(shipped_plans(
      {{"model", "gemma-2b"}, {"systems", "framework"}, {"budget", "100"}, {"at_least", "20"}}));
  REQUIRE(result->front.empty());
  const PlanTable table(result);
  const auto cure = std::find_if(table.rows().begin(), table.rows().end(), [](const PlanRow& row) {
    return row.standing == PlanStanding::cure;
  });
  REQUIRE(cure != table.rows().end());
  CHECK(cure->cure->what == "budget");
  CHECK(table.details(static_cast<std::size_t>(cure - table.rows().begin())).size() > 2);
  const std::vector<std::string> text = search_text(*result);
  CHECK(std::any_of(text.begin(), text.end(), [](const std::string& line) {
    return line.find("nearest miss") != std::string::npos;
  }));
}

#include "presenters/plan_table.h"

#include <algorithm>
#include <cmath>
#include <optional>
#include <set>
#include <utility>

#include "report/plan_content.h"
#include "report/report_content.h"

namespace plimsoll::gui {
namespace {

std::string word_of(const PlannedMachine& plan, PlanColumn column) {
  return column == PlanColumn::machines ? machines_text(plan.machines) : engine_text(plan);
}

bool is_word(PlanColumn column) {
  return column == PlanColumn::machines || column == PlanColumn::engine;
}

std::optional<double> figure_of(const PlannedMachine& plan, PlanColumn column) {
  switch (column) {
    case PlanColumn::decode:
      return plan.decode_tokens_per_second.value;
    case PlanColumn::first_token:
      return plan.time_to_first_token_s.value;
    case PlanColumn::throughput:
      return plan.throughput_tokens_per_second.value;
    case PlanColumn::price:
      return plan.price.usd ? std::optional(plan.price.usd->value) : std::nullopt;
    case PlanColumn::power:
      return plan.power.watts ? std::optional(plan.power.watts->value) : std::nullopt;
    case PlanColumn::quantization:
      return plan.quality;
    case PlanColumn::context:
      return static_cast<double>(plan.largest_context);
    case PlanColumn::chance:
      return least_chance(plan);
    case PlanColumn::machines:
    case PlanColumn::engine:
      break;
  }
  return std::nullopt;
}

// Both ends of an axis with room for the points at them.
std::pair<double, double> widened(double least, double greatest) {
  constexpr double room = 1.25;
  return {least / room, greatest * room};
}

std::optional<double> merit_of(const PlannedMachine& plan, PointSize size) {
  if (size == PointSize::quality) return plan.quality;
  return plan.power.watts ? std::optional(plan.power.watts->value) : std::nullopt;
}

void weigh(PlanChart& chart, PointSize size) {
  double least = INFINITY, greatest = -INFINITY;
  for (const PlanPoint& point : chart.points)
    if (const auto merit = merit_of(*point.plan, size)) {
      least = std::min(least, *merit);
      greatest = std::max(greatest, *merit);
    }
  for (PlanPoint& point : chart.points)
    if (const auto merit = merit_of(*point.plan, size))
      point.weight = greatest > least ? (*merit - least) / (greatest - least) : 1.0;
}

void find_edge(PlanChart& chart) {
  for (PlanPoint& point : chart.points)
    point.edge =
        point.front && point.priced &&
        std::none_of(chart.points.begin(), chart.points.end(), [&](const PlanPoint& other) {
          const bool no_dearer = other.priced && other.price <= point.price;
          const bool differs = other.price < point.price || other.rate > point.rate;
          return other.front && no_dearer && other.rate >= point.rate && differs;
        });
}

void find_axes(PlanChart& chart) {
  double least = INFINITY, greatest = -INFINITY, slowest = INFINITY, fastest = -INFINITY;
  for (const PlanPoint& point : chart.points) {
    slowest = std::min(slowest, point.rate);
    fastest = std::max(fastest, point.rate);
    if (!point.priced) continue;
    least = std::min(least, point.price);
    greatest = std::max(greatest, point.price);
  }
  if (chart.points.empty()) return;
  std::tie(chart.least_rate, chart.greatest_rate) = widened(slowest, fastest);
  if (least > greatest) least = greatest = 1.0;
  std::tie(chart.least_price, chart.greatest_price) = widened(least, greatest);
  if (!chart.any_aside) return;
  // A column of its own behind the dearest.
  constexpr double column = 0.15;  // of the axis
  chart.aside =
      chart.greatest_price * std::pow(chart.greatest_price / chart.least_price, column / 2);
  chart.greatest_price *= std::pow(chart.greatest_price / chart.least_price, column);
  for (PlanPoint& point : chart.points)
    if (!point.priced) point.price = chart.aside;
}

}  // namespace

PlanTable::PlanTable(std::shared_ptr<const PlanResult> result) : result_(std::move(result)) {
  for (const FrontPlan& front : result_->front)
    rows_.push_back({.standing = PlanStanding::front, .plan = &front.plan, .front = &front});
  for (const PlannedMachine& plan : result_->undecided)
    rows_.push_back({.standing = PlanStanding::undecided, .plan = &plan});
  for (const Relaxation& cure : result_->relaxations)
    rows_.push_back({.standing = PlanStanding::cure, .plan = &cure.plan, .cure = &cure});
  if (result_->nearest_miss)
    rows_.push_back({.standing = PlanStanding::nearest_miss, .plan = &*result_->nearest_miss});
}

std::string PlanTable::cell(std::size_t row, PlanColumn column) const {
  const PlannedMachine& plan = *rows_[row].plan;
  switch (column) {
    case PlanColumn::decode:
      return with_unit(rate_text(plan.decode_tokens_per_second));
    case PlanColumn::first_token:
      return with_unit(time_text(plan.time_to_first_token_s));
    case PlanColumn::throughput:
      return with_unit(rate_text(plan.throughput_tokens_per_second));
    case PlanColumn::price:
      return plan_price_text(plan, result_->requirement.acquisition);
    case PlanColumn::power:
      return plan_power_text(plan.power);
    case PlanColumn::quantization:
      return plan.quantization_name;
    case PlanColumn::context:
      return count_text(plan.largest_context);
    case PlanColumn::chance:
      return chance_text(least_chance(plan));
    case PlanColumn::machines:
    case PlanColumn::engine:
      break;
  }
  return word_of(plan, column);
}

void PlanTable::sort(PlanColumn column, bool descending) {
  const auto before = [&](const PlanRow& a, const PlanRow& b) {
    if (is_word(column)) {
      const std::string x = word_of(*a.plan, column), y = word_of(*b.plan, column);
      return descending ? y < x : x < y;
    }
    const std::optional<double> x = figure_of(*a.plan, column), y = figure_of(*b.plan, column);
    if (!x || !y) return x.has_value() && !y.has_value();
    return descending ? *y < *x : *x < *y;
  };
  std::stable_sort(rows_.begin(), rows_.end(), before);
}

int PlanTable::row_of(const PlannedMachine* plan) const {
  for (std::size_t i = 0; i < rows_.size(); ++i)
    if (rows_[i].plan == plan) return static_cast<int>(i);
  return -1;
}

std::vector<std::string> PlanTable::details(std::size_t row) const {
  const PlanRow& shown = rows_[row];
  const PlannedMachine& plan = *shown.plan;
  std::vector<std::string> lines{machines_text(plan.machines)};
  const auto add = [&lines](std::string line) {
    if (!line.empty()) lines.push_back(std::move(line));
  };
  if (shown.cure) add(relaxation_text(*shown.cure));
  add("chances: " + chances_text(plan));
  if (shown.front) add(runner_up_text(*shown.front, *result_));
  add(plan.placement);
  if (!plan.price.why_unknown.empty()) add("price: " + plan.price.why_unknown);
  for (std::string& remark : plan_remarks(plan)) add(std::move(remark));
  for (std::string& source : price_sources(plan)) add(std::move(source));
  add(plan.command);
  return lines;
}

std::vector<std::string> search_text(const PlanResult& result) {
  std::vector<std::string> lines{plan_headline(result), requirement_text(result),
                                 counts_text(result.counts)};
  if (std::string miss = nearest_miss_text(result); !miss.empty()) lines.push_back(std::move(miss));
  for (const Refusal& refusal : result.refusals)
    lines.push_back(count_text(refusal.candidates) + ": " + refusal.reason);
  std::erase_if(lines, [](const std::string& line) { return line.empty(); });
  return lines;
}

PlanChart chart_of(const PlanResult& result, PointSize size) {
  PlanChart chart;
  // The same machines and engine again, as evaluated on the way to the front.
  std::set<std::string> on_front;
  const auto add = [&chart](const PlannedMachine& plan, bool front) {
    PlanPoint point{.plan = &plan,
                    .priced = plan.price.usd.has_value(),
                    .rate = plan.decode_tokens_per_second.value,
                    .front = front};
    if (point.priced) point.price = std::max(1.0, plan.price.usd->value);
    chart.any_aside = chart.any_aside || !point.priced;
    chart.points.push_back(point);
  };
  const auto identity = [](const PlannedMachine& plan) {
    return plan.command + "|" + machines_text(plan.machines);
  };
  for (const FrontPlan& front : result.front) {
    add(front.plan, true);
    on_front.insert(identity(front.plan));
  }
  for (const PlannedMachine& plan : result.met)
    if (!on_front.contains(identity(plan))) add(plan, false);
  find_edge(chart);
  find_axes(chart);
  weigh(chart, size);
  return chart;
}

ScenarioSpec scenario_of(const PlannedMachine& plan) {
  return scenario_from_options(plan.options, plan.overrides);
}

}  // namespace plimsoll::gui

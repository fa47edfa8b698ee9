#include "report/plan_text.h"

#include <algorithm>
#include <cmath>

#include "report/plan_content.h"

namespace plimsoll {
namespace {

constexpr std::size_t most_shown = 10;
constexpr std::size_t most_undecided = 5;
constexpr std::size_t most_refusals = 3;
constexpr int wide_page = 100;

// "1,639", or "?" where nobody published it.
std::string whole(const std::optional<Estimate>& estimate) {
  return estimate ? count_text(std::llround(estimate->value)) : "?";
}

// "40k" of 1024 tokens each.
std::string whole_context(std::int64_t tokens) {
  constexpr std::int64_t k = 1024;
  return tokens < k ? std::to_string(tokens) : std::to_string(tokens / k) + "k";
}

void overview(Page& page, const PlanResult& result, const std::vector<std::size_t>& shown) {
  const bool wide = page.width() >= wide_page;
  const bool rent = result.requirement.acquisition == Acquisition::rent;
  Table table{.columns = {{.align = Align::right},
                          {.flexible = true},
                          {.flexible = true},
                          {.align = Align::right},
                          {.align = Align::decimal},
                          {},
                          {.align = Align::right},
                          {.align = Align::right},
                          {.align = Align::right}},
              .gap = wide ? 2 : 1};
  table.rows.push_back({.cells = {{""},
                                  {"machines", Ink::faint},
                                  {"weights", Ink::faint},
                                  {rent ? "USD/month" : "USD", Ink::faint},
                                  {"token/s", Ink::faint},
                                  {wide ? "90 % interval" : "", Ink::faint},
                                  {"ctx", Ink::faint},
                                  {"W", Ink::faint},
                                  {"chance", Ink::faint}}});
  for (std::size_t n = 0; n < shown.size(); ++n) {
    const PlannedMachine& plan = result.front[shown[n]].plan;
    const FigureText speed = rate_text(plan.decode_tokens_per_second);
    const std::string most = plan.power.at_most ? "<" : "";
    table.rows.push_back(
        {.cells = {{std::to_string(n + 1)},
                   {machines_text(plan.machines), Ink::strong},
                   {plan.quantization_name, plan.warning.empty() ? Ink::plain : Ink::caution},
                   {whole(plan.price.usd)},
                   {speed.value, Ink::strong},
                   {wide && !speed.interval.empty() ? "(" + speed.interval + ")" : "", Ink::faint},
                   {whole_context(plan.largest_context)},
                   {(plan.power.watts ? most : "") + whole(plan.power.watts)},
                   {chance_text(least_chance(plan))}}});
  }
  page.table(0, table);
}

void details(Page& page, const FrontPlan& front, const PlanResult& result, std::size_t number) {
  const PlannedMachine& plan = front.plan;
  page.blank();
  page.paragraph(0, page_margin + 1,
                 {{std::to_string(number) + "  " + machines_text(plan.machines) + ":", Ink::strong},
                  {std::string(to_text(plan.verdict)) + "; " + engine_text(plan) + ", " +
                   plan.quantization_name + ", " + plan.placement + "."}});
  const int indent = page_margin + 1;
  const std::string users = plan.batch > 1 ? " for each of " + std::to_string(plan.batch) : "";
  page.paragraph(indent, indent,
                 {{with_interval(rate_text(plan.decode_tokens_per_second)) + users +
                   ", first token after " + with_interval(time_text(plan.time_to_first_token_s)) +
                   "; chance of " + chances_text(plan) + "."}});
  for (const std::string& source : price_sources(plan))
    page.paragraph(indent, indent + 2, {{source, Ink::faint}});
  for (const std::string& remark : plan_remarks(plan))
    page.paragraph(indent, indent + 2, {{"!", Ink::caution}, {remark, Ink::caution}});
  page.paragraph(indent, indent + 2, {{runner_up_text(front, result) + "."}});
  page.command(indent, plan.command);
}

void front(Page& page, const PlanResult& result) {
  if (result.front.empty()) return;
  const std::vector<std::size_t> shown = representatives(plans_of(result.front), most_shown);
  page.heading("Plans", "cheapest first");
  overview(page, result, shown);
  if (shown.size() < result.front.size())
    page.paragraph(0, 0,
                   {{count_text(static_cast<std::int64_t>(result.front.size() - shown.size())) +
                         " more of the front between these: --format json",
                     Ink::faint}});
  for (std::size_t n = 0; n < shown.size(); ++n)
    details(page, result.front[shown[n]], result, n + 1);
}

void undecided(Page& page, const PlanResult& result) {
  if (result.undecided.empty()) return;
  page.heading("Undecided", "they meet the rest, but a limited figure is not known");
  for (const std::size_t i : representatives(plans_of(result.undecided), most_undecided)) {
    const PlannedMachine& plan = result.undecided[i];
    page.paragraph(0, page_margin, {{undecided_text(plan, result.requirement.acquisition)}});
    if (!plan.price.why_unknown.empty())
      page.paragraph(page_margin, page_margin, {{plan.price.why_unknown, Ink::faint}});
  }
  if (result.undecided.size() > most_undecided)
    page.paragraph(
        0, 0,
        {{count_text(static_cast<std::int64_t>(result.undecided.size() - most_undecided)) +
              " more: --format json",
          Ink::faint}});
}

void cures(Page& page, const PlanResult& result) {
  const std::string miss = nearest_miss_text(result);
  if (miss.empty()) return;
  page.heading("Nearest miss");
  page.paragraph(0, page_margin, {{miss + "."}});
  if (result.relaxations.empty()) {
    if (result.nearest_miss) page.command(page_margin, result.nearest_miss->command);
    return;
  }
  page.heading("What would cure it", "any one of these, found by search");
  for (const Relaxation& relaxation : result.relaxations) {
    page.paragraph(0, page_margin, {{relaxation_text(relaxation)}});
    page.command(page_margin, relaxation.plan.command);
  }
}

// The most frequent reasons; there may be one for every system and link.
void refusals(Page& page, const PlanResult& result) {
  const std::size_t shown = std::min(most_refusals, result.refusals.size());
  for (std::size_t i = 0; i < shown; ++i)
    page.paragraph(page_margin, page_margin + 2,
                   {{count_text(result.refusals[i].candidates) + ": " + result.refusals[i].reason,
                     Ink::faint}});
  if (shown < result.refusals.size())
    page.paragraph(page_margin, page_margin + 2,
                   {{count_text(static_cast<std::int64_t>(result.refusals.size() - shown)) +
                         " more reasons: --format json",
                     Ink::faint}});
}

}  // namespace

std::string plan_text(const PlanResult& result, const TextStyle& style) {
  Page page(style);
  const bool found = !result.front.empty();
  page.paragraph(0, page_margin,
                 {{*result.requirement.model.value + ":", Ink::strong},
                  {plan_headline(result) + ".", found ? Ink::good : Ink::bad}});
  page.paragraph(page_margin, page_margin, {{requirement_text(result) + "."}});
  page.paragraph(page_margin, page_margin, {{counts_text(result.counts) + ".", Ink::faint}});
  refusals(page, result);
  if (!result.complete)
    page.paragraph(
        page_margin, page_margin,
        {{"Stopped: these are the best so far, there may be better ones.", Ink::caution}});
  front(page, result);
  undecided(page, result);
  cures(page, result);
  return page.take();
}

}  // namespace plimsoll

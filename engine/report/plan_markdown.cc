#include "report/plan_markdown.h"

#include "report/markdown_page.h"
#include "report/plan_content.h"

namespace plimsoll {
namespace {

void front(MarkdownPage& page, const PlanResult& result) {
  if (result.front.empty()) return;
  page.heading(2, "Plans");
  constexpr auto right = MarkdownAlign::right;
  MarkdownTable table{.columns = {{"machines"},
                                  {"weights"},
                                  {"engine"},
                                  {"price", right},
                                  {"speed of each user", right},
                                  {"first token", right},
                                  {"largest context", right},
                                  {"power", right},
                                  {"chance of", right}}};
  const Acquisition acquisition = result.requirement.acquisition;
  for (const FrontPlan& each : result.front) {
    const PlannedMachine& plan = each.plan;
    table.rows.push_back(
        {markdown_text(machines_text(plan.machines)), markdown_text(plan.quantization_name),
         markdown_text(engine_text(plan)), plan_price_text(plan, acquisition),
         with_interval(rate_text(plan.decode_tokens_per_second)),
         with_interval(time_text(plan.time_to_first_token_s)), count_text(plan.largest_context),
         plan_power_text(plan.power), markdown_text(chances_text(plan))});
  }
  page.table(table);
}

void details(MarkdownPage& page, const PlanResult& result) {
  for (const FrontPlan& each : result.front) {
    const PlannedMachine& plan = each.plan;
    page.heading(3, markdown_text(machines_text(plan.machines)));
    std::vector<std::string> items = {
        markdown_text(std::string(to_text(plan.verdict)) + ": " + plan.placement)};
    for (const std::string& source : price_sources(plan)) items.push_back(markdown_text(source));
    for (const std::string& remark : plan_remarks(plan))
      items.push_back("**Warning:** " + markdown_text(remark));
    items.push_back(markdown_text(runner_up_text(each, result)));
    page.bullets(items);
    page.code(plan.command);
  }
}

void cures(MarkdownPage& page, const PlanResult& result) {
  const std::string miss = nearest_miss_text(result);
  if (miss.empty()) return;
  page.heading(2, "Nearest miss");
  page.paragraph(markdown_text(miss) + ".");
  for (const Relaxation& relaxation : result.relaxations) {
    page.paragraph(markdown_text(relaxation_text(relaxation)));
    page.code(relaxation.plan.command);
  }
}

}  // namespace

std::string plan_markdown(const PlanResult& result) {
  MarkdownPage page;
  page.heading(1, "Plans for " + markdown_text(*result.requirement.model.value));
  page.paragraph(markdown_text(plan_headline(result)) + ".");
  page.paragraph(markdown_text(requirement_text(result)) + ".");
  page.paragraph(markdown_text(counts_text(result.counts)) + ".");
  if (!result.complete) page.paragraph("**Stopped:** these are the best so far.");
  front(page, result);
  details(page, result);
  if (!result.undecided.empty()) {
    page.heading(2, "Undecided");
    std::vector<std::string> items;
    for (const PlannedMachine& plan : result.undecided)
      items.push_back(markdown_text(undecided_text(plan, result.requirement.acquisition)));
    page.bullets(items);
  }
  cures(page, result);
  return page.take();
}

}  // namespace plimsoll

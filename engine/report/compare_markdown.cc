#include "report/compare_content.h"
#include "report/compare_report.h"
#include "report/markdown_page.h"

namespace plimsoll {
namespace {

MarkdownTable side_by_side(const Comparison& comparison, const std::string& title) {
  MarkdownTable table{.columns = {{title}}};
  for (const ComparedScenario& each : comparison.scenarios) table.columns.push_back({each.label});
  return table;
}

void scenarios(MarkdownPage& page, const Comparison& comparison) {
  std::vector<std::string> items;
  for (const ComparedScenario& each : comparison.scenarios) {
    const VerdictText verdict = verdict_text(each.outcome);
    items.push_back("**" + each.label + "** " + markdown_text(each.name) + ": " +
                    markdown_text(subject_line(each.outcome.facts)) + ". **" + verdict.word +
                    "**: " + markdown_text(verdict.sentence));
    for (const ProfileUse& profile : each.outcome.profiles)
      items.back() += " " + markdown_text(profile_text(profile)) + ".";
  }
  page.bullets(items);
}

void differences(MarkdownPage& page, const Comparison& comparison) {
  page.heading(2, "What differs in the scenarios");
  if (comparison.differences.empty()) return page.paragraph("Nothing.");
  MarkdownTable table = side_by_side(comparison, "field");
  for (const ScenarioDifference& each : comparison.differences) {
    std::vector<std::string> cells = {markdown_text(each.field)};
    for (const std::string& value : each.values) cells.push_back(markdown_text(value));
    table.rows.push_back(std::move(cells));
  }
  page.table(table);
}

void outcomes(MarkdownPage& page, const Comparison& comparison) {
  page.heading(2, "Outcomes, with 90 % intervals");
  MarkdownTable table = side_by_side(comparison, "figure");
  for (const CompareRow& each : compare_rows(comparison)) {
    std::vector<std::string> cells = {each.what};
    for (std::size_t i = 0; i < each.values.size(); ++i) {
      const std::string interval = each.intervals.empty() ? "" : each.intervals[i];
      const std::string value = each.values[i].empty() ? "–" : markdown_text(each.values[i]);
      cells.push_back(interval.empty() ? value : value + " (" + interval + ")");
    }
    table.rows.push_back(std::move(cells));
  }
  page.table(table);
}

void ratios(MarkdownPage& page, const Comparison& comparison) {
  page.heading(2, "Against " + comparison.scenarios.front().label);
  page.paragraph(std::string(clear_criterion));
  constexpr auto right = MarkdownAlign::right;
  MarkdownTable table{
      .columns = {{"scenario"}, {"figure"}, {"ratio", right}, {"90 % interval"}, {"difference"}}};
  for (std::size_t i = 1; i < comparison.scenarios.size(); ++i) {
    const ComparedScenario& scenario = comparison.scenarios[i];
    for (const RatioText& ratio : ratio_texts(comparison, scenario))
      table.rows.push_back(
          {scenario.label, ratio.what, ratio.factor, ratio.interval, ratio.judgement});
  }
  page.table(table);
}

}  // namespace

std::string compare_markdown(const Comparison& comparison) {
  MarkdownPage page;
  page.heading(1, "Scenarios side by side");
  scenarios(page, comparison);
  differences(page, comparison);
  outcomes(page, comparison);
  ratios(page, comparison);
  return page.take();
}

}  // namespace plimsoll

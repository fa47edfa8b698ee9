#include <algorithm>
#include <utility>

#include "report/compare_content.h"
#include "report/compare_report.h"
#include "report/verdict_ink.h"

namespace plimsoll {
namespace {

void scenarios(Page& page, const Comparison& comparison) {
  for (const ComparedScenario& each : comparison.scenarios) {
    const VerdictText verdict = verdict_text(each.outcome);
    const int hanging = static_cast<int>(each.label.size()) + 2;
    page.paragraph(0, hanging, {{each.label + " "}, {each.name, Ink::strong}});
    page.paragraph(hanging, hanging + 2, {{subject_line(each.outcome.facts)}});
    page.paragraph(hanging, hanging + 2,
                   {{verdict.word + ":", ink_of(each.outcome.verdict)}, {verdict.sentence}});
    for (const ProfileUse& profile : each.outcome.profiles)
      page.paragraph(hanging, hanging + 2, {{profile_text(profile)}});
  }
}

// Columns of a table that stand side by side on a page, the first scenario always among them.
using Block = std::vector<std::size_t>;

std::vector<Block> blocks(const Comparison& comparison, int width) {
  constexpr int of_titles = 22;
  constexpr int of_scenario = 18;
  const auto room = static_cast<std::size_t>(std::max(2, (width - of_titles) / of_scenario));
  std::vector<Block> all = {{0}};
  for (std::size_t i = 1; i < comparison.scenarios.size(); ++i) {
    if (all.back().size() == room) all.push_back({0});
    all.back().push_back(i);
  }
  return all;
}

Table block_table(const Comparison& comparison, const Block& block) {
  Table table{.columns = {{}}};
  Row titles{.cells = {{""}}};
  for (const std::size_t i : block) {
    table.columns.push_back({.flexible = true});
    titles.cells.push_back({comparison.scenarios[i].label, Ink::faint});
  }
  table.rows.push_back(std::move(titles));
  return table;
}

Row block_row(const std::string& what, const std::vector<std::string>& values, const Block& block,
              Ink ink) {
  Row row{.cells = {{what}}};
  for (const std::size_t i : block) row.cells.push_back({values[i], ink});
  return row;
}

template <class Fill>
void block_tables(Page& page, const Comparison& comparison, Fill fill) {
  bool first = true;
  for (const Block& block : blocks(comparison, page.width())) {
    Table table = block_table(comparison, block);
    fill(table, block);
    if (table.rows.size() == 1) continue;  // titles only
    if (!std::exchange(first, false)) page.blank();
    page.table(page_margin, table);
  }
}

bool differs_within(const Block& block, const std::vector<std::string>& values) {
  return std::any_of(block.begin(), block.end(),
                     [&](std::size_t i) { return values[i] != values[block.front()]; });
}

void differences(Page& page, const Comparison& comparison) {
  page.heading("What differs", "in the scenarios, with defaults filled in");
  if (comparison.differences.empty()) {
    page.paragraph(page_margin, page_margin, {{"nothing"}});
    return;
  }
  block_tables(page, comparison, [&](Table& table, const Block& block) {
    for (const ScenarioDifference& each : comparison.differences)
      if (differs_within(block, each.values))
        table.rows.push_back(block_row(each.field, each.values, block, Ink::plain));
  });
}

std::vector<std::string> dashes_for_unknown(std::vector<std::string> values) {
  for (std::string& value : values)
    if (value.empty()) value = "–";
  return values;
}

void outcomes(Page& page, const Comparison& comparison) {
  page.heading("Outcomes", "with 90 % intervals");
  block_tables(page, comparison, [&](Table& table, const Block& block) {
    for (const CompareRow& each : compare_rows(comparison)) {
      table.rows.push_back(
          block_row(each.what, dashes_for_unknown(each.values), block, Ink::plain));
      if (!each.intervals.empty())
        table.rows.push_back(block_row("", each.intervals, block, Ink::faint));
    }
  });
}

void ratios(Page& page, const Comparison& comparison) {
  page.heading("Against " + comparison.scenarios.front().label, "ratios with 90 % intervals");
  page.paragraph(page_margin, page_margin, {{std::string(clear_criterion), Ink::faint}});
  Table table{.columns = {{}, {.flexible = true}, {.align = Align::decimal}, {}, {}}};
  for (std::size_t i = 1; i < comparison.scenarios.size(); ++i) {
    const ComparedScenario& scenario = comparison.scenarios[i];
    std::string label = scenario.label;
    for (const RatioText& ratio : ratio_texts(comparison, scenario)) {
      table.rows.push_back({.cells = {{std::exchange(label, "")},
                                      {ratio.what},
                                      {ratio.factor, Ink::strong},
                                      {parenthesized(ratio.interval), Ink::faint},
                                      {ratio.judgement, ratio.clear ? Ink::good : Ink::faint}}});
    }
    if (!label.empty())
      table.rows.push_back({.cells = {{label}, {"no figure in common", Ink::faint}}});
  }
  page.table(page_margin, table);
}

}  // namespace

std::string compare_text(const Comparison& comparison, const TextStyle& style) {
  Page page(style);
  scenarios(page, comparison);
  differences(page, comparison);
  outcomes(page, comparison);
  ratios(page, comparison);
  return page.take();
}

}  // namespace plimsoll

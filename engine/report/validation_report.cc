#include "report/validation_report.h"

#include <algorithm>
#include <cmath>
#include <map>

#include "base/quantity_text.h"
#include "base/text.h"
#include "report/speed_report.h"

namespace plimsoll {
namespace {

std::string percent(double share, int digits = 2) {
  constexpr double smallest_shown = 1e-5;
  if (share > 0.0 && share < smallest_shown) return "<0.001 %";
  return print_number(100.0 * share, digits) + " %";
}

std::string error_text(double share) {
  return (share < 0.0 ? "-" : "+") + percent(std::abs(share), 3);
}

// "checkpoint bytes" of "checkpoint_bytes": words that lines can break between.
std::string in_words(std::string_view key) {
  std::string title(key);
  std::replace(title.begin(), title.end(), '_', ' ');
  return title;
}

std::string counted(const ValidationSummary& summary) {
  if (summary.judged == summary.points) return std::to_string(summary.points);
  return std::to_string(summary.judged) + " of " + std::to_string(summary.points);
}

Row group_row(const ValidationSummary& summary) {
  Row row{.cells = {{in_words(summary.group)}, {counted(summary)}}};
  if (summary.judged == 0) {
    row.cells.insert(row.cells.end(), {{""}, {""}, {""}, {""}});
    return row;
  }
  const std::string aim = summary.aim > 0.0 ? percent(summary.aim) : "printed digit";
  row.cells.push_back({percent(summary.median_error)});
  row.cells.push_back({percent(summary.p90_error)});
  row.cells.push_back({percent(summary.within_aim, 3) + " in " + aim, Ink::strong});
  row.cells.push_back({percent(summary.covered, 3)});
  return row;
}

void groups(Page& page, const std::vector<ValidationPoint>& points) {
  const std::vector<ValidationSummary> summaries = summarise(points);
  for (auto it = summaries.begin(); it != summaries.end();) {
    const std::string metric = it->metric;
    page.heading(in_words(metric));
    Table table{.columns = {{.flexible = true},
                            {.align = Align::right},
                            {.align = Align::right},
                            {.align = Align::right},
                            {},
                            {.align = Align::right}}};
    table.rows.push_back({.cells = {{"group", Ink::faint},
                                    {"points", Ink::faint},
                                    {"median", Ink::faint},
                                    {"90 %", Ink::faint},
                                    {"within the aim", Ink::faint},
                                    {"covered", Ink::faint}}});
    for (; it != summaries.end() && it->metric == metric; ++it)
      table.rows.push_back(group_row(*it));
    page.table(2, table);
  }
}

// By how much a point misses its aim, or else by error; points without a prediction come last.
void worst(Page& page, const std::vector<ValidationPoint>& points) {
  constexpr std::size_t most = 12;
  std::vector<const ValidationPoint*> missed;
  for (const ValidationPoint& point : points)
    if (point.status == ValidationStatus::ok && !point.within_aim()) missed.push_back(&point);
  if (missed.empty()) return;
  std::stable_sort(missed.begin(), missed.end(), [](const auto* a, const auto* b) {
    return std::abs(a->error()) > std::abs(b->error());
  });
  const std::size_t shown = std::min(most, missed.size());
  page.heading("Farthest from the aim",
               std::to_string(shown) + " of " + std::to_string(missed.size()));
  Table table{.columns = {{.flexible = true},
                          {.align = Align::right},
                          {.align = Align::right},
                          {.align = Align::right},
                          {.flexible = true}}};
  for (std::size_t i = 0; i < shown; ++i) {
    const ValidationPoint& point = *missed[i];
    table.rows.push_back({.cells = {{point.id},
                                    {print(Bytes(point.measured), 4)},
                                    {print(Bytes(point.predicted->value), 4)},
                                    {error_text(point.error()), Ink::caution},
                                    {point.why, Ink::faint}}});
  }
  page.table(2, table);
}

// The reasons, each with how often it was given.
void unpredicted(Page& page, const std::vector<ValidationPoint>& points) {
  std::map<std::string, int> reasons;
  for (const ValidationPoint& point : points)
    if (!point.predicted) ++reasons[std::string(to_text(point.status)) + ": " + point.why];
  if (reasons.empty()) return;
  page.heading("Not predicted");
  Table table{.columns = {{.align = Align::right}, {.flexible = true}}};
  for (const auto& [reason, count] : reasons)
    table.rows.push_back({.cells = {{std::to_string(count)}, {reason}}});
  page.table(2, table);
}

std::string headline(const std::vector<ValidationPoint>& points) {
  const auto judged = std::count_if(points.begin(), points.end(), [](const ValidationPoint& point) {
    return point.status == ValidationStatus::ok;
  });
  return std::to_string(points.size()) + " published points, " + std::to_string(judged) +
         " judged; errors are of the prediction against the published value.";
}

void footprint_sections(Page& page, const std::vector<ValidationPoint>& points) {
  if (points.empty()) return;
  page.paragraph(page_margin, page_margin, {{headline(points)}});
  groups(page, points);
  worst(page, points);
  unpredicted(page, points);
}

}  // namespace

std::string validation_text(const std::vector<std::string>& files, const Validation& validation,
                            const ValidationView& view, const TextStyle& style) {
  Page page(style);
  page.paragraph(0, page_margin, {{joined(files) + ":", Ink::strong}});
  footprint_sections(page, validation.footprints);
  speed_sections(page, validation.speeds, view);
  return page.take();
}

std::string validation_markdown(const Validation& validation) {
  return speed_markdown(validation.speeds);
}

}  // namespace plimsoll

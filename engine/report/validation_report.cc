#include "report/validation_report.h"

#include <algorithm>
#include <cmath>
#include <map>

#include "base/quantity_text.h"
#include "report/json_writer.h"

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

std::optional<double> part(const ValidationPoint& point, double Estimate::*member) {
  if (!point.predicted) return std::nullopt;
  return (*point.predicted).*member;
}

void write_point(JsonWriter& json, const ValidationPoint& point) {
  json.open_object(JsonWriter::Layout::inline_);
  json.member("id", std::string_view(point.id));
  json.member("metric", std::string_view(point.metric));
  json.member("group", std::string_view(point.group));
  json.member("measured", point.measured);
  json.member("predicted", part(point, &Estimate::value));
  json.member("low", part(point, &Estimate::low));
  json.member("high", part(point, &Estimate::high));
  json.member("status", to_text(point.status));
  json.member("why", std::string_view(point.why));
  json.close();
}

void write_summary(JsonWriter& json, const ValidationSummary& summary) {
  json.open_object(JsonWriter::Layout::inline_);
  json.member("metric", std::string_view(summary.metric));
  json.member("group", std::string_view(summary.group));
  json.member("points", summary.points);
  json.member("ok", summary.judged);
  json.member("suspect", summary.suspect);
  json.member("unresolved", summary.unresolved);
  json.member("unsupported", summary.unsupported);
  json.member("aim", summary.aim);
  const auto of_judged = [&](double value) {
    return summary.judged > 0 ? std::optional<double>(value) : std::nullopt;
  };
  json.member("median_absolute_error", of_judged(summary.median_error));
  json.member("p90_absolute_error", of_judged(summary.p90_error));
  json.member("within_aim", of_judged(summary.within_aim));
  json.member("covered", of_judged(summary.covered));
  json.close();
}

}  // namespace

std::string validation_text(std::string_view file, const std::vector<ValidationPoint>& points,
                            const TextStyle& style) {
  Page page(style);
  page.paragraph(0, 2, {{std::string(file) + ":", Ink::strong}, {headline(points)}});
  groups(page, points);
  worst(page, points);
  unpredicted(page, points);
  return page.take();
}

std::string validation_json(std::string_view file, const std::vector<ValidationPoint>& points) {
  JsonWriter json;
  json.open_object();
  json.member("file", file);
  json.list("points", points, write_point);
  json.list("groups", summarise(points), write_summary);
  json.close();
  return json.take();
}

}  // namespace plimsoll

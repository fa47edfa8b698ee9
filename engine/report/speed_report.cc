#include "report/speed_report.h"

#include <algorithm>
#include <cmath>
#include <map>

#include "base/quantity_text.h"
#include "base/text.h"
#include "report/markdown_page.h"
#include "report/speed_words.h"
#include "validate/speed_summary.h"

namespace plimsoll {
namespace {

constexpr double fewest_groups = 30.0;  // of a cell whose coverage means something
constexpr double least_coverage = 0.80;
constexpr double most_coverage = 0.97;

constexpr int roomy_page = 100;  // columns; on narrower pages tables leave out the witnesses

// "337/462": judged of all.
std::string counted(const PointCounts& counts) {
  const std::string all = std::to_string(counts.points);
  return counts.judged == counts.points ? all : std::to_string(counts.judged) + "/" + all;
}

std::string plural(int count, const std::string& word) {
  return std::to_string(count) + " " + word + (count == 1 ? "" : "s");
}

Ink bias_ink(double bias) {
  return std::abs(bias) > notable_bias ? Ink::caution : Ink::plain;
}

// What every table of errors says after its first column.
struct ErrorColumn {
  std::string title;
  std::string text;
  Ink ink = Ink::plain;
};
std::vector<ErrorColumn> error_columns(const PointCounts& counts, const ErrorSummary& errors,
                                       bool witnesses) {
  std::vector<ErrorColumn> columns = {
      {"points", counted(counts)},
      {"witnesses", std::to_string(errors.witnesses)},
      {"median", error_text(errors.median_error)},
      {"mean", error_text(errors.mean_error), Ink::strong},
      {"bias", signed_error_text(errors.bias), bias_ink(errors.bias)},
      {"covered", error_text(errors.coverage)},
      {"score", print_number(errors.score, 3)}};
  if (!witnesses) columns.erase(columns.begin() + 1);
  if (errors.points == 0)
    for (std::size_t i = 1; i < columns.size(); ++i) columns[i].text.clear();
  return columns;
}

// A table on a page, narrow or roomy.
class ErrorTable {
 public:
  ErrorTable(const Page& page, const std::string& first_title)
      : witnesses_(page.width() >= roomy_page),
        table_{.columns = {{.flexible = true}}, .rows = {Row{}}, .gap = witnesses_ ? 2 : 1} {
    title(first_title);
    for (const ErrorColumn& column : error_columns({}, {}, witnesses_)) add_column(column.title);
  }
  void add_column(const std::string& name) {
    table_.columns.push_back({.align = Align::right});
    title(name);
  }
  void add_row(const std::string& label, const PointCounts& counts, const ErrorSummary& errors,
               const std::vector<Cell>& more = {}) {
    Row row{.cells = {{label}}};
    for (const ErrorColumn& column : error_columns(counts, errors, witnesses_))
      row.cells.push_back({column.text, column.ink});
    row.cells.insert(row.cells.end(), more.begin(), more.end());
    table_.rows.push_back(std::move(row));
  }
  const Table& table() const { return table_; }

 private:
  void title(const std::string& name) { table_.rows.front().cells.push_back({name, Ink::faint}); }

  bool witnesses_;
  Table table_;
};

void headline(Page& page, const SpeedSummary& summary) {
  const PointCounts& c = summary.counts;
  page.paragraph(
      page_margin, page_margin,
      {{plural(c.points, "published speed") + ":", Ink::strong},
       {std::to_string(c.judged) + " predicted and judged (" + error_text(summary.judged_share) +
        " of those not in doubt), " + std::to_string(c.suspect) + " in doubt, " +
        std::to_string(c.unresolved) + " unresolved, " + std::to_string(c.unsupported) +
        " unsupported" +
        (summary.parts > 0 ? "; besides, " + plural(summary.parts, "measurement") + " of parts"
                           : "") +
        "."}});
  page.paragraph(
      page_margin, page_margin,
      {{"Mean error " + error_text(summary.headline_mean_error) + ",", Ink::strong},
       {"median " + error_text(summary.headline_median_error) +
        ", where a point without a prediction counts as wrong by 100 %; of those "
        "judged " +
        error_text(summary.errors.mean_error) + " and " + error_text(summary.errors.median_error) +
        ", bias " + signed_error_text(summary.errors.bias) + "."}});
  std::string intervals = "90 % intervals cover " + error_text(summary.errors.coverage) +
                          "; interval score " + print_number(summary.errors.score, 3);
  if (summary.correlation)
    intervals += "; rank correlation of width and error " + print_number(*summary.correlation, 2);
  page.paragraph(page_margin, page_margin, {{intervals + "."}});
  if (summary.suspect_errors.points > 0)
    page.paragraph(page_margin, page_margin,
                   {{"Points in doubt, not judged: mean error " +
                     error_text(summary.suspect_errors.mean_error) + ", median " +
                     error_text(summary.suspect_errors.median_error) + "."}});
  page.paragraph(page_margin, page_margin,
                 {{"A source's rows about one device, variant and model are one witness; witnesses "
                   "weigh the same. The score is the mean interval score of the log error (less is "
                   "better), ±q the constant band that scores best on the very points.",
                   Ink::faint}});
}

// Of a cell with enough groups to tell.
bool honest_coverage(const CellSummary& cell) {
  return cell.groups < fewest_groups ||
         (cell.errors.coverage >= least_coverage && cell.errors.coverage <= most_coverage);
}

void cells(Page& page, const SpeedSummary& summary) {
  page.heading("Speeds by cell");
  ErrorTable table(page, "cell");
  table.add_column("±q");
  table.add_column("score");
  std::vector<std::string> poor;
  for (const CellSummary& cell : summary.cells) {
    const bool judged = cell.errors.points > 0;
    if (!honest_coverage(cell)) poor.push_back(label(cell.cell));
    const Ink ink = cell.errors.score > cell.band.score ? Ink::caution : Ink::plain;
    table.add_row(label(cell.cell), cell.counts, cell.errors,
                  {{judged ? error_text(cell.band.q) : ""},
                   {judged ? print_number(cell.band.score, 3) : "", ink}});
  }
  page.table(page_margin, table.table());
  if (!poor.empty())
    page.paragraph(page_margin, page_margin,
                   {{"Intervals that cover less than 80 % or more than 97 %:", Ink::caution},
                    {joined(poor, "; ") + "."}});
}

template <class KeyOf>
void table_by(Page& page, const std::string& what, const SpeedPoints& points, int most,
              KeyOf key_of) {
  auto all = errors_by(points, key_of);
  worst_first(all);
  const auto shown = std::min(all.size(), static_cast<std::size_t>(most));
  page.heading("Speeds by " + what + ", worst first",
               std::to_string(shown) + " of " + std::to_string(all.size()));
  ErrorTable table(page, what);
  for (std::size_t i = 0; i < shown; ++i)
    table.add_row(label(all[i].key), all[i].counts, all[i].errors);
  page.table(page_margin, table.table());
}

void chosen_table(Page& page, const SpeedPoints& points, const ValidationView& view) {
  switch (view.by) {
    case GroupBy::engine:
      return table_by(page, "engine", points, view.worst, engine_group_of);
    case GroupBy::group:
      return table_by(page, "group", points, view.worst, group_of);
    case GroupBy::device:
      return table_by(page, "device", points, view.worst,
                      [](const SpeedPoint& point) { return point.device; });
    case GroupBy::cell:
      break;  // stands above anyway
  }
}

// Every group with a notable bias, gathered by what they have in common.
void biased(Page& page, const SpeedSummary& summary) {
  std::map<std::string, std::vector<std::string>> found;
  int count = 0;
  int judged = 0;
  for (const auto& each : summary.groups) {
    judged += each.errors.points > 0 ? 1 : 0;
    if (each.errors.points == 0 || std::abs(each.errors.bias) <= notable_bias) continue;
    const SpeedGroup& group = each.key;
    ++count;
    found[group.engine + " " + group.backend + ", " + metric_word(group.metric) + ", " +
          std::string(kind_word(group.moe))]
        .push_back((group.several ? "several " : "") + group.device + " " +
                   signed_error_text(each.errors.bias));
  }
  if (count == 0) return;
  page.heading("Biased by more than " + error_text(notable_bias),
               std::to_string(count) + " of " + std::to_string(judged) + " groups");
  for (const auto& [common, members] : found)
    page.paragraph(page_margin, 2 * page_margin, {{common + ":", Ink::strong}, {joined(members)}});
}

void farthest(Page& page, const SpeedPoints& judged, int most) {
  SpeedPoints order = judged;
  std::stable_sort(order.begin(), order.end(), [](const SpeedPoint* a, const SpeedPoint* b) {
    return std::abs(a->log_error()) > std::abs(b->log_error());
  });
  const auto shown = std::min(order.size(), static_cast<std::size_t>(most));
  if (shown == 0) return;
  page.heading("Largest errors of points",
               std::to_string(shown) + " of " + std::to_string(order.size()));
  Table table{.columns = {{.flexible = true},
                          {.align = Align::right},
                          {.align = Align::right},
                          {.flexible = true},
                          {.align = Align::right}},
              .rows = {Row{.cells = {{"point", Ink::faint},
                                     {"measured", Ink::faint},
                                     {"predicted", Ink::faint},
                                     {"90 % interval", Ink::faint},
                                     {"error", Ink::faint}}}}};
  for (std::size_t i = 0; i < shown; ++i) {
    const SpeedPoint& point = *order[i];
    table.rows.push_back(
        {.cells = {
             {point.id},
             {speed_text(point.measured, point.metric)},
             {print_number(point.predicted->value)},
             {print_number(point.predicted->low) + " to " + print_number(point.predicted->high)},
             {signed_error_text(point.error()), point.covered() ? Ink::plain : Ink::caution}}});
  }
  page.table(page_margin, table);
}

// The reasons, each with how often it was given and one of its points.
void unpredicted(Page& page, const SpeedPoints& points, const SpeedSummary& summary) {
  struct Reason {
    int count = 0;
    std::string example;
  };
  std::map<std::string, Reason> reasons;
  for (const SpeedPoint* point : points) {
    if (point->predicted) continue;
    Reason& reason = reasons[point->reason];
    if (reason.count++ == 0) reason.example = point->id + ": " + point->why;
  }
  if (reasons.empty()) return;
  page.heading("Speeds not predicted");
  Table table{.columns = {{.align = Align::right}, {}, {.flexible = true}}};
  for (const auto& [reason, found] : reasons)
    table.rows.push_back(
        {.cells = {{std::to_string(found.count)}, {reason}, {found.example, Ink::faint}}});
  page.table(page_margin, table);
  std::vector<std::string> poor;
  for (const PoorSupport& each : summary.poor_support)
    poor.push_back(each.kind + " " + (each.name.empty() ? "not stated" : each.name) + " (" +
                   std::to_string(each.unsupported) + " of " + std::to_string(each.points) + ")");
  if (!poor.empty())
    page.paragraph(
        page_margin, page_margin,
        {{"More than " + error_text(allowed_unsupported) + " unsupported:", Ink::caution},
         {joined(poor) + "."}});
}

std::string markdown_headline(const SpeedSummary& summary) {
  return std::to_string(summary.counts.points) +
         " published speeds: " + error_text(summary.judged_share) +
         " of those not in doubt are predicted, with a mean " + "error of " +
         error_text(summary.errors.mean_error) + " (median " +
         error_text(summary.errors.median_error) + "), and " +
         error_text(summary.headline_mean_error) + " (" +
         error_text(summary.headline_median_error) +
         ") where those without a prediction count as wrong by 100 %.";
}

void add_error_columns(MarkdownTable& table) {
  for (const ErrorColumn& column : error_columns({}, {}, true))
    table.columns.push_back({column.title, MarkdownAlign::right});
}

void add_error_cells(const PointCounts& counts, const ErrorSummary& errors,
                     std::vector<std::string>& row) {
  for (const ErrorColumn& column : error_columns(counts, errors, true)) row.push_back(column.text);
}

MarkdownTable markdown_cells(const SpeedSummary& summary) {
  MarkdownTable table{.columns = {{"cell"}}};
  add_error_columns(table);
  table.columns.push_back({"best ±q", MarkdownAlign::right});
  table.columns.push_back({"its score", MarkdownAlign::right});
  for (const CellSummary& cell : summary.cells) {
    const bool judged = cell.errors.points > 0;
    std::vector<std::string> row = {markdown_text(label(cell.cell))};
    add_error_cells(cell.counts, cell.errors, row);
    row.push_back(judged ? error_text(cell.band.q) : "");
    row.push_back(judged ? print_number(cell.band.score, 3) : "");
    table.rows.push_back(std::move(row));
  }
  return table;
}

MarkdownTable markdown_engines(const std::vector<SpeedPoint>& points) {
  SpeedPoints speeds;
  for (const SpeedPoint& point : points)
    if (!point.part()) speeds.push_back(&point);
  MarkdownTable table{.columns = {{"engine"}, {"metric"}, {"kind"}}};
  add_error_columns(table);
  for (const auto& each : errors_by(speeds, engine_group_of)) {
    if (each.errors.points == 0) continue;
    std::vector<std::string> row = {markdown_text(each.key.engine), metric_word(each.key.metric),
                                    std::string(kind_word(each.key.moe))};
    add_error_cells(each.counts, each.errors, row);
    table.rows.push_back(std::move(row));
  }
  return table;
}

}  // namespace

void speed_sections(Page& page, const std::vector<SpeedPoint>& points, const ValidationView& view) {
  if (points.empty()) return;
  const SpeedSummary summary = summarise_speeds(points);
  const SpeedPoints all = pointers_to(points);
  SpeedPoints speeds;
  for (const SpeedPoint* point : all)
    if (!point->part()) speeds.push_back(point);
  headline(page, summary);
  if (const std::int64_t moved = profiled_points(points); moved > 0)
    page.paragraph(page_margin, page_margin,
                   {{std::to_string(moved) + (moved == 1 ? " of them is" : " of them are") +
                     " predicted with a profile."}});
  cells(page, summary);
  chosen_table(page, speeds, view);
  biased(page, summary);
  farthest(page, with_status(speeds, ValidationStatus::ok), view.worst);
  unpredicted(page, all, summary);
}

std::string speed_markdown(const std::vector<SpeedPoint>& points) {
  const SpeedSummary summary = summarise_speeds(points);
  MarkdownPage page;
  page.paragraph(markdown_headline(summary));
  page.table(markdown_cells(summary));
  page.paragraph("<details><summary>By engine and metric</summary>");
  page.table(markdown_engines(points));
  page.paragraph("</details>");
  return page.take();
}

}  // namespace plimsoll

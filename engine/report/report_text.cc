#include "report/report_text.h"

#include <algorithm>
#include <sstream>
#include <utility>

#include "base/quantity_text.h"
#include "report/report_content.h"
#include "report/serving_report.h"
#include "report/streaming_report.h"
#include "report/verdict_ink.h"

namespace plimsoll {
namespace {

void remark(Page& page, int indent, const std::string& text, Ink ink = Ink::faint) {
  if (!text.empty()) page.paragraph(indent, indent, {{text, ink}});
}

void verdict(Page& page, const Outcome& outcome) {
  const VerdictText text = verdict_text(outcome);
  page.paragraph(0, page_margin,
                 {{text.word + ":", ink_of(outcome.verdict)}, {text.sentence, Ink::strong}});
  for (const std::string& remark : text.remarks)
    page.paragraph(page_margin, page_margin, {{remark}});
}

void question(Page& page, const ModelFacts& facts) {
  page.blank();
  page.paragraph(page_margin, page_margin + 2, {{subject_line(facts)}});
  page.paragraph(page_margin, page_margin + 2, {{workload_line(facts)}});
}

void speed(Page& page, const Outcome& outcome) {
  const std::vector<SpeedRow> rows = speed_rows(outcome);
  if (rows.empty()) return;
  page.heading("Speed", "with 90 % intervals");
  Table table{.columns = {{.flexible = true}, {.align = Align::decimal}, {}, {}}};
  for (const SpeedRow& row : rows) {
    table.rows.push_back({.cells = {{row.what},
                                    {row.figure.value, Ink::strong},
                                    {row.figure.unit},
                                    {parenthesized(row.figure.interval), Ink::faint}}});
  }
  page.table(page_margin, table);
  remark(page, page_margin, cache_text(outcome));
  for (const ProfileUse& profile : outcome.profiles)
    remark(page, page_margin, profile_text(profile));
}

StackedBar bar_of(const PoolMemory& pool, const std::vector<MemoryItem>& items) {
  StackedBar bar;
  for (const MemoryItem& item : items) {
    bar.parts.push_back({item.bytes.value, static_cast<int>(bar.parts.size())});
  }
  bar.whole = std::max(pool.capacity.base(), pool.used.value);
  const bool visible = pool.usable < pool.capacity || pool.used.value > pool.usable.base();
  if (visible) bar.mark = pool.usable.base();
  return bar;
}

void pool_items(Page& page, const PoolMemory& pool, const std::vector<MemoryItem>& items) {
  Table table{
      .columns = {
          {}, {.flexible = true}, {.align = Align::decimal}, {}, {.align = Align::decimal}, {}}};
  for (const MemoryItem& item : items) {
    const FigureText size = part_text(item.bytes, pool.used);
    const Span shade = page.shade(static_cast<int>(table.rows.size()));
    const double share = pool.usable > Bytes(0.0) ? item.bytes.value / pool.usable.base() : 0.0;
    table.rows.push_back({.cells = {{shade.text, shade.ink},
                                    {item.what},
                                    {size.value},
                                    {size.unit},
                                    {percent_text(share), Ink::faint},
                                    {item.wired ? "" : "evictable", Ink::faint}}});
  }
  page.table(page_margin + 2, table);
}

void pool(Page& page, const PoolGroup& group) {
  const PoolMemory& pool = *group.pool;
  const std::vector<MemoryItem> items = fold_items(pool);
  const bool fits = pool.short_by <= Bytes(0.0);
  const Bytes free = pool.usable - Bytes(pool.used.value);
  std::vector<Span> title = {{group.label + ":", Ink::strong}, {pool_use_text(pool) + ","}};
  if (fits)
    title.push_back({print(std::max(free, Bytes(0.0))) + " free"});
  else
    title.push_back({"short by " + print(pool.short_by), Ink::bad});
  page.paragraph(page_margin, page_margin + 2, title);
  page.bar(page_margin, bar_of(pool, items));
  pool_items(page, pool, items);
  remark(page, page_margin, pool_limit_text(pool));
  if (!pool.raise.empty()) {
    remark(page, page_margin, "raise the limit with:");
    page.command(page_margin + 2, pool.raise);
  }
}

void memory(Page& page, const Outcome& outcome) {
  if (outcome.memory.empty()) return;
  const bool fits = outcome.verdict != Verdict::does_not_fit && outcome.largest_context;
  page.heading("Memory", fits ? "largest context that fits: " + count_text(*outcome.largest_context)
                              : std::string());
  bool first = true;
  for (const PoolGroup& group : fold_pools(outcome.memory)) {
    if (!std::exchange(first, false)) page.blank();
    pool(page, group);
  }
}

// Bars show shares against the largest; 1 where there is none.
double largest_share(const std::vector<TimeShare>& shares) {
  double largest = 0.0;
  for (const TimeShare& share : shares) largest = std::max(largest, share.share);
  return largest > 0.0 ? largest : 1.0;
}

void time_shares(Page& page, const std::string& title, const std::vector<TimeShare>& shares) {
  if (shares.empty()) return;
  page.heading(title, exact_time_text(total_time(shares)));
  Table table{.columns = {{.flexible = true},
                          {.flexible = true},
                          {.bars = true},
                          {.align = Align::decimal},
                          {.align = Align::right}}};
  const std::vector<TimeShare> rows = fold_shares(shares);
  const double largest = largest_share(rows);
  for (const TimeShare& share : rows) {
    table.rows.push_back({.cells = {{share.operators},
                                    {share.resource, Ink::faint},
                                    {"", Ink::bar, share.share / largest},
                                    {percent_text(share.share)},
                                    {exact_time_text(share.time), Ink::faint}}});
  }
  page.table(page_margin, table);
}

void limits(Page& page, const Outcome& outcome) {
  if (outcome.limits.empty()) return;
  page.heading("What limits it");
  for (const Limit& limit : outcome.limits) {
    std::vector<Span> line = {{limit.what + ",", Ink::strong},
                              {percent_text(limit.share) + " of the time of a token"}};
    if (limit.ceiling_tokens_per_second) {
      const auto ceiling = rate_text(Estimate::exact(*limit.ceiling_tokens_per_second));
      line.back().text += ";";
      line.push_back({"without it " + with_unit(ceiling)});
    }
    page.paragraph(page_margin, page_margin + 2, line);
    remark(page, page_margin + 2, limit.explanation);
  }
}

void network(Page& page, const Outcome& outcome) {
  if (outcome.links.empty()) return;
  page.heading("What goes over the links");
  Table table{
      .columns = {
          {.flexible = true}, {.align = Align::right}, {.flexible = true}, {.flexible = true}}};
  table.rows.push_back({.cells = {{"", Ink::faint},
                                  {"carries", Ink::faint},
                                  {"in a step", Ink::faint},
                                  {"in a prompt chunk", Ink::faint}}});
  for (const LinkUse& use : outcome.links)
    table.rows.push_back({.cells = {{link_text(use)},
                                    {print(use.capacity), Ink::faint},
                                    {load_text(use.per_step, use.busy_in_step)},
                                    {load_text(use.per_chunk, use.busy_in_chunk)}}});
  page.table(page_margin, table);
  for (const RouteUse& route : outcome.routes)
    page.paragraph(page_margin, page_margin + 2,
                   {{route_text(route) + ":", Ink::faint}, {path_text(route), Ink::faint}});
}

void redundancy(Page& page, const Outcome& outcome) {
  if (!outcome.redundancy) return;
  const ServiceRedundancy& redundancy = *outcome.redundancy;
  page.heading("Redundancy", count_text(redundancy.replicas) + " replicas, " +
                                 count_text(redundancy.spare) + " to spare");
  Table table{.columns = {{.flexible = true}, {.align = Align::decimal}, {}, {}}};
  for (const SpeedRow& row : redundancy_rows(outcome)) {
    table.rows.push_back({.cells = {{row.what},
                                    {row.figure.value, Ink::strong},
                                    {row.figure.unit},
                                    {parenthesized(row.figure.interval), Ink::faint}}});
  }
  page.table(page_margin, table);
  remark(page, page_margin, redundancy_text(redundancy));
}

Row way_row(const WayCost& way, const MonthlyCosts& costs) {
  Row row{.cells = {{way.way, Ink::strong},
                    {way.what},
                    {dollars_text(way.usd_per_month)},
                    {way.usd_per_month ? dollars_text(way.usd_per_million_output_tokens) : ""}}};
  if (!way.why_not.empty()) row.notes.push_back({{way.why_not, Ink::faint}});
  if (way.way == "own" && costs.owning)
    row.notes.push_back({{owning_text(*costs.owning), Ink::faint}});
  return row;
}

void costs(Page& page, const Outcome& outcome) {
  if (!outcome.costs || !any_known(*outcome.costs)) return;
  const MonthlyCosts& costs = *outcome.costs;
  page.heading("Cost per month", "USD without tax, with 90 % intervals");
  remark(page, page_margin, monthly_load_text(costs), Ink::plain);
  Table table{.columns = {{}, {.flexible = true}, {.flexible = true}, {.flexible = true}}};
  table.rows.push_back(
      {.cells = {{""}, {""}, {"a month", Ink::faint}, {"per million output tokens", Ink::faint}}});
  for (const WayCost& way : costs.ways) table.rows.push_back(way_row(way, costs));
  page.table(page_margin, table);
  for (const Payback& payback : costs.paybacks)
    page.paragraph(page_margin, page_margin + 2, {{payback_text(payback)}});
  for (const std::string& note : costs.notes)
    page.paragraph(page_margin, page_margin + 2, {{"-", Ink::faint}, {note, Ink::faint}});
}

void savings(Page& page, const Outcome& outcome) {
  if (outcome.savings.empty()) return;
  page.heading("Savings", "decode rate with each over the rate without it");
  Table table{.columns = {{.flexible = true}, {.align = Align::right}, {}}, .note_indent = 4};
  for (const SavingOutcome& saving : outcome.savings) {
    const SavingText text = saving_text(saving);
    Row row{.cells = {{text.what},
                      {text.factor.value, Ink::strong},
                      {parenthesized(text.factor.interval), Ink::faint}}};
    for (const std::string& remark : text.remarks) row.notes.push_back({{remark, Ink::plain}});
    if (!saving.warning.empty())
      row.notes.push_back({{"!", Ink::caution}, {saving.warning, Ink::caution}});
    table.rows.push_back(std::move(row));
  }
  page.table(page_margin, table);
}

Row change_row(std::size_t number, const Change& change, const Outcome& outcome) {
  const ChangeText text = change_text(change, outcome);
  const bool doubtful = !change.warning.empty();
  Row row{.cells = {{std::to_string(number), Ink::faint},
                    {change.description},
                    {text.factor, Ink::strong},
                    {text.rate.value},
                    {text.rate.unit},
                    {parenthesized(text.rate.interval), Ink::faint}}};
  for (const std::string& remark : text.remarks) row.notes.push_back({{remark, Ink::plain}});
  if (doubtful) row.notes.push_back({{"!", Ink::caution}, {change.warning, Ink::caution}});
  if (!text.set.empty()) row.notes.push_back({{text.set, Ink::faint}});
  return row;
}

void changes(Page& page, const Outcome& outcome) {
  if (outcome.changes.empty()) return;
  page.heading("What would help", "rate after one change");
  Table table{.columns = {{.align = Align::right},
                          {.flexible = true},
                          {.align = Align::right},
                          {.align = Align::decimal},
                          {},
                          {}},
              .note_indent = 4};
  for (const Change& change : outcome.changes) {
    table.rows.push_back(change_row(table.rows.size() + 1, change, outcome));
  }
  page.table(page_margin, table);
}

// One command, or one for each machine with a comment before it.
void start(Page& page, const Outcome& outcome) {
  if (outcome.start_command.empty()) return;
  page.heading("Start it with");
  std::istringstream lines(outcome.start_command);
  for (std::string line; std::getline(lines, line);) {
    if (line.starts_with("# "))
      page.paragraph(page_margin, page_margin, {{line, Ink::faint}});
    else
      page.command(page_margin, line);
  }
}

void claims(Page& page, const Outcome& outcome) {
  if (outcome.claim_checks.empty()) return;
  page.heading("What of the claim holds");
  for (const std::string& check : outcome.claim_checks)
    page.paragraph(page_margin, page_margin + 2, {{"!", Ink::caution}, {check, Ink::caution}});
}

void notes(Page& page, const Outcome& outcome) {
  if (outcome.notes.empty()) return;
  page.heading("Remarks");
  for (const std::string& note : outcome.notes)
    page.paragraph(page_margin, page_margin + 2, {{"-"}, {note}});
}

Row assumption_row(const Assumption& assumption, bool doubtful) {
  Row row{.cells = {{doubtful ? "!" : "", Ink::caution},
                    {assumption.what},
                    {assumption.value, Ink::strong},
                    {doubtful ? status_text(assumption) : "", Ink::caution}}};
  const bool said = status_text(assumption).ends_with(assumption.warning);
  if (!said) row.notes.push_back({{assumption.warning, Ink::caution}});
  return row;
}

void profiles(Page& page, const Outcome& outcome) {
  if (outcome.profiles.empty()) return;
  page.heading("Moved by the profile", "and how well they are known, with 90 % probability");
  for (const ProfileUse& profile : outcome.profiles) {
    if (outcome.profiles.size() > 1)
      page.paragraph(page_margin, page_margin, {{profile.file, Ink::strong}});
    Table table{.columns = {{.flexible = true}, {}, {.align = Align::decimal}, {}}};
    for (const MovedFigure& figure : profile.moved) {
      const MovedText text = moved_text(figure);
      table.rows.push_back(
          {.cells = {
               {text.what}, {text.value, Ink::strong}, {text.factor}, {text.known, Ink::faint}}});
    }
    page.table(page_margin, table);
  }
}

void assumptions(Page& page, const Outcome& outcome) {
  if (outcome.assumptions.empty()) return;
  page.heading("Assumptions and their sources");
  bool first = true;
  for (const AssumptionGroup& group : group_assumptions(outcome.assumptions)) {
    if (!std::exchange(first, false)) page.blank();
    page.paragraph(page_margin, page_margin, {{group.title, Ink::strong}});
    Table table{.columns = {{}, {.flexible = true}, {.flexible = true}, {.flexible = true}},
                .note_indent = group.doubtful ? 5 : 4};
    for (const SourceGroup& source : group.sources) {
      for (const Assumption* figure : source.figures) {
        table.rows.push_back(assumption_row(*figure, group.doubtful));
      }
      if (!source.source.empty()) table.rows.back().notes.push_back({{source.source, Ink::faint}});
    }
    page.table(page_margin, table);
  }
}

}  // namespace

std::string report_text(const Outcome& outcome, const TextStyle& style) {
  Page page(style);
  verdict(page, outcome);
  question(page, outcome.facts);
  claims(page, outcome);
  speed(page, outcome);
  print_serving(page, outcome);
  memory(page, outcome);
  print_streaming(page, outcome);
  time_shares(page, "Time of one token", outcome.time_shares);
  time_shares(page, "Time of the prompt", outcome.prefill_shares);
  limits(page, outcome);
  network(page, outcome);
  redundancy(page, outcome);
  costs(page, outcome);
  savings(page, outcome);
  changes(page, outcome);
  start(page, outcome);
  notes(page, outcome);
  profiles(page, outcome);
  assumptions(page, outcome);
  return page.take();
}

}  // namespace plimsoll

#include "report/report_markdown.h"

#include "base/quantity_text.h"
#include "report/markdown_page.h"
#include "report/report_content.h"
#include "report/serving_report.h"
#include "report/streaming_report.h"

namespace plimsoll {
namespace {

constexpr auto right = MarkdownAlign::right;

std::string warning(const std::string& text) {
  return text.empty() ? "" : "**Warning:** " + markdown_text(text);
}

std::string joined(const std::vector<std::string>& parts, std::string_view separator) {
  std::string text;
  for (const std::string& part : parts) {
    if (part.empty()) continue;
    if (!text.empty()) text += separator;
    text += part;
  }
  return text;
}

void verdict(MarkdownPage& page, const Outcome& outcome) {
  const VerdictText text = verdict_text(outcome);
  page.paragraph("**" + text.word + ":** " + markdown_text(text.sentence));
  for (const std::string& remark : text.remarks) page.paragraph(markdown_text(remark));
  page.bullets(
      {markdown_text(subject_line(outcome.facts)), markdown_text(workload_line(outcome.facts))});
}

void speed(MarkdownPage& page, const Outcome& outcome) {
  const std::vector<SpeedRow> rows = speed_rows(outcome);
  if (rows.empty()) return;
  page.heading(2, "Speed");
  MarkdownTable table{.columns = {{"figure"}, {"value", right}, {"unit"}, {"90 % interval"}}};
  for (const SpeedRow& row : rows) {
    table.rows.push_back({row.what, row.figure.value, row.figure.unit, row.figure.interval});
  }
  page.table(table);
  page.paragraph(markdown_text(cache_text(outcome)));
  for (const ProfileUse& profile : outcome.profiles)
    page.paragraph(markdown_text(profile_text(profile)));
}

void pool(MarkdownPage& page, const PoolGroup& group) {
  const PoolMemory& pool = *group.pool;
  std::string use = "**" + markdown_text(group.label) + ":** " + pool_use_text(pool);
  if (pool.short_by > Bytes(0.0)) use += ", **short by " + print(pool.short_by) + "**";
  page.paragraph(use + "; " + markdown_text(pool_limit_text(pool)) + ".");
  MarkdownTable table{.columns = {{"what"}, {"size", right}, {"90 % interval"}, {"kind"}}};
  for (const MemoryItem& item : fold_items(pool)) {
    const FigureText size = part_text(item.bytes, pool.used);
    table.rows.push_back({markdown_text(item.what), with_unit(size), size.interval,
                          item.wired ? "wired" : "evictable"});
  }
  page.table(table);
  if (pool.raise.empty()) return;
  page.paragraph("Raise the limit with:");
  page.code(pool.raise);
}

void memory(MarkdownPage& page, const Outcome& outcome) {
  if (outcome.memory.empty()) return;
  page.heading(2, "Memory");
  for (const PoolGroup& group : fold_pools(outcome.memory)) pool(page, group);
  if (outcome.verdict != Verdict::does_not_fit && outcome.largest_context) {
    page.paragraph("Largest context that fits: " + count_text(*outcome.largest_context) + ".");
  }
}

void time_shares(MarkdownPage& page, const std::string& title,
                 const std::vector<TimeShare>& shares) {
  if (shares.empty()) return;
  page.heading(2, title + ": " + exact_time_text(total_time(shares)));
  MarkdownTable table{.columns = {{"operators"}, {"resource"}, {"share", right}, {"time", right}}};
  for (const TimeShare& share : fold_shares(shares)) {
    table.rows.push_back({markdown_text(share.operators), markdown_text(share.resource),
                          percent_text(share.share), exact_time_text(share.time)});
  }
  page.table(table);
}

void limits(MarkdownPage& page, const Outcome& outcome) {
  if (outcome.limits.empty()) return;
  page.heading(2, "What limits it");
  MarkdownTable table{.columns = {{"limit"},
                                  {"share of the time of a token", right},
                                  {"decode without it", right},
                                  {"why"}}};
  for (const Limit& limit : outcome.limits) {
    const auto& ceiling = limit.ceiling_tokens_per_second;
    table.rows.push_back({markdown_text(limit.what), percent_text(limit.share),
                          ceiling ? with_unit(rate_text(Estimate::exact(*ceiling))) : "",
                          markdown_text(limit.explanation)});
  }
  page.table(table);
}

void network(MarkdownPage& page, const Outcome& outcome) {
  if (outcome.links.empty()) return;
  page.heading(2, "What goes over the links");
  MarkdownTable table{
      .columns = {{"link"}, {"carries", right}, {"in a decode step"}, {"in a prompt chunk"}}};
  for (const LinkUse& use : outcome.links)
    table.rows.push_back({markdown_text(link_text(use)), print(use.capacity),
                          load_text(use.per_step, use.busy_in_step),
                          load_text(use.per_chunk, use.busy_in_chunk)});
  page.table(table);
  std::vector<std::string> routes;
  for (const RouteUse& route : outcome.routes)
    routes.push_back(markdown_text(route_text(route) + ": " + path_text(route)));
  if (!routes.empty()) page.bullets(routes);
}

void redundancy(MarkdownPage& page, const Outcome& outcome) {
  if (!outcome.redundancy) return;
  const ServiceRedundancy& redundancy = *outcome.redundancy;
  page.heading(2, "Redundancy: " + count_text(redundancy.replicas) + " replicas, " +
                      count_text(redundancy.spare) + " to spare");
  MarkdownTable table{.columns = {{"figure"}, {"value", right}, {"unit"}, {"90 % interval"}}};
  for (const SpeedRow& row : redundancy_rows(outcome))
    table.rows.push_back({row.what, row.figure.value, row.figure.unit, row.figure.interval});
  page.table(table);
  page.paragraph(markdown_text(redundancy_text(redundancy)));
}

void costs(MarkdownPage& page, const Outcome& outcome) {
  if (!outcome.costs || !any_known(*outcome.costs)) return;
  const MonthlyCosts& costs = *outcome.costs;
  page.heading(2, "Cost per month");
  page.paragraph(markdown_text(monthly_load_text(costs)));
  MarkdownTable table{.columns = {{"way"},
                                  {"what"},
                                  {"USD a month (90 % interval)", right},
                                  {"USD per million output tokens", right},
                                  {"remarks"}}};
  for (const WayCost& way : costs.ways) {
    const bool owned = way.way == "own" && costs.owning;
    table.rows.push_back({markdown_text(way.way), markdown_text(way.what),
                          dollars_text(way.usd_per_month),
                          dollars_text(way.usd_per_million_output_tokens),
                          markdown_text(owned ? owning_text(*costs.owning) : way.why_not)});
  }
  page.table(table);
  std::vector<std::string> items;
  for (const Payback& payback : costs.paybacks)
    items.push_back(markdown_text(payback_text(payback)));
  for (const std::string& note : costs.notes) items.push_back(markdown_text(note));
  if (!items.empty()) page.bullets(items);
}

void savings(MarkdownPage& page, const Outcome& outcome) {
  if (outcome.savings.empty()) return;
  page.heading(2, "Savings");
  MarkdownTable table{.columns = {{"saving"}, {"factor", right}, {"90 % interval"}, {"remarks"}}};
  for (const SavingOutcome& saving : outcome.savings) {
    const SavingText text = saving_text(saving);
    std::vector<std::string> remarks;
    for (const std::string& remark : text.remarks) remarks.push_back(markdown_text(remark));
    remarks.push_back(warning(saving.warning));
    table.rows.push_back(
        {markdown_text(text.what), text.factor.value, text.factor.interval, joined(remarks, "; ")});
  }
  page.table(table);
}

void changes(MarkdownPage& page, const Outcome& outcome) {
  if (outcome.changes.empty()) return;
  page.heading(2, "What would help");
  MarkdownTable table{.columns = {{"change"},
                                  {"factor", right},
                                  {"rate", right},
                                  {"90 % interval"},
                                  {"options"},
                                  {"remarks"}}};
  for (const Change& change : outcome.changes) {
    const ChangeText text = change_text(change, outcome);
    std::vector<std::string> remarks;
    for (const std::string& remark : text.remarks) remarks.push_back(markdown_text(remark));
    remarks.push_back(warning(change.warning));
    table.rows.push_back({markdown_text(change.description), text.factor,
                          text.rate.value.empty() ? "" : with_unit(text.rate), text.rate.interval,
                          markdown_text(text.set), joined(remarks, "; ")});
  }
  page.table(table);
}

void start(MarkdownPage& page, const Outcome& outcome) {
  if (outcome.start_command.empty()) return;
  page.heading(2, "Start it with");
  page.code(outcome.start_command);
}

void claims(MarkdownPage& page, const Outcome& outcome) {
  if (outcome.claim_checks.empty()) return;
  page.heading(2, "What of the claim holds");
  std::vector<std::string> items;
  for (const std::string& check : outcome.claim_checks) items.push_back(markdown_text(check));
  page.bullets(items);
}

void notes(MarkdownPage& page, const Outcome& outcome) {
  if (outcome.notes.empty()) return;
  page.heading(2, "Remarks");
  std::vector<std::string> items;
  for (const std::string& note : outcome.notes) items.push_back(markdown_text(note));
  page.bullets(items);
}

void profiles(MarkdownPage& page, const Outcome& outcome) {
  if (outcome.profiles.empty()) return;
  page.heading(2, "Moved by the profile");
  MarkdownTable table{
      .columns = {{"figure"}, {"value"}, {"over before", right}, {"known (90 %)"}, {"profile"}}};
  for (const ProfileUse& profile : outcome.profiles)
    for (const MovedFigure& figure : profile.moved) {
      const MovedText text = moved_text(figure);
      table.rows.push_back({markdown_text(text.what), text.value, text.factor, text.known,
                            markdown_text(profile.file)});
    }
  page.table(table);
}

void assumptions(MarkdownPage& page, const Outcome& outcome) {
  if (outcome.assumptions.empty()) return;
  page.heading(2, "Assumptions and their sources");
  MarkdownTable table{.columns = {{"figure"}, {"value"}, {"status"}, {"source"}, {"warning"}}};
  for (const AssumptionGroup& group : group_assumptions(outcome.assumptions)) {
    for (const SourceGroup& source : group.sources) {
      for (const Assumption* figure : source.figures) {
        table.rows.push_back({markdown_text(figure->what), markdown_text(figure->value),
                              markdown_text(status_text(*figure)), markdown_text(figure->source),
                              warning(figure->warning)});
      }
    }
  }
  page.table(table);
}

}  // namespace

std::string report_markdown(const Outcome& outcome) {
  MarkdownPage page;
  const ModelFacts& facts = outcome.facts;
  page.heading(1, facts.model + (facts.system.empty() ? "" : " on " + facts.system));
  verdict(page, outcome);
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

#include "report/timeline_text.h"

#include <algorithm>

#include "report/report_content.h"
#include "report/serving_report.h"
#include "report/streaming_report.h"
#include "report/trace_json.h"
#include "report/verdict_ink.h"

namespace plimsoll {
namespace {

Seconds length_of(const Timeline& timeline) {
  if (timeline.spans.empty()) return Seconds(0.0);
  Seconds first = timeline.spans.front().start;
  Seconds last = timeline.spans.front().end;
  for (const TimelineSpan& span : timeline.spans) {
    first = std::min(first, span.start);
    last = std::max(last, span.end);
  }
  return last - first;
}

std::string span_count(std::size_t spans) {
  return count_text(static_cast<std::int64_t>(spans)) + (spans == 1 ? " span" : " spans");
}

void tracks(Page& page, const Timeline& timeline) {
  const Seconds length = length_of(timeline);
  page.heading("Simulated run", exact_time_text(length));
  Table table{.columns = {{.flexible = true},
                          {.bars = true},
                          {.align = Align::decimal},
                          {.align = Align::right},
                          {.align = Align::right}}};
  for (const TrackUse& use : track_use(timeline)) {
    const double share = length > Seconds(0.0) ? use.busy / length : 0.0;
    table.rows.push_back({.cells = {{use.track},
                                    {"", Ink::bar, share},
                                    {percent_text(share)},
                                    {exact_time_text(use.busy), Ink::faint},
                                    {span_count(use.spans), Ink::faint}}});
  }
  page.table(2, table);
}

}  // namespace

std::string timeline_title(const ModelFacts& facts) {
  std::string title = facts.model;
  if (!facts.quantization.empty()) title += ", " + facts.quantization;
  if (!facts.system.empty()) title += " on " + facts.system;
  return title;
}

std::string timeline_text(const Outcome& outcome, const Timeline& timeline,
                          const TextStyle& style) {
  Page page(style);
  const VerdictText text = verdict_text(outcome);
  page.paragraph(0, 2, {{text.word + ":", ink_of(outcome.verdict)}, {text.sentence, Ink::strong}});
  page.paragraph(2, 4, {{subject_line(outcome.facts)}});
  page.paragraph(2, 4, {{workload_line(outcome.facts)}});
  for (const ProfileUse& profile : outcome.profiles)
    page.paragraph(2, 4, {{profile_text(profile)}});
  print_streaming(page, outcome);
  print_serving(page, outcome);
  if (timeline.spans.empty()) {
    page.paragraph(2, 2, {{"There is nothing to simulate: the trace is empty."}});
  } else {
    tracks(page, timeline);
  }
  return page.take();
}

}  // namespace plimsoll

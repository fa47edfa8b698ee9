#include "report/streaming_content.h"

#include <algorithm>
#include <cmath>

#include "base/quantity_text.h"
#include "report/report_content.h"

namespace plimsoll {
namespace {

using Kind = ContentTable::Kind;

std::string rate(double tokens_per_second) {
  return rate_text(Estimate::exact(tokens_per_second)).value;
}

std::string tokens_of(const StreamingInterval& interval) {
  std::string text =
      std::string(interval.prompt ? "prompt " : "answer ") + count_text(interval.first);
  if (interval.last > interval.first) text += "–" + count_text(interval.last);
  return text;
}

// Else the model is dense, and all of its weights are paged.
bool has_experts(const StreamingOutcome& streaming) {
  return streaming.working_set > Bytes();
}

bool any(const StreamingOutcome& streaming, bool (*holds)(const StreamingInterval&)) {
  return std::any_of(streaming.series.begin(), streaming.series.end(), holds);
}

bool hits_own_cache(const StreamingInterval& interval) {
  return interval.application_hit_rate > 0.0;
}
bool has_temperature(const StreamingInterval& interval) {
  return interval.body_temperature > 0.0;
}

std::string signed_percent(double share) {
  return (share >= 0.0 ? "+" : "-") + percent_text(std::abs(share));
}

Seconds layer_time(const StreamingOutcome& streaming) {
  Seconds sum;
  for (const StreamingStep& step : streaming.layer) sum += step.time;
  return sum;
}

}  // namespace

std::string streaming_title(const StreamingOutcome& streaming) {
  return has_experts(streaming) ? "Experts from the drive" : "Weights from the drive";
}

std::vector<std::string> streaming_sentences(const StreamingOutcome& streaming) {
  std::vector<std::string> sentences;
  const std::string read = print(streaming.read_per_token);
  sentences.push_back(has_experts(streaming)
                          ? "Each token uses " + print(streaming.working_set) +
                                " of experts: " + percent_text(streaming.hit_rate) +
                                " of it hits memory, " + read + " are read from the drive."
                          : "Each token reads " + read + " from the drive.");
  if (streaming.expert_cache > Bytes())
    sentences.push_back("The engine's own cache of " + size_text(streaming.expert_cache) +
                        " serves " + percent_text(streaming.application_hit_rate) + " of it.");
  const StreamingMemory& memory = streaming.memory;
  std::string split = "Of " + size_text(memory.total) + " of memory " + print(memory.held) +
                      " are held, " + print(memory.page_cache) + " are page cache, " +
                      print(memory.free) + " stay free";
  if (memory.compressed > Bytes())
    split += "; " + print(memory.compressed) + " are compressed to " + print(memory.compressor);
  sentences.push_back(split + ".");
  return sentences;
}

// Steps that take no time say nothing.
ContentTable layer_table(const StreamingOutcome& streaming) {
  ContentTable table{
      .columns = {{"step of a layer"}, {"ms", Kind::figures}, {"share", Kind::figures}},
      .rows = {}};
  const Seconds whole = layer_time(streaming);
  const auto add = [&](const std::string& what, Seconds time) {
    const std::string share = whole > Seconds() ? percent_text(time / whole) : "";
    if (time > Seconds()) table.rows.push_back({what, print_number(time.base() * 1e3), share});
  };
  for (const StreamingStep& step : streaming.layer) add(step.what, step.time);
  add("the layer", whole);
  if (streaming.outside_layers > Seconds())
    table.rows.push_back(
        {"outside the layers, per token", print_number(streaming.outside_layers.base() * 1e3), ""});
  return table;
}

namespace {

struct SeriesColumn {
  const char* title;
  std::string (*cell)(const StreamingInterval&);
};

std::vector<SeriesColumn> series_columns(const StreamingOutcome& streaming) {
  using Interval = StreamingInterval;
  std::vector<SeriesColumn> columns = {
      {"until", [](const Interval& i) { return exact_time_text(i.end); }},
      {"token/s", [](const Interval& i) { return rate(i.tokens_per_second); }}};
  if (has_experts(streaming))
    columns.push_back({"hits", [](const Interval& i) { return percent_text(i.hit_rate); }});
  if (any(streaming, hits_own_cache))
    columns.push_back(
        {"own hits", [](const Interval& i) { return percent_text(i.application_hit_rate); }});
  columns.push_back({"read", [](const Interval& i) { return print(i.read_per_token); }});
  if (any(streaming, has_temperature)) {
    columns.push_back({"speed", [](const Interval& i) { return percent_text(i.speed); }});
    columns.push_back(
        {"case", [](const Interval& i) { return print_number(i.body_temperature) + " °C"; }});
  }
  return columns;
}

}  // namespace

ContentTable series_table(const StreamingOutcome& streaming) {
  const std::vector<SeriesColumn> columns = series_columns(streaming);
  ContentTable table{.columns = {{"tokens"}}, .rows = {}};
  for (const SeriesColumn& column : columns) table.columns.push_back({column.title, Kind::figures});
  for (const StreamingInterval& interval : streaming.series) {
    std::vector<std::string> row = {tokens_of(interval)};
    for (const SeriesColumn& column : columns) row.push_back(column.cell(interval));
    table.rows.push_back(std::move(row));
  }
  return table;
}

ContentTable parameter_table(const StreamingOutcome& streaming) {
  constexpr std::size_t most = 10;
  constexpr double tenth_more = 1.1;
  ContentTable table{.columns = {{"quantity"},
                                 {"taken as"},
                                 {"known within", Kind::figures},
                                 {"time if 10 % more", Kind::figures}},
                     .rows = {}};
  for (const StreamingParameter& parameter : streaming.parameters) {
    if (table.rows.size() == most) break;
    const double factor = std::exp(z90 * parameter.log_sigma);
    const double effect = std::pow(tenth_more, parameter.elasticity) - 1.0;
    table.rows.push_back({parameter.what, parameter.value,
                          parameter.log_sigma > 0.0 ? "factor " + print_number(factor) : "",
                          signed_percent(effect)});
  }
  return table;
}

std::string conditions_title(const StreamingOutcome& streaming) {
  return streaming.published_tokens_per_second
             ? "What " + rate(*streaming.published_tokens_per_second) + " token/s would need"
             : std::string();
}

ContentTable conditions_table(const StreamingOutcome& streaming) {
  ContentTable table{.columns = {{"one of these"},
                                 {"predicted", Kind::long_figures},
                                 {"needed", Kind::long_figures}},
                     .rows = {}};
  for (const StreamingCondition& condition : streaming.conditions)
    table.rows.push_back({condition.what, print_number(condition.predicted) + " " + condition.unit,
                          condition.needed ? print_number(*condition.needed) + " " + condition.unit
                                           : "no value would do"});
  return table;
}

}  // namespace plimsoll

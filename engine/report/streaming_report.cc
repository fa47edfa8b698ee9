#include "report/streaming_report.h"

#include "base/quantity_text.h"
#include "report/streaming_content.h"

namespace plimsoll {
namespace {

using Layout = JsonWriter::Layout;

// Titles stand over their columns; the first column wraps.
void print_table(Page& page, const std::string& title, const std::string& remark,
                 const ContentTable& content) {
  if (content.rows.empty()) return;
  page.heading(title, remark);
  Table table;
  Row titles;
  for (const ContentTable::Column& column : content.columns) {
    const bool words = column.kind == ContentTable::Kind::words;
    table.columns.push_back({.align = words ? Align::left : Align::right,
                             .flexible = column.kind != ContentTable::Kind::figures});
    titles.cells.push_back({column.title, Ink::faint});
  }
  table.rows.push_back(std::move(titles));
  for (const auto& cells : content.rows) {
    Row row;
    for (const std::string& cell : cells) row.cells.push_back({cell});
    table.rows.push_back(std::move(row));
  }
  page.table(page_margin, table);
}

void print_table(MarkdownPage& page, const std::string& title, const ContentTable& content) {
  if (content.rows.empty()) return;
  page.heading(2, title);
  MarkdownTable table;
  for (const ContentTable::Column& column : content.columns)
    table.columns.push_back({column.title, column.kind == ContentTable::Kind::words
                                               ? MarkdownAlign::left
                                               : MarkdownAlign::right});
  for (const auto& cells : content.rows) {
    std::vector<std::string> row;
    for (const std::string& cell : cells) row.push_back(markdown_text(cell));
    table.rows.push_back(std::move(row));
  }
  page.table(table);
}

constexpr const char* layer_title = "A layer, as the host sees it";
constexpr const char* series_title = "Over the run";
constexpr const char* parameters_title = "What the time of a token hangs on";

void write_memory(JsonWriter& json, const StreamingMemory& memory) {
  json.key("memory");
  json.open_object();
  json.member("total_bytes", memory.total.base());
  json.member("held_bytes", memory.held.base());
  json.member("compressor_bytes", memory.compressor.base());
  json.member("compressed_bytes", memory.compressed.base());
  json.member("page_cache_bytes", memory.page_cache.base());
  json.member("free_bytes", memory.free.base());
  json.close();
}

void write_step(JsonWriter& json, const StreamingStep& step) {
  json.open_object(Layout::inline_);
  json.member("what", step.what);
  json.member("time_s", step.time.base());
  json.close();
}

void write_interval(JsonWriter& json, const StreamingInterval& interval) {
  const bool heat = interval.body_temperature > 0.0;
  json.open_object(Layout::inline_);
  json.member("phase", interval.prompt ? "prompt" : "answer");
  json.member("first_token", interval.first);
  json.member("last_token", interval.last);
  json.member("end_s", interval.end.base());
  json.member("tokens_per_second", interval.tokens_per_second);
  json.member("hit_rate", interval.hit_rate);
  json.member("application_hit_rate", interval.application_hit_rate);
  json.member("read_bytes_per_token", interval.read_per_token.base());
  json.member("speed", interval.speed);
  json.member("case_temperature_c", heat ? std::optional(interval.body_temperature) : std::nullopt);
  json.close();
}

void write_parameter(JsonWriter& json, const StreamingParameter& parameter) {
  json.open_object();
  json.member("what", parameter.what);
  json.member("value", parameter.value);
  json.member("log_sigma", parameter.log_sigma);
  json.member("elasticity", parameter.elasticity);
  json.close();
}

void write_condition(JsonWriter& json, const StreamingCondition& condition) {
  json.open_object(Layout::inline_);
  json.member("what", condition.what);
  json.member("predicted", condition.predicted);
  json.member("needed", condition.needed);
  json.member("unit", condition.unit);
  json.close();
}

}  // namespace

void print_streaming(Page& page, const Outcome& outcome) {
  if (!outcome.streaming) return;
  const StreamingOutcome& streaming = *outcome.streaming;
  page.heading(streaming_title(streaming));
  for (const std::string& sentence : streaming_sentences(streaming))
    page.paragraph(page_margin, page_margin, {{sentence}});
  print_table(page, series_title, "means from row to row", series_table(streaming));
  print_table(page, layer_title, "mean of the answer", layer_table(streaming));
  print_table(page, conditions_title(streaming), "everything else as predicted",
              conditions_table(streaming));
  print_table(page, parameters_title, "", parameter_table(streaming));
}

void print_streaming(MarkdownPage& page, const Outcome& outcome) {
  if (!outcome.streaming) return;
  const StreamingOutcome& streaming = *outcome.streaming;
  page.heading(2, streaming_title(streaming));
  std::string text;
  for (const std::string& sentence : streaming_sentences(streaming))
    text += (text.empty() ? "" : " ") + markdown_text(sentence);
  page.paragraph(text);
  print_table(page, series_title, series_table(streaming));
  print_table(page, layer_title, layer_table(streaming));
  print_table(page, conditions_title(streaming), conditions_table(streaming));
  print_table(page, parameters_title, parameter_table(streaming));
}

void write_streaming(JsonWriter& json, const Outcome& outcome) {
  json.key("streaming");
  if (!outcome.streaming) return json.null();
  const StreamingOutcome& streaming = *outcome.streaming;
  json.open_object();
  json.member("hit_rate", streaming.hit_rate);
  json.member("application_hit_rate", streaming.application_hit_rate);
  json.member("read_bytes_per_token", streaming.read_per_token.base());
  json.member("working_set_bytes", streaming.working_set.base());
  json.member("expert_cache_bytes", streaming.expert_cache.base());
  write_memory(json, streaming.memory);
  json.member("routed_layers", streaming.routed_layers);
  json.list("layer_steps", streaming.layer, write_step);
  json.member("outside_layers_s", streaming.outside_layers.base());
  json.list("series", streaming.series, write_interval);
  json.list("parameters", streaming.parameters, write_parameter);
  json.member("published_tokens_per_second", streaming.published_tokens_per_second);
  json.list("conditions", streaming.conditions, write_condition);
  json.member("sustained_power_w", streaming.sustained_power_w);
  json.close();
}

}  // namespace plimsoll

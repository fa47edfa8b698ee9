#include "report/serving_report.h"

#include "report/json_estimate.h"
#include "report/serving_content.h"

namespace plimsoll {
namespace {

void print_rates(Page& page, const ServingOutcome& serving) {
  Table table{.columns = {{.flexible = true}, {.align = Align::decimal}, {}, {}}};
  for (const SpeedRow& row : serving_rates(serving))
    table.rows.push_back({.cells = {{row.what},
                                    {row.figure.value, Ink::strong},
                                    {row.figure.unit},
                                    {parenthesized(row.figure.interval), Ink::faint}}});
  page.table(page_margin, table);
}

// Figures, and under them the ends of their intervals.
void print_latencies(Page& page, const ServingOutcome& serving) {
  Table table{.columns = {{.flexible = true}}};
  Row titles{.cells = {{"", Ink::faint}}};
  for (const std::string& column : latency_columns()) {
    table.columns.push_back({.align = Align::right});
    titles.cells.push_back({column, Ink::faint});
  }
  table.rows.push_back(std::move(titles));
  for (const LatencyRow& latency : latency_rows(serving)) {
    Row figures{.cells = {{latency.what}}};
    Row intervals{.cells = {{"", Ink::faint}}};
    bool any = false;
    for (const FigureText& figure : latency.figures) {
      figures.cells.push_back({with_unit(figure), Ink::strong});
      intervals.cells.push_back({figure.interval, Ink::faint});
      any = any || !figure.interval.empty();
    }
    table.rows.push_back(std::move(figures));
    if (any) table.rows.push_back(std::move(intervals));
  }
  page.table(page_margin, table);
  page.paragraph(page_margin, page_margin + 2, {{latency_words(), Ink::faint}});
}

void write_latency(JsonWriter& json, std::string_view name, const LatencyFigures& figures) {
  json.key(name);
  json.open_object();
  write_estimate(json, "mean", figures.mean);
  write_estimate(json, "p50", figures.p50);
  write_estimate(json, "p90", figures.p90);
  write_estimate(json, "p95", figures.p95);
  write_estimate(json, "p99", figures.p99);
  json.close();
}

void write_highest_rate(JsonWriter& json, const std::optional<HighestRateOutcome>& rate) {
  json.key("highest_rate");
  if (!rate) return json.null();
  json.open_object();
  write_estimate(json, "requests_per_second", rate->requests_per_second);
  json.member("share", rate->share);
  json.member("headroom", rate->headroom);
  json.member("binding", rate->binding);
  json.member("none", rate->none);
  json.member("unlimited", rate->unlimited);
  json.close();
}

void write_server(JsonWriter& json, const ServingOutcome& serving) {
  json.key("server");
  json.open_object();
  json.member("replicas", serving.replicas);
  json.member("devices", serving.devices);
  json.member("max_sequences", serving.max_sequences);
  json.member("max_step_tokens", serving.max_step_tokens);
  json.member("cache_tokens", serving.cache_tokens);
  json.member("block_tokens", serving.block_tokens);
  json.close();
}

}  // namespace

void print_serving(Page& page, const Outcome& outcome) {
  if (!outcome.serving) return;
  const ServingOutcome& serving = *outcome.serving;
  page.heading(serving_title(), "with 90 % intervals");
  page.paragraph(page_margin, page_margin, {{serving_load_text(serving)}});
  print_rates(page, serving);
  page.blank();
  print_latencies(page, serving);
  for (const std::string& sentence : serving_sentences(serving))
    page.paragraph(page_margin, page_margin + 2, {{sentence, Ink::faint}});
}

void print_serving(MarkdownPage& page, const Outcome& outcome) {
  if (!outcome.serving) return;
  const ServingOutcome& serving = *outcome.serving;
  page.heading(2, serving_title());
  page.paragraph(markdown_text(serving_load_text(serving)));
  MarkdownTable rates{.columns = {{"", MarkdownAlign::left},
                                  {"rate", MarkdownAlign::right},
                                  {"90 % interval", MarkdownAlign::right}}};
  for (const SpeedRow& row : serving_rates(serving))
    rates.rows.push_back({markdown_text(row.what), markdown_text(with_unit(row.figure)),
                          markdown_text(row.figure.interval)});
  page.table(rates);
  MarkdownTable latencies{.columns = {{"", MarkdownAlign::left}}};
  for (const std::string& column : latency_columns())
    latencies.columns.push_back({column, MarkdownAlign::right});
  for (const LatencyRow& latency : latency_rows(serving)) {
    std::vector<std::string> cells = {markdown_text(latency.what)};
    for (const FigureText& figure : latency.figures)
      cells.push_back(markdown_text(with_interval(figure)));
    latencies.rows.push_back(std::move(cells));
  }
  page.table(latencies);
  std::string text = markdown_text(latency_words());
  for (const std::string& sentence : serving_sentences(serving))
    text += " " + markdown_text(sentence);
  page.paragraph(text);
}

void write_serving(JsonWriter& json, const Outcome& outcome) {
  json.key("serving");
  if (!outcome.serving) return json.null();
  const ServingOutcome& serving = *outcome.serving;
  json.open_object();
  json.member("load", serving.load);
  json.member("window", serving.window.empty() ? "whole run" : serving.window);
  json.member("requests", serving.requests);
  json.member("refused", serving.refused);
  write_latency(json, "time_to_first_token_s", serving.first_token);
  write_latency(json, "time_per_output_token_s", serving.output_token);
  write_latency(json, "inter_token_latency_s", serving.token_gap);
  write_latency(json, "end_to_end_s", serving.end_to_end);
  write_estimate(json, "duration_s", serving.duration_s);
  write_estimate(json, "requests_per_second", serving.requests_per_second);
  write_estimate(json, "output_tokens_per_second", serving.output_tokens_per_second);
  write_estimate(json, "total_tokens_per_second", serving.total_tokens_per_second);
  write_estimate(json, "output_tokens_per_second_per_device",
                 serving.output_tokens_per_second_and_device);
  write_estimate(json, "goodput_requests_per_second", serving.goodput_requests_per_second);
  json.member("within_targets", serving.within_targets);
  write_highest_rate(json, serving.highest_rate);
  json.member("mean_queue", serving.mean_queue);
  json.member("mean_running", serving.mean_running);
  json.member("busy", serving.busy);
  json.member("cache_mean", serving.cache_mean);
  json.member("cache_peak", serving.cache_peak);
  json.member("preemptions", serving.preemptions);
  if (serving.drafted_tokens > 0) {
    json.member("drafted_tokens", static_cast<std::int64_t>(serving.drafted_tokens));
    json.member("tokens_per_step", serving.tokens_per_step);
  }
  json.member("steps", serving.steps);
  write_estimate(json, "step_s", serving.step_s);
  write_server(json, serving);
  json.close();
}

}  // namespace plimsoll

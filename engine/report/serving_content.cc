#include "report/serving_content.h"

#include "base/quantity_text.h"

namespace plimsoll {
namespace {

FigureText request_rate_text(const Estimate& requests_per_second) {
  FigureText text = rate_text(requests_per_second);
  text.unit = "requests/s";
  return text;
}

LatencyRow latency_row(std::string what, const LatencyFigures& figures) {
  return {.what = std::move(what),
          .figures = {time_text(figures.mean), time_text(figures.p50), time_text(figures.p90),
                      time_text(figures.p95), time_text(figures.p99)}};
}

std::string started_with(const ServingOutcome& serving) {
  std::string text = "Started for " + plural(serving.max_sequences, "sequence") + " and " +
                     count_text(serving.max_step_tokens) + " tokens in a step, a KV cache of " +
                     count_text(serving.cache_tokens) + " tokens";
  return serving.replicas > 1 ? text + "; " + plural(serving.replicas, "replica") + "."
                              : text + ".";
}

std::string busy_with(const ServingOutcome& serving) {
  return "Busy " + percent_text(serving.busy) + " of the time, with " +
         print_number(serving.mean_running) + " sequences in a step of " +
         exact_time_text(Seconds(serving.step_s.value)) + " on average; " +
         print_number(serving.mean_queue) + " requests wait.";
}

std::string cache_use(const ServingOutcome& serving) {
  return "Of the KV cache " + percent_text(serving.cache_mean) + " is in use on average and " +
         percent_text(serving.cache_peak) + " at its height" +
         (serving.preemptions > 0
              ? "; " + plural(serving.preemptions, "preemption") + " for want of it."
              : "; nothing is preempted.");
}

std::string drafts_sentence(const ServingOutcome& serving) {
  return "Each step verifies " + plural(serving.drafted_tokens, "drafted token") +
         " of a sequence and yields " + print_number(serving.tokens_per_step, 2) +
         " on average; between tokens of one step no time passes.";
}

std::string highest_rate_label(const HighestRateOutcome& rate) {
  return rate.headroom > 0.0 ? percent_text(rate.headroom) + " below the highest rate"
                             : "highest rate within the targets";
}

std::string rate_sentence(const HighestRateOutcome& rate) {
  if (rate.none)
    return "No rate is low enough for the targets: requests one by one miss " + rate.binding + ".";
  if (rate.unlimited)
    return "All requests at once are within the targets: more of them would find the limit.";
  return (rate.headroom > 0.0 ? "Above the highest rate, fewer than "
                              : "At a higher rate, fewer than ") +
         percent_text(rate.share) + " of the requests would be within the target of " +
         rate.binding + ".";
}

}  // namespace

std::string serving_title() {
  return "Under load";
}

std::string serving_load_text(const ServingOutcome& serving) {
  std::string text = plural(serving.requests, "request") + ": " + serving.load;
  return serving.window.empty() ? text + "." : text + ", " + serving.window + ".";
}

std::vector<SpeedRow> serving_rates(const ServingOutcome& serving) {
  std::vector<SpeedRow> rows;
  const auto add = [&](std::string what, FigureText figure, const Estimate& estimate) {
    rows.push_back({.what = std::move(what), .figure = std::move(figure), .estimate = estimate});
  };
  const Estimate& output = serving.output_tokens_per_second;
  add("generated, all requests", rate_text(output), output);
  if (serving.devices > 1)
    add("generated, per device", rate_text(serving.output_tokens_per_second_and_device),
        serving.output_tokens_per_second_and_device);
  add("prompts and answers", rate_text(serving.total_tokens_per_second),
      serving.total_tokens_per_second);
  add("requests", request_rate_text(serving.requests_per_second), serving.requests_per_second);
  if (serving.highest_rate)
    add(highest_rate_label(*serving.highest_rate),
        request_rate_text(serving.highest_rate->requests_per_second),
        serving.highest_rate->requests_per_second);
  if (serving.goodput_requests_per_second)
    add("goodput, within the targets", request_rate_text(*serving.goodput_requests_per_second),
        *serving.goodput_requests_per_second);
  add("duration", time_text(serving.duration_s), serving.duration_s);
  return rows;
}

std::array<std::string, 5> latency_columns() {
  return {"mean", "median", "p90", "p95", "p99"};
}

std::vector<LatencyRow> latency_rows(const ServingOutcome& serving) {
  return {latency_row("TTFT", serving.first_token), latency_row("TPOT", serving.output_token),
          latency_row("ITL", serving.token_gap), latency_row("end to end", serving.end_to_end)};
}

std::string latency_words() {
  return "TTFT: from the arrival to the first token; TPOT: of a request, per token after it; ITL: "
         "between tokens, all requests together.";
}

std::vector<std::string> serving_sentences(const ServingOutcome& serving) {
  std::vector<std::string> sentences = {started_with(serving), busy_with(serving),
                                        cache_use(serving)};
  if (serving.drafted_tokens > 0) sentences.push_back(drafts_sentence(serving));
  if (serving.highest_rate) sentences.push_back(rate_sentence(*serving.highest_rate));
  if (serving.within_targets)
    sentences.push_back(percent_text(*serving.within_targets) +
                        " of the requests are within the targets.");
  if (serving.refused > 0)
    sentences.push_back(plural(serving.refused, "request") +
                        " refused: longer than the whole cache.");
  return sentences;
}

}  // namespace plimsoll

#include "report/compare_content.h"

#include <algorithm>
#include <array>

#include "base/quantity_text.h"

namespace plimsoll {
namespace {

struct FigureWords {
  const char* key;
  const char* what;
  FigureText (*text)(const Estimate&);
};

constexpr std::array<FigureWords, outcome_figures.size()> figure_words = {{
    {"decode_tokens_per_second", "decode, each sequence", rate_text},
    {"throughput_tokens_per_second", "throughput of the batch", rate_text},
    {"prefill_tokens_per_second", "prefill", rate_text},
    {"time_to_first_token_s", "time to first token", time_text},
    {"total_time_s", "whole answer", time_text},
    {"power_w", "power", power_text},
    {"energy_per_token_j", "energy per token", energy_text},
    {"price_usd", "price", price_text},
    {"cache_hit_rate", "cache hit rate", share_text},
}};

const FigureWords& words_of(const OutcomeFigure& figure) {
  return *std::find_if(figure_words.begin(), figure_words.end(), [&](const FigureWords& words) {
    return std::string_view(words.key) == figure.key;
  });
}

bool batched(const Comparison& comparison) {
  return std::any_of(comparison.scenarios.begin(), comparison.scenarios.end(),
                     [](const ComparedScenario& each) { return each.outcome.facts.batch > 1; });
}

// Without batches there is no throughput beside the decode rate.
bool is_shown(const OutcomeFigure& figure, const Comparison& comparison) {
  return batched(comparison) || figure.value != &Outcome::throughput_tokens_per_second;
}

std::string what_of(const OutcomeFigure& figure, const Comparison& comparison) {
  const bool plain = figure.value == &Outcome::decode_tokens_per_second && !batched(comparison);
  return plain ? "decode" : words_of(figure).what;
}

template <class Text>
CompareRow row(std::string what, const Comparison& comparison, Text text) {
  CompareRow row{.what = std::move(what), .values = {}, .intervals = {}};
  for (const ComparedScenario& each : comparison.scenarios)
    row.values.push_back(text(each.outcome));
  return row;
}

void keep(CompareRow row, std::vector<CompareRow>& rows) {
  const bool empty = std::all_of(row.values.begin(), row.values.end(),
                                 [](const std::string& value) { return value.empty(); });
  if (!empty) rows.push_back(std::move(row));
}

CompareRow figure_row(const OutcomeFigure& figure, const Comparison& comparison) {
  CompareRow row{.what = what_of(figure, comparison), .values = {}, .intervals = {}};
  bool any_interval = false;
  for (const ComparedScenario& each : comparison.scenarios) {
    const std::optional<Estimate>& estimate = each.outcome.*figure.value;
    const FigureText text = estimate ? words_of(figure).text(*estimate) : FigureText{};
    row.values.push_back(estimate ? with_unit(text) : "");
    row.estimates.push_back(estimate);
    row.intervals.push_back(text.interval);
    any_interval = any_interval || !text.interval.empty();
  }
  if (!any_interval) row.intervals.clear();
  return row;
}

std::string memory_in_use(const Outcome& outcome) {
  if (outcome.memory.empty()) return {};
  Bytes used;
  Bytes usable;
  for (const PoolMemory& pool : outcome.memory) {
    used += Bytes(pool.used.value);
    usable += pool.usable;
  }
  return print(used) + " of " + print(usable);
}

}  // namespace

std::string short_verdict(const Outcome& outcome) {
  std::string verdict(to_text(outcome.verdict));
  std::replace(verdict.begin(), verdict.end(), '-', ' ');
  return outcome.applied_change ? verdict + ": " + outcome.applied_change->description : verdict;
}

std::vector<CompareRow> compare_rows(const Comparison& comparison) {
  std::vector<CompareRow> rows;
  const auto add = [&](const char* what, auto text) { keep(row(what, comparison, text), rows); };
  add("verdict", short_verdict);
  add("short by", [](const Outcome& outcome) {
    return outcome.short_by > Bytes(0.0) ? print(outcome.short_by) : std::string();
  });
  for (const OutcomeFigure& figure : outcome_figures)
    if (is_shown(figure, comparison)) keep(figure_row(figure, comparison), rows);
  add("memory in use", memory_in_use);
  add("largest context", [](const Outcome& outcome) {
    return outcome.largest_context ? count_text(*outcome.largest_context) : std::string();
  });
  add("placement", [](const Outcome& outcome) { return outcome.facts.placement; });
  add("limited by", [](const Outcome& outcome) {
    return outcome.limits.empty() ? std::string() : outcome.limits.front().what;
  });
  return rows;
}

std::vector<RatioText> ratio_texts(const Comparison& comparison, const ComparedScenario& scenario) {
  std::vector<RatioText> texts;
  for (const FigureRatio& each : scenario.against_first) {
    if (!is_shown(*each.figure, comparison)) continue;
    const Estimate& ratio = each.ratio;
    RatioText text{.what = what_of(*each.figure, comparison), .clear = each.clear};
    text.factor = factor_text(ratio.value);
    if (ratio.low != ratio.high)
      text.interval = factor_text(ratio.low) + " … " + factor_text(ratio.high);
    text.judgement = each.clear           ? "clear"
                     : ratio.value == 1.0 ? "the same"
                                          : "within the uncertainty";
    texts.push_back(std::move(text));
  }
  return texts;
}

}  // namespace plimsoll

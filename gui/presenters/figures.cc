#include "presenters/figures.h"

#include <algorithm>
#include <cmath>

#include "report/verdict_ink.h"

namespace plimsoll::gui {
namespace {

void add_costs(const MonthlyCosts& costs, AnswerFigures& figures) {
  if (!any_known(costs)) return;
  for (const WayCost& way : costs.ways)
    if (way.usd_per_month)
      figures.costs.push_back({.what = "a month, " + way.way + ": " + way.what,
                               .figure = price_text(*way.usd_per_month),
                               .estimate = *way.usd_per_month});
  figures.money.push_back(monthly_load_text(costs));
  for (const Payback& payback : costs.paybacks) figures.money.push_back(payback_text(payback));
  figures.money.insert(figures.money.end(), costs.notes.begin(), costs.notes.end());
}

bool has_interval(const Estimate& estimate) {
  return estimate.low > 0.0 && estimate.high > estimate.low;
}

}  // namespace

AnswerTone tone_of(Verdict verdict) {
  switch (ink_of(verdict)) {
    case Ink::good:
      return AnswerTone::good;
    case Ink::caution:
      return AnswerTone::caution;
    default:
      return AnswerTone::bad;
  }
}

AnswerFigures answer_figures(const Outcome& outcome) {
  AnswerFigures figures{.verdict = verdict_text(outcome),
                        .tone = tone_of(outcome.verdict),
                        .subject = subject_line(outcome.facts),
                        .workload = workload_line(outcome.facts),
                        .rows = speed_rows(outcome),
                        .command = outcome.start_command,
                        .notes = outcome.claim_checks};
  if (outcome.decode_tokens_per_second)
    figures.reading = reading_text(*outcome.decode_tokens_per_second);
  if (const std::string cache = cache_text(outcome); !cache.empty()) figures.notes.push_back(cache);
  for (const ProfileUse& profile : outcome.profiles) figures.notes.push_back(profile_text(profile));
  figures.notes.insert(figures.notes.end(), outcome.notes.begin(), outcome.notes.end());
  if (outcome.costs) add_costs(*outcome.costs, figures);
  return figures;
}

double widest_factor(const std::vector<SpeedRow>& rows) {
  double widest = 1.0;
  for (const SpeedRow& row : rows) {
    if (!has_interval(row.estimate)) continue;
    widest = std::max(
        {widest, row.estimate.high / row.estimate.value, row.estimate.value / row.estimate.low});
  }
  return widest;
}

IntervalEnds interval_ends(const Estimate& estimate, double reach) {
  if (!has_interval(estimate) || !(reach > 1.0)) return {};
  const auto place = [&](double end) {
    return std::clamp(std::log(end / estimate.value) / std::log(reach), -1.0, 1.0);
  };
  return {.low = place(estimate.low), .high = place(estimate.high)};
}

}  // namespace plimsoll::gui

#include "plan/plan.h"

#include <algorithm>
#include <cmath>

#include "evaluate/changes.h"
#include "plan/relax.h"
#include "plan/search.h"
#include "plan/space.h"
#include "plan/summary.h"

namespace plimsoll {
namespace {

// Those that nothing chosen beats, cheapest first.
std::vector<std::size_t> front_of(const std::vector<Merit>& merits) {
  std::vector<std::size_t> front;
  for (std::size_t i = 0; i < merits.size(); ++i) {
    const bool beaten = std::any_of(merits.begin(), merits.end(),
                                    [&](const Merit& other) { return beats(other, merits[i]); });
    if (!beaten) front.push_back(i);
  }
  std::stable_sort(front.begin(), front.end(), [&](std::size_t a, std::size_t b) {
    return std::tuple(merits[a].price, -merits[a].speed) <
           std::tuple(merits[b].price, -merits[b].speed);
  });
  return front;
}

// How far apart two plans are for somebody who buys one: by factors in price and speed. What has a
// price is far from what has none, and what is owned counts as a dollar.
double distance(const Merit& a, const Merit& b) {
  const double no_price = 1e9;
  const auto log_price = [&](const Merit& merit) {
    return std::log(std::clamp(merit.price, 1.0, no_price));
  };
  return std::abs(log_price(a) - log_price(b)) + std::abs(std::log(a.speed / b.speed));
}

// Of those that `fits`, the nearest to `merit`; an index, or nothing.
template <class Fits>
std::optional<std::size_t> nearest(const Merit& merit, const std::vector<Merit>& others,
                                   const Fits& fits) {
  std::optional<std::size_t> best;
  for (std::size_t i = 0; i < others.size(); ++i) {
    if (!fits(others[i])) continue;
    if (!best || distance(merit, others[i]) < distance(merit, others[*best])) best = i;
  }
  return best;
}

std::vector<Merit> merits_of(const Search& search, const std::vector<Tried>& plans) {
  std::vector<Merit> merits;
  for (const Tried& plan : plans) merits.push_back(search.merit_of(plan));
  return merits;
}

class Planner {
 public:
  Planner(const Space& space, Search& search, const Limits& limits)
      : space_(space), search_(search), limits_(limits) {}

  PlanResult run() {
    PlanResult result;
    result.requirement = space_.requirement();
    result.at_least = limits_.at_least;
    for (const auto& [reason, candidates] : space_.refusals())
      result.refusals.push_back({.reason = reason, .candidates = candidates});
    std::stable_sort(
        result.refusals.begin(), result.refusals.end(),
        [](const Refusal& a, const Refusal& b) { return a.candidates > b.candidates; });
    const std::vector<Site> sites = space_.sites(limits_, result.counts);
    const Search::Found found = search_.all(sites, limits_, result.counts);
    result.complete = found.complete && !search_.stopped();
    for (const Tried& plan : found.met) result.met.push_back(summary(plan));
    fill_front(found, result);
    fill_undecided(found, result);
    return result;
  }

 private:
  PlannedMachine summary(const Tried& tried) const { return summary_of(space_, limits_, tried); }

  void fill_front(const Search::Found& found, PlanResult& result) const {
    const std::vector<Merit> merits = merits_of(search_, found.chosen);
    const std::vector<Merit> missed = merits_of(search_, found.missed);
    for (const std::size_t i : front_of(merits)) {
      FrontPlan plan{.plan = summary(found.chosen[i])};
      const Merit& merit = merits[i];
      if (const auto loser =
              nearest(merit, merits, [&](const Merit& other) { return beats(merit, other); })) {
        plan.runner_up = RunnerUp{.plan = summary(found.chosen[*loser]), .meets = true};
      } else if (const auto cheaper = nearest(merit, missed, [&](const Merit& other) {
                   return other.price < merit.price;
                 })) {
        plan.runner_up = RunnerUp{.plan = summary(found.missed[*cheaper]), .meets = false};
      }
      result.front.push_back(std::move(plan));
    }
  }

  // What nothing that is decided, nor another undecided one, beats.
  void fill_undecided(const Search::Found& found, PlanResult& result) const {
    const std::vector<Merit> decided = merits_of(search_, found.chosen);
    const std::vector<Merit> merits = merits_of(search_, found.undecided);
    for (const std::size_t i : front_of(merits)) {
      const bool beaten = std::any_of(decided.begin(), decided.end(),
                                      [&](const Merit& other) { return beats(other, merits[i]); });
      if (!beaten) result.undecided.push_back(summary(found.undecided[i]));
    }
  }

  const Space& space_;
  Search& search_;
  Limits limits_;
};

}  // namespace

PlanResult plan(const Requirement& requirement, const CatalogFactory& catalogs,
                const PlanOptions& options) {
  const std::unique_ptr<Catalog> catalog = catalogs();
  const Space space(requirement, *catalog, options);
  Search search(space, catalogs, options);
  PlanResult result = Planner(space, search, limits_of(requirement)).run();
  const bool stopped = options.stop != nullptr && options.stop->load();
  if (result.front.empty() && !stopped) relax(space, search, *catalog, catalogs, options, result);
  return result;
}

}  // namespace plimsoll

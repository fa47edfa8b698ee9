#include "plan/search.h"

#include <algorithm>
#include <limits>

#include "base/parallel.h"
#include "evaluate/evaluate.h"
#include "evaluate/prepared.h"

namespace plimsoll {
namespace {

constexpr double unknown = std::numeric_limits<double>::infinity();

// Sets of machines, or candidates, that are simulated before their results count against others.
// Fixed, so that the result does not depend on the number of threads.
constexpr std::size_t round_size = 32;

}  // namespace

namespace {

// Below zero where `x` of the first is less than `y` of the second.
double compared(double x, double y, const Merit& a, const Merit& b) {
  if (x != y) return x < y ? -1.0 : 1.0;
  return x == unknown && a.system == b.system ? a.machines - b.machines : 0.0;
}

}  // namespace

bool beats(const Merit& a, const Merit& b) {
  const double price = compared(a.price, b.price, a, b);
  const double power = compared(a.power, b.power, a, b);
  const bool no_worse = price <= 0.0 && a.speed >= b.speed && a.quality >= b.quality &&
                        a.headroom >= b.headroom && power <= 0.0;
  const bool better = price < 0.0 || a.speed > b.speed || a.quality > b.quality ||
                      a.headroom > b.headroom || power < 0.0;
  return no_worse && better;
}

bool is_decided(const Site& site, const Limits& limits) {
  if (limits.budget && !site.price.usd) return false;
  if (!limits.watts) return true;
  if (!site.power.watts) return false;
  return !site.power.at_most || site.power.watts->value <= *limits.watts;
}

Search::Search(const Space& space, const CatalogFactory& catalogs, const PlanOptions& options)
    : space_(space), catalogs_(catalogs), options_(options) {
  workers_.resize(static_cast<std::size_t>(worker_count({.threads = options.threads})));
}

Merit Search::bound_of(const Site& site, const Candidate& candidate) const {
  Merit merit{.price = site.price.usd ? site.price.usd->value : unknown,
              .speed = candidate.bound.decode_tokens_per_second,
              .quality = space_.quality_of(candidate),
              .headroom = static_cast<double>(candidate.bound.largest_context),
              .power = site.power.watts ? site.power.watts->value : unknown,
              .system = space_.groups()[static_cast<std::size_t>(site.group)].system,
              .machines = site.machines.machines()};
  const Group& group = space_.groups()[static_cast<std::size_t>(site.group)];
  if (group.count == 1 || !works_in_turn(space_.setup_of(site, candidate).scenario)) return merit;
  for (const std::string& link : {std::string(), group.link}) {
    const auto chain =
        chains_.find({group.system, candidate.setup, candidate.quantization, site.batch, link});
    if (chain == chains_.end()) continue;
    const auto fewer = chain->second.begin();
    if (fewer->first < group.count) merit.speed = std::min(merit.speed, fewer->second);
  }
  return merit;
}

void Search::remember(const Tried& tried) {
  const Site& site = *tried.site;
  const Candidate& candidate = *tried.candidate;
  const Group& group = space_.groups()[static_cast<std::size_t>(site.group)];
  const Setup& setup = space_.setup_of(site, candidate);
  const bool is_chain =
      tried.result.on_accelerators && setup.roofs.gpu.count == 1 && works_in_turn(setup.scenario);
  if (is_chain)
    chains_[{group.system, candidate.setup, candidate.quantization, site.batch, group.link}]
        .emplace(group.count, tried.result.decode.value);
}

Merit Search::merit_of(const Tried& tried) const {
  Merit merit = bound_of(*tried.site, *tried.candidate);
  merit.speed = tried.result.decode.value;
  merit.headroom = static_cast<double>(tried.result.largest_context);
  return merit;
}

bool Search::meets(const Tried& tried, const Limits& limits) const {
  const Evaluated& result = tried.result;
  const PlanPrice& price = tried.site->price;
  const PlanPower& power = tried.site->power;
  if (!result.fits || result.decode.value < limits.at_least) return false;
  if (limits.ttft && result.first_token.value > *limits.ttft) return false;
  if (limits.budget && price.usd && price.usd->value > *limits.budget) return false;
  const bool draws = power.watts && !power.at_most;
  return !(limits.watts && draws && power.watts->value > *limits.watts);
}

Catalog& Search::catalog_of(int worker) {
  std::unique_ptr<Catalog>& catalog = workers_[static_cast<std::size_t>(worker)];
  if (!catalog) catalog = catalogs_();
  return *catalog;
}

Evaluated Search::simulate(const Space::Question& question, Catalog& catalog) const {
  const ScenarioSpec spec = scenario_from_options(question.options, question.overrides);
  Evaluated result;
  const Outcome outcome =
      plimsoll::evaluate(spec, catalog, {.changes = false, .explain = false, .paging = false})
          .outcome;
  result.on_accelerators = outcome.facts.on_accelerators;
  // Streaming engines are candidates only where they were asked for.
  result.fits = outcome.verdict == Verdict::fits || outcome.verdict == Verdict::fits_with_streaming;
  if (!result.fits || !outcome.decode_tokens_per_second) return {};
  result.fits_probability = outcome.fits_probability;
  result.decode = *outcome.decode_tokens_per_second;
  result.throughput = *outcome.throughput_tokens_per_second;
  result.first_token = *outcome.time_to_first_token_s;
  result.largest_context = outcome.largest_context.value_or(0);
  result.placement = outcome.facts.placement;
  return result;
}

// Replicas and spares are copies: they are simulated once.
Evaluated Search::evaluate_candidate(const Site& site, const Candidate& candidate, int worker) {
  const Key key{site.group, candidate.setup, candidate.quantization, site.batch};
  {
    const std::lock_guard lock(mutex_);
    if (const auto found = memory_.find(key); found != memory_.end()) return found->second;
  }
  Evaluated result = simulate(space_.question(site, candidate), catalog_of(worker));
  const std::lock_guard lock(mutex_);
  return memory_.emplace(key, std::move(result)).first->second;
}

// Whether each of the candidates from `first` on could at best be what some plan beats already.
bool Search::all_beaten(const Site& site, std::size_t first,
                        const std::vector<Merit>& merits) const {
  return std::all_of(site.candidates.begin() + static_cast<std::ptrdiff_t>(first),
                     site.candidates.end(), [&](const Candidate& candidate) {
                       const Merit bound = bound_of(site, candidate);
                       return std::any_of(merits.begin(), merits.end(),
                                          [&](const Merit& merit) { return beats(merit, bound); });
                     });
}

namespace {

// What a set of machines takes part with: quality first, then speed, then headroom.
bool is_preferred(const Merit& a, const Merit& b) {
  return std::tie(a.quality, a.speed, a.headroom) > std::tie(b.quality, b.speed, b.headroom);
}

}  // namespace

// Whether an earlier candidate of the same quality is the same work for the same engine.
bool Search::is_twin(const Site& site, std::size_t index) const {
  const Candidate& candidate = site.candidates[index];
  const auto& all = space_.quantizations();
  const QuantizedWork& work = all[static_cast<std::size_t>(candidate.quantization)].work;
  for (std::size_t i = index; i-- > 0;) {
    const Candidate& other = site.candidates[i];
    if (space_.quality_of(other) != space_.quality_of(candidate)) return false;
    if (other.setup == candidate.setup &&
        all[static_cast<std::size_t>(other.quantization)].work == work)
      return true;
  }
  return false;
}

Search::SiteOutcome Search::try_site(const Site& site, const Limits& limits,
                                     const std::vector<Merit>& beaten_by, int worker) {
  SiteOutcome outcome;
  const auto rest = [&](std::size_t i) {
    return static_cast<std::int64_t>(site.candidates.size() - i);
  };
  for (std::size_t i = 0; i < site.candidates.size() && !stopped(); ++i) {
    const Candidate& candidate = site.candidates[i];
    if (options_.prune && outcome.chosen) {
      const Merit best = merit_of(*outcome.chosen);
      if (space_.quality_of(candidate) < best.quality) {
        outcome.counts.unneeded += rest(i);
        break;
      }
      if (bound_of(site, candidate).speed < best.speed || is_twin(site, i)) {
        ++outcome.counts.unneeded;
        continue;
      }
    } else if (options_.prune && all_beaten(site, i, beaten_by)) {
      outcome.counts.beaten += rest(i);
      break;
    }
    const Tried tried{.site = &site,
                      .candidate = &candidate,
                      .result = evaluate_candidate(site, candidate, worker)};
    if (!tried.result.fits) {
      ++outcome.counts.does_not_fit;
      continue;
    }
    ++outcome.counts.evaluated;
    outcome.fitting.push_back(tried);
    const Merit merit = merit_of(tried);
    if (meets(tried, limits)) {
      outcome.met.push_back(tried);
      if (!outcome.chosen || is_preferred(merit, merit_of(*outcome.chosen))) outcome.chosen = tried;
    } else if (!outcome.missed || merit.speed > merit_of(*outcome.missed).speed) {
      outcome.missed = tried;
    }
  }
  return outcome;
}

namespace {

void add(PlanCounts& sum, const PlanCounts& part) {
  sum.beaten += part.beaten;
  sum.unneeded += part.unneeded;
  sum.does_not_fit += part.does_not_fit;
  sum.evaluated += part.evaluated;
}

// Cheap ones first: whatever costs more and promises no more than these deliver need not be
// simulated.
std::vector<const Site*> cheapest_first(const std::vector<Site>& sites) {
  const auto price = [](const Site& site) {
    return site.price.usd ? site.price.usd->value : unknown;
  };
  const auto promise = [](const Site& site) {
    double speed = 0.0;
    for (const Candidate& candidate : site.candidates)
      speed = std::max(speed, candidate.bound.decode_tokens_per_second);
    return speed;
  };
  std::vector<std::tuple<double, int, double, const Site*>> keyed;
  keyed.reserve(sites.size());
  for (const Site& site : sites)
    keyed.emplace_back(price(site), site.machines.machines(), -promise(site), &site);
  // Sites lie in one vector, so their addresses are their order.
  std::sort(keyed.begin(), keyed.end());
  std::vector<const Site*> order;
  for (const auto& [cost, machines, speed, site] : keyed) order.push_back(site);
  return order;
}

}  // namespace

Search::Found Search::all(const std::vector<Site>& sites, const Limits& limits,
                          PlanCounts& counts) {
  Found found;
  // What is decided beats everything, what is not only its like.
  std::vector<Merit> decided;
  std::vector<Merit> undecided;
  // Undecided sets by system: the fewest machines that meet the rest. More of them cost and draw
  // more and are no less unknown.
  std::map<int, int> fewest;
  const auto is_needless = [&](const Site& site) {
    const auto enough = fewest.find(space_.groups()[static_cast<std::size_t>(site.group)].system);
    return options_.prune && enough != fewest.end() && !is_decided(site, limits) &&
           enough->second < site.machines.machines();
  };
  const auto take = [&](SiteOutcome& outcome) {
    add(counts, outcome.counts);
    for (const Tried& tried : outcome.fitting) remember(tried);
    counts.met += static_cast<std::int64_t>(outcome.met.size());
    found.met.insert(found.met.end(), outcome.met.begin(), outcome.met.end());
    if (outcome.missed && !outcome.chosen) found.missed.push_back(*outcome.missed);
    if (!outcome.chosen) return;
    const Merit merit = merit_of(*outcome.chosen);
    const bool is_plan = is_decided(*outcome.chosen->site, limits);
    (is_plan ? decided : undecided).push_back(merit);
    (is_plan ? found.chosen : found.undecided).push_back(*outcome.chosen);
    if (is_plan) return;
    const auto [entry, fresh] = fewest.emplace(merit.system, merit.machines);
    if (!fresh) entry->second = std::min(entry->second, merit.machines);
  };

  const std::vector<const Site*> order = cheapest_first(sites);
  for (std::size_t begin = 0; begin < order.size() && found.complete; begin += round_size) {
    std::vector<std::optional<SiteOutcome>> outcomes(std::min(round_size, order.size() - begin));
    std::vector<Merit> all = decided;
    all.insert(all.end(), undecided.begin(), undecided.end());
    ParallelOptions parallel{.threads = options_.threads, .stop = options_.stop};
    if (options_.progress)
      parallel.progress = [&](std::size_t done, std::size_t) {
        options_.progress(begin + done, order.size());
      };
    found.complete = parallel_for(outcomes.size(), parallel, [&](std::size_t i, int worker) {
      const Site& site = *order[begin + i];
      if (is_needless(site))
        outcomes[i].emplace().counts.beaten = static_cast<std::int64_t>(site.candidates.size());
      else
        outcomes[i] = try_site(site, limits, is_decided(site, limits) ? decided : all, worker);
    });
    for (std::optional<SiteOutcome>& outcome : outcomes)
      if (outcome) take(*outcome);
  }
  std::erase_if(found.undecided, [&](const Tried& plan) { return is_needless(*plan.site); });
  return found;
}

namespace {

// How good a candidate is in one respect; less is better.
double cost_of(const Merit& merit, double first_token, Search::Goal goal) {
  switch (goal) {
    case Search::Goal::price:
      return merit.price;
    case Search::Goal::power:
      return merit.power;
    case Search::Goal::speed:
      return -merit.speed;
    case Search::Goal::first_token:
      return first_token;
    case Search::Goal::context:
      return -merit.headroom;
    case Search::Goal::quality:
      break;
  }
  return -merit.quality;
}

}  // namespace

std::optional<Tried> Search::best(const std::vector<Site>& sites, const Limits& limits, Goal goal) {
  struct Option {
    double bound;
    Merit merit;
    Tried tried;
  };
  std::vector<Option> options;
  for (const Site& site : sites) {
    if (!is_decided(site, limits)) continue;
    for (const Candidate& candidate : site.candidates) {
      const Merit merit = bound_of(site, candidate);
      const double bound = cost_of(merit, candidate.bound.time_to_first_token.base(), goal);
      if (bound < unknown)
        options.push_back({bound, merit, {.site = &site, .candidate = &candidate}});
    }
  }
  std::stable_sort(options.begin(), options.end(), [](const Option& a, const Option& b) {
    return std::tuple(a.bound, -a.merit.quality, -a.merit.speed) <
           std::tuple(b.bound, -b.merit.quality, -b.merit.speed);
  });
  std::optional<Tried> best;
  double least = unknown;
  for (std::size_t begin = 0; begin < options.size() && !stopped(); begin += round_size) {
    if (!(options[begin].bound < least)) break;
    const std::size_t size = std::min(round_size, options.size() - begin);
    parallel_for(size, {.threads = options_.threads, .stop = options_.stop},
                 [&](std::size_t i, int worker) {
                   Tried& tried = options[begin + i].tried;
                   tried.result = evaluate_candidate(*tried.site, *tried.candidate, worker);
                 });
    for (std::size_t i = begin; i < begin + size; ++i) {
      const Tried& tried = options[i].tried;
      if (!meets(tried, limits)) continue;
      const double cost = cost_of(merit_of(tried), tried.result.first_token.value, goal);
      if (!(cost < least)) continue;
      least = cost;
      best = tried;
    }
  }
  return best;
}

}  // namespace plimsoll

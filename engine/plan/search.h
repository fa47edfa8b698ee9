// Simulates candidates: the plans that no other one beats, or the one that is best in one respect.
#pragma once

#include <atomic>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <tuple>
#include <utility>
#include <vector>

#include "plan/plan.h"
#include "plan/space.h"

namespace plimsoll {

// What evaluate() says of a candidate, as far as a plan needs it.
struct Evaluated {
  bool fits = false;
  bool on_accelerators = false;  // no CPU holds layers or experts
  double fits_probability = 0.0;
  Estimate decode, throughput, first_token;
  std::int64_t largest_context = 0;
  std::string placement;
};

// What plans are compared by. Unknown price or power counts as worse than any known; of two unknown
// ones of the same system, more machines cost and draw more.
struct Merit {
  double price = 0.0;
  double speed = 0.0;
  double quality = 0.0;
  double headroom = 0.0;
  double power = 0.0;
  int system = 0;
  int machines = 1;  // that are paid for and drawing
};
// At least as good in all and better in one.
bool beats(const Merit& a, const Merit& b);

// A candidate of a set of machines, simulated.
struct Tried {
  const Site* site = nullptr;
  const Candidate* candidate = nullptr;
  Evaluated result;
};

class Search {
 public:
  Search(const Space& space, const CatalogFactory& catalogs, const PlanOptions& options);

  struct Found {
    std::vector<Tried> chosen;     // one a set of machines that meets the limits, decided
    std::vector<Tried> undecided;  // … whose price or power is not known though limited
    std::vector<Tried> missed;     // the fastest of each set that was simulated in vain
    std::vector<Tried> met;        // every candidate simulated that meets the limits
    bool complete = true;
  };
  // Every plan that no other one beats is among `chosen`. With options.prune off every candidate of
  // `sites` is simulated.
  Found all(const std::vector<Site>& sites, const Limits& limits, PlanCounts& counts);

  enum class Goal { price, power, speed, first_token, context, quality };
  // The candidate within the limits that is best in one respect; among equals the one with the
  // better quality, then the higher bound on speed.
  std::optional<Tried> best(const std::vector<Site>& sites, const Limits& limits, Goal goal);

  Merit merit_of(const Tried& tried) const;
  // As far as its own bounds and the results of finished rounds tell.
  Merit bound_of(const Site& site, const Candidate& candidate) const;
  bool meets(const Tried& tried, const Limits& limits) const;
  bool stopped() const { return options_.stop != nullptr && options_.stop->load(); }

 private:
  struct SiteOutcome {
    std::optional<Tried> chosen;
    std::optional<Tried> missed;
    std::vector<Tried> met;
    std::vector<Tried> fitting;
    PlanCounts counts;
  };
  using Key = std::tuple<int, int, int, int>;  // group, setup, quantization, batch
  // System, setup, quantization, and the link between machines; empty for one machine.
  using Chain = std::tuple<int, int, int, int, std::string>;

  Evaluated evaluate_candidate(const Site& site, const Candidate& candidate, int worker);
  Evaluated simulate(const Space::Question& question, Catalog& catalog) const;
  SiteOutcome try_site(const Site& site, const Limits& limits, const std::vector<Merit>& beaten_by,
                       int worker);
  bool is_twin(const Site& site, std::size_t index) const;
  void remember(const Tried& tried);
  bool all_beaten(const Site& site, std::size_t first, const std::vector<Merit>& merits) const;
  Catalog& catalog_of(int worker);

  const Space& space_;
  const CatalogFactory& catalogs_;
  const PlanOptions& options_;
  std::vector<std::unique_ptr<Catalog>> workers_;
  std::map<Key, Evaluated> memory_;
  // token/s of each stream of a batch through machines with one accelerator each, by how many there
  // are. More of them add hops and nothing else, so they bound what larger groups reach.
  std::map<Chain, std::map<int, double>> chains_;
  std::mutex mutex_;
};

// Neither price nor power is unknown where it is limited.
bool is_decided(const Site& site, const Limits& limits);

}  // namespace plimsoll

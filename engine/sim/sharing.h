// How activities share resources at one instant: weighted max-min fairness, each resource in its
// own unit.
//
// An activity i runs at a rate x_i (work per second), at most bound_i, and consumes amount_ir * x_i
// of each resource r. The allocation is the bottleneck max-min fair one: every activity is at its
// bound, or it uses a saturated resource on which no other user consumes more per weight than it
// does (Bonald and Roberts, "Multi-resource fairness: objectives, algorithms and performance",
// SIGMETRICS 2015). Where every amount is 1 this is the max-min fairness of networks (Bertsekas and
// Gallager, Data Networks, section 6.5.2). It does not depend on the units of work, nor on those of
// a resource: a kernel that counts FLOP and a copy that counts bytes share a memory controller by
// the bytes they move.
//
// Three ways, from cheap to general; a resource with a single user is only a bound on that user and
// drops out first:
// - One shared resource: water filling, O(activities * rounds), two rounds mostly.
// - Equal amounts within each activity (network flows): progressive filling, O(levels * (uses +
//   resources)).
// - Otherwise the resources answer each other in turns until the set of bottlenecks repeats; then a
//   linear system for the bottlenecks' levels gives the exact rates. O(sweeps * uses * route length
//   + bottlenecks^3), a few sweeps mostly. With more than 64 bottlenecks the turns go on until no
//   rate changes by more than 1 part in 10^12 instead. Nothing proves that this settles for every
//   problem. Where it does not within 200 sweeps, the last turn's rates are scaled down to what the
//   capacities allow: feasible and deterministic, fair up to the last turn's change.
#pragma once

#include <cstddef>
#include <cstdint>
#include <limits>
#include <vector>

namespace plimsoll::sim {

// One problem after the other in the same storage. Resources and activities are numbered in the
// order of adding.
class Sharing {
 public:
  using Index = std::uint32_t;
  static constexpr Index kOwnBound = std::numeric_limits<Index>::max();

  void clear();
  Index add_resource(double capacity);             // units per second, >= 0
  void add_activity(double bound, double weight);  // work per second (may be infinite); > 0
  // Of the activity added last; units per unit of work, > 0, once per resource.
  void add_use(Index resource, double amount);
  void solve();

  double rate(Index activity) const { return activities_[activity].rate; }
  // What holds the activity: a resource, or kOwnBound.
  Index limiter(Index activity) const { return activities_[activity].limiter; }

 private:
  struct Use {
    Index resource;
    double amount;
  };
  struct Activity {
    double bound;  // with the private resources
    double weight;
    double rate;
    Index limiter;        // of the rate
    Index bound_limiter;  // of the bound: a private resource or kOwnBound
    Index first_use;
    Index end_use;
    Index limiting_use;  // by turns: the use whose offer is the least, or kOwnBound
    bool frozen;         // filling: the rate is final
  };
  struct Resource {
    double capacity;
    double
        level;  // consumption per weight that a limited user gets; infinite when nobody is limited
    Index users;
    double left;    // progressive filling: capacity not yet given away
    double weight;  // progressive filling: of the users not yet frozen
    Index unknown;  // linear system: the number of its column
  };

  void drop_private_resources();
  void drop_uses_of_private_resources(Activity& activity);
  bool has_one_amount_each() const;

  void fill_one_resource(Index resource);
  void fill_progressively();
  bool freeze_bounded(double level);
  void freeze_users(double level);
  static void freeze(Activity& activity, double rate, Index limiter);
  static void freeze_at_bound(Activity& activity);

  void fill_by_turns();
  double level_given_others(Index resource);
  double offer(const Activity& activity, const Use& use) const;
  struct Change {
    bool of_limiters;
    double of_rates;  // the largest, relative
  };
  Change take_offers();
  bool solve_for_limiters();  // false leaves levels and rates as they were
  void build_system();
  bool eliminate();
  void set_rates_from_levels();
  bool is_consistent() const;
  double usage(Index resource) const;
  void scale_to_capacities();

  std::vector<Resource> resources_;
  std::vector<Activity> activities_;
  std::vector<Use> uses_;
  std::vector<Index> shared_;  // resources with two or more users

  std::vector<std::vector<Index>> users_;  // fill_by_turns: by resource
  std::vector<double> wants_;
  std::vector<double> levels_before_;
  std::vector<double> system_;  // row-major, the right side in the last column
  std::vector<Index> unknowns_;
};

}  // namespace plimsoll::sim

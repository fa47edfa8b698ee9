#include "sim/sharing.h"

#include <algorithm>
#include <cmath>

namespace plimsoll::sim {
namespace {

constexpr double kInfinity = std::numeric_limits<double>::infinity();
constexpr int kMostSweeps = 200;
constexpr std::size_t kLargestSystem =
    64;  // unknown levels solved for at once; its cost grows with the cube
// Room for rounding when the exact solution is checked: a few hundred operations of 1.1e-16 each.
constexpr double kRounding = 1e-12;

}  // namespace

void Sharing::clear() {
  resources_.clear();
  activities_.clear();
  uses_.clear();
}

Sharing::Index Sharing::add_resource(double capacity) {
  resources_.push_back({.capacity = capacity,
                        .level = kInfinity,
                        .users = 0,
                        .left = 0.0,
                        .weight = 0.0,
                        .unknown = 0});
  return static_cast<Index>(resources_.size() - 1);
}

void Sharing::add_activity(double bound, double weight) {
  const auto first = static_cast<Index>(uses_.size());
  activities_.push_back({.bound = bound,
                         .weight = weight,
                         .rate = 0.0,
                         .limiter = kOwnBound,
                         .bound_limiter = kOwnBound,
                         .first_use = first,
                         .end_use = first,
                         .limiting_use = kOwnBound,
                         .frozen = false});
}

void Sharing::add_use(Index resource, double amount) {
  uses_.push_back({.resource = resource, .amount = amount});
  ++resources_[resource].users;
  activities_.back().end_use = static_cast<Index>(uses_.size());
}

void Sharing::solve() {
  drop_private_resources();
  if (shared_.empty()) {
    for (Activity& activity : activities_) freeze_at_bound(activity);
  } else if (shared_.size() == 1) {
    fill_one_resource(shared_.front());
  } else if (has_one_amount_each()) {
    fill_progressively();
  } else {
    fill_by_turns();
  }
}

void Sharing::drop_private_resources() {
  shared_.clear();
  for (Index r = 0; r < resources_.size(); ++r) {
    if (resources_[r].users > 1) shared_.push_back(r);
  }
  for (Activity& activity : activities_) drop_uses_of_private_resources(activity);
}

void Sharing::drop_uses_of_private_resources(Activity& activity) {
  Index kept = activity.first_use;
  for (Index u = activity.first_use; u < activity.end_use; ++u) {
    const Use use = uses_[u];
    const Resource& resource = resources_[use.resource];
    if (resource.users > 1) {
      uses_[kept++] = use;
    } else if (const double alone = resource.capacity / use.amount; alone < activity.bound) {
      activity.bound = alone;
      activity.bound_limiter = use.resource;
    }
  }
  activity.end_use = kept;
}

bool Sharing::has_one_amount_each() const {
  for (const Activity& activity : activities_) {
    for (Index u = activity.first_use; u < activity.end_use; ++u) {
      if (uses_[u].amount != uses_[activity.first_use].amount) return false;
    }
  }
  return true;
}

// ---- one shared resource -----------------------------------------------------------------------

void Sharing::fill_one_resource(Index resource) {
  double left = resources_[resource].capacity;
  double weight = 0.0;
  for (Activity& activity : activities_) {
    if (activity.first_use == activity.end_use) {
      freeze_at_bound(activity);
    } else {
      weight += activity.weight;
    }
  }
  // Raising the level never makes a bounded activity unbounded, so each round only adds to the
  // frozen ones.
  bool changed = true;
  while (changed) {
    changed = false;
    const double level = left / weight;
    double left_after = left;
    for (Activity& activity : activities_) {
      if (activity.frozen) continue;
      const double amount = uses_[activity.first_use].amount;
      const double wanted = activity.bound * amount;
      if (wanted > level * activity.weight) continue;
      freeze_at_bound(activity);
      left_after -= wanted;
      weight -= activity.weight;
      changed = true;
    }
    left = std::max(left_after, 0.0);
  }
  double unfrozen_weight = 0.0;  // summed anew: differences of unequal weights round
  for (const Activity& activity : activities_) {
    if (!activity.frozen) unfrozen_weight += activity.weight;
  }
  for (Activity& activity : activities_) {
    if (activity.frozen) continue;
    const double share = left * activity.weight / unfrozen_weight;
    freeze(activity, share / uses_[activity.first_use].amount, resource);
  }
}

void Sharing::freeze(Activity& activity, double rate, Index limiter) {
  activity.rate = rate;
  activity.limiter = limiter;
  activity.frozen = true;
}

void Sharing::freeze_at_bound(Activity& activity) {
  freeze(activity, activity.bound, activity.bound_limiter);
}

// ---- flows with one amount each ----------------------------------------------------------------

void Sharing::fill_progressively() {
  for (const Index r : shared_) {
    resources_[r].left = resources_[r].capacity;
    resources_[r].weight = 0.0;
  }
  for (Activity& activity : activities_) {
    if (activity.first_use == activity.end_use) freeze_at_bound(activity);
    for (Index u = activity.first_use; u < activity.end_use; ++u) {
      resources_[uses_[u].resource].weight += activity.weight;
    }
  }
  while (true) {
    double level = kInfinity;
    for (const Index r : shared_) {
      Resource& resource = resources_[r];
      resource.level = resource.weight > 0.0 ? resource.left / resource.weight : kInfinity;
      level = std::min(level, resource.level);
    }
    if (level == kInfinity) return;
    if (!freeze_bounded(level)) freeze_users(level);
    // The weights are summed anew, so that a resource without unfrozen users has exactly none left.
    for (const Index r : shared_) resources_[r].weight = 0.0;
    for (const Activity& activity : activities_) {
      if (activity.frozen) continue;
      for (Index u = activity.first_use; u < activity.end_use; ++u) {
        resources_[uses_[u].resource].weight += activity.weight;
      }
    }
  }
}

bool Sharing::freeze_bounded(double level) {
  bool any = false;
  for (Activity& activity : activities_) {
    if (activity.frozen) continue;
    const double wanted = activity.bound * uses_[activity.first_use].amount;
    if (wanted > level * activity.weight) continue;
    freeze_at_bound(activity);
    for (Index u = activity.first_use; u < activity.end_use; ++u) {
      Resource& resource = resources_[uses_[u].resource];
      resource.left = std::max(resource.left - wanted, 0.0);
    }
    any = true;
  }
  return any;
}

void Sharing::freeze_users(double level) {
  for (Activity& activity : activities_) {
    if (activity.frozen) continue;
    for (Index u = activity.first_use; u < activity.end_use; ++u) {
      if (resources_[uses_[u].resource].level != level) continue;
      const double share = level * activity.weight;
      freeze(activity, share / uses_[u].amount, uses_[u].resource);
      for (Index v = activity.first_use; v < activity.end_use; ++v) {
        Resource& resource = resources_[uses_[v].resource];
        resource.left = std::max(resource.left - share, 0.0);
      }
      break;
    }
  }
}

// ---- any amounts -------------------------------------------------------------------------------

void Sharing::fill_by_turns() {
  if (users_.size() < resources_.size()) users_.resize(resources_.size());
  for (const Index r : shared_) users_[r].clear();
  for (Index i = 0; i < activities_.size(); ++i) {
    Activity& activity = activities_[i];
    activity.rate = activity.bound;
    for (Index u = activity.first_use; u < activity.end_use; ++u) {
      users_[uses_[u].resource].push_back(i);
    }
  }
  for (int sweep = 0; sweep < kMostSweeps; ++sweep) {
    for (const Index r : shared_) resources_[r].level = level_given_others(r);
    const Change change = take_offers();
    if (change.of_limiters) continue;
    if (solve_for_limiters()) return;
    if (change.of_rates <= kRounding) break;
  }
  scale_to_capacities();
}

double Sharing::offer(const Activity& activity, const Use& use) const {
  return resources_[use.resource].level * activity.weight / use.amount;
}

// The level of one resource by water filling, when each user wants what its bound and the other
// resources allow.
double Sharing::level_given_others(Index resource) {
  double left = resources_[resource].capacity;
  double weight = 0.0;
  wants_.clear();
  for (const Index i : users_[resource]) {
    const Activity& activity = activities_[i];
    double rate = activity.bound;
    double amount = 0.0;
    for (Index u = activity.first_use; u < activity.end_use; ++u) {
      if (uses_[u].resource == resource) {
        amount = uses_[u].amount;
      } else {
        rate = std::min(rate, offer(activity, uses_[u]));
      }
    }
    wants_.push_back(rate * amount);
    weight += activity.weight;
  }
  while (true) {
    const double level = left / weight;
    bool changed = false;
    for (std::size_t k = 0; k < wants_.size(); ++k) {
      const double user_weight = activities_[users_[resource][k]].weight;
      if (wants_[k] < 0.0 || wants_[k] > level * user_weight) continue;
      left -= wants_[k];
      weight -= user_weight;
      wants_[k] = -1.0;  // satisfied
      changed = true;
    }
    if (!changed) return level;
    left = std::max(left, 0.0);
    if (std::all_of(wants_.begin(), wants_.end(), [](double want) { return want < 0.0; })) {
      return kInfinity;
    }
  }
}

Sharing::Change Sharing::take_offers() {
  Change change{.of_limiters = false, .of_rates = 0.0};
  for (Activity& activity : activities_) {
    const Index limited_before = activity.limiting_use;
    const double rate_before = activity.rate;
    freeze_at_bound(activity);
    activity.limiting_use = kOwnBound;
    for (Index u = activity.first_use; u < activity.end_use; ++u) {
      const double offered = offer(activity, uses_[u]);
      if (offered >= activity.rate) continue;
      freeze(activity, offered, uses_[u].resource);
      activity.limiting_use = u;
    }
    change.of_limiters = change.of_limiters || activity.limiting_use != limited_before;
    if (activity.rate != rate_before) {
      const double relative = std::abs(activity.rate - rate_before) / rate_before;
      change.of_rates = std::max(change.of_rates, relative);
    }
  }
  return change;
}

// Takes the present limiters for the final ones: each limiting resource is saturated, which is one
// linear equation in the levels of all limiting resources.
bool Sharing::solve_for_limiters() {
  unknowns_.clear();
  for (const Index r : shared_) resources_[r].unknown = kOwnBound;
  for (const Activity& activity : activities_) {
    if (activity.limiting_use == kOwnBound) continue;
    Resource& resource = resources_[activity.limiter];
    if (resource.unknown != kOwnBound) continue;
    resource.unknown = static_cast<Index>(unknowns_.size());
    unknowns_.push_back(activity.limiter);
  }
  if (unknowns_.size() > kLargestSystem) return false;
  build_system();
  if (!eliminate()) return false;

  levels_before_.clear();
  for (const Index r : shared_) {
    levels_before_.push_back(resources_[r].level);
    resources_[r].level = kInfinity;
  }
  const std::size_t columns = unknowns_.size() + 1;
  for (std::size_t k = 0; k < unknowns_.size(); ++k) {
    resources_[unknowns_[k]].level = system_[k * columns + columns - 1];
  }
  set_rates_from_levels();
  if (is_consistent()) return true;
  for (std::size_t k = 0; k < shared_.size(); ++k) resources_[shared_[k]].level = levels_before_[k];
  set_rates_from_levels();
  return false;
}

void Sharing::build_system() {
  const std::size_t columns = unknowns_.size() + 1;
  system_.assign(unknowns_.size() * columns, 0.0);
  for (std::size_t row = 0; row < unknowns_.size(); ++row) {
    system_[row * columns + columns - 1] = resources_[unknowns_[row]].capacity;
  }
  for (const Activity& activity : activities_) {
    for (Index u = activity.first_use; u < activity.end_use; ++u) {
      const Index row = resources_[uses_[u].resource].unknown;
      if (row == kOwnBound) continue;
      double* const equation = &system_[row * columns];
      if (activity.limiting_use == kOwnBound) {
        equation[columns - 1] -= uses_[u].amount * activity.bound;
      } else {
        const Use& limiting = uses_[activity.limiting_use];
        equation[resources_[limiting.resource].unknown] +=
            uses_[u].amount * activity.weight / limiting.amount;
      }
    }
  }
}

// Gauss and Jordan with row pivoting; leaves the solution in the last column. False when singular.
bool Sharing::eliminate() {
  const std::size_t rows = unknowns_.size();
  const std::size_t columns = rows + 1;
  const auto at = [&](std::size_t row, std::size_t column) -> double& {
    return system_[row * columns + column];
  };
  for (std::size_t k = 0; k < rows; ++k) {
    std::size_t pivot = k;
    for (std::size_t row = k + 1; row < rows; ++row) {
      if (std::abs(at(row, k)) > std::abs(at(pivot, k))) pivot = row;
    }
    if (at(pivot, k) == 0.0) return false;
    for (std::size_t c = 0; c < columns; ++c) std::swap(at(k, c), at(pivot, c));
    const double divisor = at(k, k);
    for (std::size_t c = 0; c < columns; ++c) at(k, c) /= divisor;
    for (std::size_t row = 0; row < rows; ++row) {
      const double factor = at(row, k);
      if (row == k || factor == 0.0) continue;
      for (std::size_t c = 0; c < columns; ++c) at(row, c) -= factor * at(k, c);
    }
  }
  return true;
}

void Sharing::set_rates_from_levels() {
  for (Activity& activity : activities_) {
    if (activity.limiting_use == kOwnBound) {
      activity.rate = activity.bound;
    } else {
      activity.rate = offer(activity, uses_[activity.limiting_use]);
    }
  }
}

bool Sharing::is_consistent() const {
  for (const Activity& activity : activities_) {
    if (!(activity.rate >= 0.0) || activity.rate > activity.bound * (1.0 + kRounding)) return false;
    for (Index u = activity.first_use; u < activity.end_use; ++u) {
      if (activity.rate > offer(activity, uses_[u]) * (1.0 + kRounding)) return false;
    }
  }
  return std::all_of(shared_.begin(), shared_.end(), [this](Index r) {
    return usage(r) <= resources_[r].capacity * (1.0 + kRounding);
  });
}

double Sharing::usage(Index resource) const {
  double sum = 0.0;
  for (const Index i : users_[resource]) {
    const Activity& activity = activities_[i];
    for (Index u = activity.first_use; u < activity.end_use; ++u) {
      if (uses_[u].resource == resource) sum += uses_[u].amount * activity.rate;
    }
  }
  return sum;
}

void Sharing::scale_to_capacities() {
  for (const Index r : shared_) {
    const double used = usage(r);
    resources_[r].left = used > resources_[r].capacity ? resources_[r].capacity / used : 1.0;
  }
  for (Activity& activity : activities_) {
    double scale = 1.0;
    for (Index u = activity.first_use; u < activity.end_use; ++u) {
      scale = std::min(scale, resources_[uses_[u].resource].left);
    }
    activity.rate *= scale;
  }
}

}  // namespace plimsoll::sim

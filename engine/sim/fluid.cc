#include "sim/fluid.h"

#include <algorithm>
#include <cmath>
#include <stdexcept>

namespace plimsoll::sim {
namespace {

constexpr Time kNever = Time::max();
constexpr std::size_t kLeastMembers = 2;  // of a virtual time

bool is_amount(double value) {
  return value >= 0.0 && std::isfinite(value);
}

double seconds_between(Time from, Time to) {
  return to_seconds(to - from).base();
}

Time end_after(Time from, double seconds) {
  if (!(seconds < to_seconds(kEndOfTime - from).base())) return kNever;
  return from + to_time(Seconds(seconds));
}

}  // namespace

// ---- resources ---------------------------------------------------------------------------------

ResourceId FluidNetwork::add_resource(ResourceSpec spec) {
  if (!is_amount(spec.capacity))
    throw std::invalid_argument("a capacity is negative or not finite");
  resources_.emplace_back().spec = std::move(spec);
  return ResourceId(resources_.size() - 1);
}

void FluidNetwork::set_capacity(ResourceId resource, double capacity) {
  if (!is_amount(capacity)) throw std::invalid_argument("a capacity is negative or not finite");
  Resource& changed = resources_.at(static_cast<std::size_t>(resource));
  if (changed.virtual_time != kNone) leave_virtual_time(changed);
  // What sharing has cost so far counts against the capacity until now.
  for (const Slot slot : changed.users) advance(activities_[slot]);
  changed.spec.capacity = capacity;
  for (const Slot slot : changed.users) compute_alone(activities_[slot]);
  if (!changed.users.empty()) touch(changed.users.front());
}

double FluidNetwork::capacity_now(const Resource& resource) const {
  if (!resource.spec.capacity_of_mix) return resource.spec.capacity;
  Mix mix;
  const auto number = static_cast<std::uint32_t>(&resource - resources_.data());
  for (const Slot slot : resource.users) {
    const Activity& activity = activities_[slot];
    const auto use = std::find_if(activity.uses.begin(), activity.uses.end(),
                                  [number](const Use& u) { return u.resource == number; });
    ++mix.count[activity.mix_class];
    mix.demanded[activity.mix_class] += use->amount * activity.rate_alone;
  }
  return resource.spec.capacity_of_mix(resource.spec.capacity, mix);
}

double FluidNetwork::consumed(ResourceId resource) const {
  const Resource& asked = at(resource);
  double sum = asked.consumed;
  for (const Slot slot : asked.users) {
    const Activity& activity = activities_[slot];
    for (const Use& use : activity.uses) {
      if (use.resource != static_cast<std::uint32_t>(resource)) continue;
      sum += (activity.work - remaining_now(activity)) * use.amount;
    }
  }
  return sum;
}

Duration FluidNetwork::busy(ResourceId resource) const {
  const Resource& asked = at(resource);
  return asked.busy +
         (asked.consumers > 0 ? simulation_.now() - asked.busy_since : Duration::zero());
}

void FluidNetwork::reset() {
  for (Slot slot = 0; slot < activities_.size(); ++slot) {
    Activity& activity = activities_[slot];
    if (!activity.active) continue;
    activity.active = false;
    activity.is_member = false;
    ++activity.generation;
    activity.event = EventId{};
    activity.uses.clear();
    activity.waiters.clear();
    free_.push_back(slot);
  }
  for (Resource& resource : resources_) {
    if (resource.virtual_time != kNone) free_virtual_time(resource);
    resource.users.clear();
    resource.consumers = 0;
    resource.busy = Duration::zero();
    resource.consumed = 0.0;
  }
  touched_.clear();
  active_count_ = 0;
  sequence_ = 0;
  settle_requested_ = false;
}

// ---- activities --------------------------------------------------------------------------------

void FluidNetwork::check(const ActivitySpec& spec) const {
  if (!is_amount(spec.work)) throw std::invalid_argument("work is negative or not finite");
  if (!(spec.rate_bound > 0.0)) throw std::invalid_argument("a rate bound is not positive");
  if (!(spec.weight > 0.0 && std::isfinite(spec.weight))) {
    throw std::invalid_argument("a weight is not positive and finite");
  }
  if (spec.mix_class >= kMixClasses) throw std::invalid_argument("a mix class is out of range");
  bool is_limited = std::isfinite(spec.rate_bound);
  for (const Demand& demand : spec.demands) {
    if (static_cast<std::size_t>(demand.resource) >= resources_.size()) {
      throw std::invalid_argument("a demand names an unknown resource");
    }
    if (!is_amount(demand.amount))
      throw std::invalid_argument("a demand is negative or not finite");
    is_limited = is_limited || demand.amount > 0.0;
  }
  if (!is_limited) throw std::invalid_argument("nothing limits the rate of an activity");
}

FluidNetwork::Slot FluidNetwork::new_slot() {
  if (free_.empty()) {
    activities_.emplace_back();
    free_.push_back(static_cast<Slot>(activities_.size() - 1));
  }
  const Slot slot = free_.back();
  free_.pop_back();
  return slot;
}

ActivityId FluidNetwork::start(const ActivitySpec& spec, ActivityListener* listener,
                               std::uint32_t token) {
  check(spec);
  const Slot slot = new_slot();
  Activity& activity = activities_[slot];
  activity.active = true;
  activity.work = activity.remaining = spec.work;
  activity.bound = spec.rate_bound;
  activity.weight = spec.weight;
  activity.mix_class = spec.mix_class;
  activity.rate = 0.0;
  activity.limiter = kNone;
  activity.start = activity.updated = simulation_.now();
  activity.finish = kNever;
  activity.listener = listener;
  activity.token = token;
  activity.sequence = sequence_++;
  ++active_count_;
  add_uses(slot, spec.demands);
  compute_alone(activity);
  admit(slot);
  touch(slot);
  return ActivityId{.slot = slot, .generation = activity.generation};
}

void FluidNetwork::add_uses(Slot slot, std::span<const Demand> demands) {
  Activity& activity = activities_[slot];
  for (const Demand& demand : demands) {
    const auto number = static_cast<std::uint32_t>(demand.resource);
    const auto same = std::find_if(activity.uses.begin(), activity.uses.end(),
                                   [number](const Use& use) { return use.resource == number; });
    if (same != activity.uses.end()) {
      same->amount += demand.amount;
      continue;
    }
    Resource& resource = resources_[number];
    activity.uses.push_back({.resource = number,
                             .position = static_cast<std::uint32_t>(resource.users.size()),
                             .amount = demand.amount,
                             .slowed = 0.0});
    resource.users.push_back(slot);
  }
  for (const Use& use : activity.uses) {
    if (use.amount <= 0.0) continue;
    Resource& resource = resources_[use.resource];
    if (resource.consumers++ == 0) resource.busy_since = simulation_.now();
  }
}

void FluidNetwork::remove_uses(Slot slot) {
  Activity& activity = activities_[slot];
  for (const Use& use : activity.uses) {
    Resource& resource = resources_[use.resource];
    const Slot moved = resource.users.back();
    resource.users[use.position] = moved;
    resource.users.pop_back();
    for (Use& other : activities_[moved].uses) {
      if (other.resource == use.resource) other.position = use.position;
    }
    if (use.amount > 0.0 && --resource.consumers == 0) {
      resource.busy += simulation_.now() - resource.busy_since;
    }
  }
}

double FluidNetwork::capacity_alone(const Activity& activity, const Use& use) const {
  const ResourceSpec& spec = resources_[use.resource].spec;
  if (!spec.capacity_of_mix) return spec.capacity;
  Mix mix;
  mix.count[activity.mix_class] = 1;
  mix.demanded[activity.mix_class] = std::min(activity.bound * use.amount, spec.capacity);
  return spec.capacity_of_mix(spec.capacity, mix);
}

void FluidNetwork::compute_alone(Activity& activity) const {
  activity.rate_alone = activity.bound;
  activity.limiter_alone = kNone;
  for (std::uint32_t u = 0; u < activity.uses.size(); ++u) {
    const Use& use = activity.uses[u];
    if (use.amount <= 0.0) continue;
    const double rate = capacity_alone(activity, use) / use.amount;
    if (rate >= activity.rate_alone) continue;
    activity.rate_alone = rate;
    activity.limiter_alone = u;
  }
}

void FluidNetwork::touch(Slot slot) {
  touched_.push_back(slot);
  if (settle_requested_) return;
  settle_requested_ = true;
  simulation_.request_settle(*this);
}

double FluidNetwork::rate_now(const Activity& activity) const {
  if (!activity.is_member) return activity.rate;
  return virtual_time_of(activity).share() / activity.uses.front().amount;
}

double FluidNetwork::done_since_update(const Activity& activity) const {
  const Time now = simulation_.now();
  if (!activity.is_member) return activity.rate * seconds_between(activity.updated, now);
  return (virtual_time_of(activity).at(now) - activity.joined) / activity.uses.front().amount;
}

double FluidNetwork::remaining_now(const Activity& activity) const {
  return std::max(activity.remaining - done_since_update(activity), 0.0);
}

// From `updated` to now rates are constant, or virtual time gives their mean: takes that time's
// progress off, and notes what sharing cost it.
void FluidNetwork::advance(Activity& activity) const {
  const Time now = simulation_.now();
  if (activity.updated == now) return;
  const double seconds = seconds_between(activity.updated, now);
  const double done = done_since_update(activity);
  activity.remaining = std::max(activity.remaining - done, 0.0);
  if (activity.is_member) {
    const double slowed = seconds - done / activity.rate_alone;
    activity.uses.front().slowed += std::max(slowed, 0.0);
    activity.joined = virtual_time_of(activity).at(now);
  } else if (activity.limiter != kNone && activity.rate < activity.rate_alone) {
    activity.uses[activity.limiter].slowed += seconds * (1.0 - activity.rate / activity.rate_alone);
  }
  activity.updated = now;
}

Time FluidNetwork::finish_of(const Activity& activity) const {
  if (activity.remaining == 0.0) return simulation_.now();
  return end_after(simulation_.now(), activity.remaining / activity.rate);  // by 0: infinite
}

// ---- settling ----------------------------------------------------------------------------------

void FluidNetwork::settle() {
  settle_requested_ = false;
  ++visit_;
  for (const Slot slot : touched_) {
    const Activity& activity = activities_[slot];
    if (!activity.active || activity.visit == visit_) continue;
    if (is_in_virtual_time(activity)) {
      if (resources_[activity.uses.front().resource].visit != visit_) settle_virtual_time(slot);
    } else if (is_alone(activity)) {
      settle_alone(slot);
    } else {
      settle_component(slot);
    }
  }
  touched_.clear();
}

bool FluidNetwork::is_alone(const Activity& activity) const {
  return std::all_of(activity.uses.begin(), activity.uses.end(),
                     [this](const Use& use) { return resources_[use.resource].users.size() == 1; });
}

void FluidNetwork::settle_alone(Slot slot) {
  Activity& activity = activities_[slot];
  activity.visit = visit_;
  advance(activity);
  unschedule(activity);
  activity.rate = activity.rate_alone;
  activity.limiter = activity.limiter_alone;
  activity.finish = finish_of(activity);
  schedule(slot);
}

void FluidNetwork::collect_component(Slot seed) {
  component_.assign(1, seed);
  component_resources_.clear();
  activities_[seed].visit = visit_;
  for (std::size_t k = 0; k < component_.size(); ++k) {
    for (const Use& use : activities_[component_[k]].uses) {
      Resource& resource = resources_[use.resource];
      if (resource.visit == visit_) continue;
      resource.visit = visit_;
      resource.number = static_cast<std::uint32_t>(component_resources_.size());
      component_resources_.push_back(use.resource);
      for (const Slot user : resource.users) {
        if (activities_[user].visit == visit_) continue;
        activities_[user].visit = visit_;
        component_.push_back(user);
      }
    }
  }
}

void FluidNetwork::settle_component(Slot seed) {
  collect_component(seed);
  if (is_shared_evenly()) {
    enter_virtual_time();
    return;
  }
  sharing_.clear();
  for (const std::uint32_t r : component_resources_) {
    sharing_.add_resource(capacity_now(resources_[r]));
  }
  for (const Slot slot : component_) {
    const Activity& activity = activities_[slot];
    sharing_.add_activity(activity.bound, activity.weight);
    for (const Use& use : activity.uses) {
      if (use.amount > 0.0) sharing_.add_use(resources_[use.resource].number, use.amount);
    }
  }
  sharing_.solve();

  Slot earliest = seed;
  for (std::size_t k = 0; k < component_.size(); ++k) {
    Activity& activity = activities_[component_[k]];
    advance(activity);
    unschedule(activity);
    const auto number = static_cast<Sharing::Index>(k);
    activity.rate = sharing_.rate(number);
    activity.limiter = kNone;
    if (const Sharing::Index limiter = sharing_.limiter(number); limiter != Sharing::kOwnBound) {
      while (resources_[activity.uses[++activity.limiter].resource].number != limiter) {
      }
    }
    activity.finish = finish_of(activity);
    if (activity.finish < activities_[earliest].finish) earliest = component_[k];
  }
  schedule(earliest);
}

void FluidNetwork::schedule(Slot earliest) {
  Activity& activity = activities_[earliest];
  if (activity.finish != kNever) {
    activity.event = simulation_.at(
        activity.finish, Phase::completion, [this, earliest] { on_due(earliest); }, activity.token);
  } else {
    activity.event = simulation_.at(kEndOfTime, Phase::completion, [] {
      throw TimeOverflow("an activity does not end within the 100 days of simulated time");
    });
  }
}

void FluidNetwork::unschedule(Activity& activity) {
  if (activity.event == EventId{}) return;
  simulation_.cancel(activity.event);
  activity.event = EventId{};
}

// ---- virtual time ------------------------------------------------------------------------------

bool FluidNetwork::is_in_virtual_time(const Activity& activity) const {
  return activity.uses.size() == 1 &&
         resources_[activity.uses.front().resource].virtual_time != kNone;
}

bool FluidNetwork::can_join(const Activity& activity, double weight) {
  if (activity.uses.size() != 1 || activity.weight != weight) return false;
  const double amount = activity.uses.front().amount;
  return amount > 0.0 && std::isfinite(activity.work * amount);
}

// Whether one resource is all that its users use, and gives each of them the same.
bool FluidNetwork::is_shared_evenly() const {
  if (component_resources_.size() != 1) return false;
  const Resource& resource = resources_[component_resources_.front()];
  const double share = resource.spec.capacity / static_cast<double>(resource.users.size());
  if (resource.spec.capacity_of_mix || resource.users.size() < kLeastMembers || !(share > 0.0)) {
    return false;
  }
  const double weight = activities_[component_.front()].weight;
  return std::all_of(component_.begin(), component_.end(), [&](Slot slot) {
    const Activity& activity = activities_[slot];
    return can_join(activity, weight) && activity.bound * activity.uses.front().amount > share;
  });
}

void FluidNetwork::enter_virtual_time() {
  if (free_virtual_times_.empty()) {
    free_virtual_times_.push_back(static_cast<std::uint32_t>(virtual_times_.size()));
    virtual_times_.emplace_back();
  }
  const std::uint32_t number = free_virtual_times_.back();
  free_virtual_times_.pop_back();
  resources_[component_resources_.front()].virtual_time = number;
  VirtualTime& time = virtual_times_[number];
  time.restart(simulation_.now(), activities_[component_.front()].weight);
  for (const Slot slot : component_) {
    Activity& activity = activities_[slot];
    advance(activity);
    unschedule(activity);
    time.pending().push_back(slot);
  }
  settle_virtual_time(component_.front());
}

// At any point of an instant: rates and ends stay what they are, and so does the scheduled event,
// which is on the first to end.
void FluidNetwork::leave_virtual_time(Resource& resource) {
  const VirtualTime& time = virtual_times_[resource.virtual_time];
  for (const VirtualTime::Member& member : time.members()) {
    Activity& activity = activities_[member.slot];
    advance(activity);
    activity.rate = rate_now(activity);
    activity.limiter = 0;
    activity.finish = end_after(time.updated(), time.seconds_until(member.end));
    activity.is_member = false;
  }
  free_virtual_time(resource);
}

void FluidNetwork::free_virtual_time(Resource& resource) {
  free_virtual_times_.push_back(resource.virtual_time);
  resource.virtual_time = kNone;
}

// A new activity joins the virtual time that it finds, or ends it.
void FluidNetwork::admit(Slot slot) {
  const Activity& activity = activities_[slot];
  for (const Use& use : activity.uses) {
    Resource& resource = resources_[use.resource];
    if (resource.virtual_time == kNone) continue;
    VirtualTime& time = virtual_times_[resource.virtual_time];
    if (can_join(activity, time.weight())) {
      time.pending().push_back(slot);
    } else {
      leave_virtual_time(resource);
    }
  }
}

void FluidNetwork::settle_virtual_time(Slot seed) {
  Resource& resource = resources_[activities_[seed].uses.front().resource];
  VirtualTime& time = virtual_times_[resource.virtual_time];
  const double capacity = resource.spec.capacity;
  if (!time.members().empty()) unschedule(activities_[time.first().slot]);
  time.advance(simulation_.now());
  for (const Slot slot : time.pending()) join(time, slot, capacity);
  time.pending().clear();
  if (time.is_worn()) restart(time, capacity);

  const double share = capacity / static_cast<double>(resource.users.size());
  if (resource.users.size() < kLeastMembers || is_bound_reached(time, share)) {
    leave_virtual_time(resource);
    is_alone(activities_[seed]) ? settle_alone(seed) : settle_component(seed);
    return;
  }
  resource.visit = visit_;
  time.set_share(share);
  const VirtualTime::Member& first = time.first();
  activities_[first.slot].finish = end_after(time.updated(), time.seconds_until(first.end));
  schedule(first.slot);
}

void FluidNetwork::join(VirtualTime& time, Slot slot, double capacity) {
  Activity& activity = activities_[slot];
  const double amount = activity.uses.front().amount;
  advance(activity);
  activity.is_member = true;
  activity.joined = time.at(simulation_.now());
  time.join(slot, activity.sequence, activity.remaining * amount);
  const double bound = activity.bound * amount;
  if (bound > capacity) return;  // never less than the share
  time.add_bound({.units_per_second = bound, .slot = slot, .sequence = activity.sequence});
}

void FluidNetwork::restart(VirtualTime& time, double capacity) {
  rejoining_.clear();
  for (const VirtualTime::Member& member : time.members()) {
    advance(activities_[member.slot]);
    rejoining_.push_back(member.slot);
  }
  time.restart(simulation_.now(), time.weight());
  for (const Slot slot : rejoining_) join(time, slot, capacity);
}

bool FluidNetwork::is_bound_reached(VirtualTime& time, double share) const {
  while (!time.bounds().empty()) {
    const VirtualTime::Bound& least = time.bounds().front();
    const Activity& activity = activities_[least.slot];
    if (activity.is_member && activity.sequence == least.sequence) {
      return least.units_per_second <= share;
    }
    time.remove_first_bound();
  }
  return false;
}

void FluidNetwork::collect_due_members(VirtualTime& time) {
  while (!time.members().empty()) {
    const VirtualTime::Member& first = time.first();
    const Time end = end_after(time.updated(), time.seconds_until(first.end));
    if (end > simulation_.now()) return;
    done_.push_back(first.slot);
    time.remove_first();
  }
}

// ---- completion --------------------------------------------------------------------------------

void FluidNetwork::on_due(Slot slot) {
  activities_[slot].event = EventId{};
  collect_due(slot);
  for (const Slot member : done_) finish(member);
  for (const Slot member : done_) report_finish(member);
}

void FluidNetwork::collect_due(Slot slot) {
  done_.clear();
  if (activities_[slot].is_member) {
    collect_due_members(virtual_time_of(activities_[slot]));
  } else if (is_alone(activities_[slot])) {
    done_.push_back(slot);
  } else {
    ++visit_;
    collect_component(slot);
    for (const Slot other : component_) {
      if (activities_[other].finish <= simulation_.now()) done_.push_back(other);
    }
  }
  std::sort(done_.begin(), done_.end(),
            [this](Slot a, Slot b) { return activities_[a].sequence < activities_[b].sequence; });
}

// Takes the activity out of the network and leaves what it shared with to be settled.
void FluidNetwork::finish(Slot slot) {
  Activity& activity = activities_[slot];
  advance(activity);
  activity.remaining = 0.0;
  activity.active = false;
  activity.is_member = false;
  ++activity.generation;
  --active_count_;
  remove_uses(slot);
  for (const Use& use : activity.uses) {
    Resource& resource = resources_[use.resource];
    resource.consumed += activity.work * use.amount;
    if (!resource.users.empty()) {
      touch(resource.users.front());
    } else if (resource.virtual_time != kNone) {
      free_virtual_time(resource);
    }
  }
}

void FluidNetwork::report_finish(Slot slot) {
  Activity& activity = activities_[slot];
  while (!activity.waiters.empty()) simulation_.wake(activity.waiters.pop());
  slowdowns_.clear();
  for (const Use& use : activity.uses) {
    slowdowns_.push_back({.resource = ResourceId(use.resource), .seconds = use.slowed});
  }
  ActivityReport report{.start = activity.start,
                        .end = simulation_.now(),
                        .bound_by_resource = activity.limiter_alone != kNone,
                        .resource = {},
                        .slowdowns = slowdowns_};
  if (report.bound_by_resource) {
    report.resource = ResourceId(activity.uses[activity.limiter_alone].resource);
  }
  ActivityListener* const listener = activity.listener;
  const std::uint32_t token = activity.token;
  activity.uses.clear();
  free_.push_back(slot);
  if (listener != nullptr) listener->on_finished(token, report);
}

}  // namespace plimsoll::sim

// Fluid resources and activities: work that flows at a rate which its resources decide together.
//
// An activity has an amount of work, a bound on its own rate, a weight, and consumes several
// resources at once: a GPU kernel uses compute and memory bandwidth, a message every link of its
// route. Between events all rates are constant and max-min fair (sharing.h). When activities start
// or end, only their connected component (activities joined by common resources) is computed anew,
// once per instant. Users of one saturated resource with equal weights and nothing else to limit
// them advance in virtual time instead (virtual_time.h). Units are the caller's: work in any unit
// W, rates in W/s, a resource's capacity in U/s and its demands in U per W.
//
// Time: an activity ends at the first picosecond at which its work is done (rounded up once); what
// rounding would have left is zeroed, so that exactly its work is accounted for.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <limits>
#include <span>
#include <vector>

#include "sim/sharing.h"
#include "sim/simulation.h"
#include "sim/virtual_time.h"

namespace plimsoll::sim {

enum class ResourceId : std::uint32_t {};

// What a capacity that depends on the active mix may look at; constant between events.
using MixClass = std::uint8_t;
constexpr std::size_t kMixClasses = 8;
struct Mix {
  // activities on this resource, by class
  std::array<std::uint32_t, kMixClasses> count{};
  // U/s that they would consume if each were alone in the network
  std::array<double, kMixClasses> demanded{};
};

// From the resource's base capacity and its mix to its capacity now, U/s, finite and >= 0. A pure
// function. An activity that only changes the mix states a demand of amount 0: it consumes nothing
// and counts.
using CapacityFunction = std::function<double(double base, const Mix& mix)>;

struct ResourceSpec {
  double capacity = 0.0;               // U/s, finite and >= 0
  CapacityFunction capacity_of_mix{};  // empty: always `capacity`
};

struct Demand {
  ResourceId resource{};
  double amount = 0.0;  // U per W, finite and >= 0
  friend bool operator==(const Demand&, const Demand&) = default;
};

struct ActivitySpec {
  double work = 0.0;                                            // W, finite and >= 0
  double rate_bound = std::numeric_limits<double>::infinity();  // W/s, > 0
  double weight = 1.0;                                          // finite, > 0
  MixClass mix_class = 0;                                       // < kMixClasses
  std::span<const Demand> demands{};  // read by start(); amounts for one resource are added up
};

struct ActivityId {
  std::uint32_t slot = std::numeric_limits<std::uint32_t>::max();
  std::uint32_t generation = 0;
  friend bool operator==(ActivityId, ActivityId) = default;
};

// Why an activity took as long as it did.
struct ActivityReport {
  struct Slowdown {
    ResourceId resource{};
    double seconds = 0.0;  // lost to its other users while it was what held the activity
  };
  Time start{};
  Time end{};
  bool bound_by_resource =
      false;  // alone in the network: by `resource`, else by its own rate bound
  ResourceId resource{};
  std::span<const Slowdown> slowdowns;  // one per resource used; valid until the listener returns
};

class ActivityListener {
 public:
  virtual ~ActivityListener() = default;
  // In Phase::completion of the instant it ended; activities that end together are told in the
  // order they started. May start activities; must not throw, for the others that end with it would
  // not be told.
  virtual void on_finished(std::uint32_t token, const ActivityReport& report) = 0;
};

class FluidNetwork final : public Settler {
 public:
  explicit FluidNetwork(Simulation& simulation) : simulation_(simulation) {}

  // All throw std::invalid_argument for values outside the ranges above.
  ResourceId add_resource(ResourceSpec spec);
  void set_capacity(ResourceId resource, double capacity);
  double capacity(ResourceId resource) const { return at(resource).spec.capacity; }
  std::size_t resource_count() const { return resources_.size(); }

  // Starts an activity now. A rate must be limited by something: its bound or a positive demand.
  // Allocates only while more activities are active, or with more demands, than ever before.
  // O(demands), then once per instant and touched component of n activities with u uses what
  // sharing.h says (n + u for one that is alone), amortised log n in virtual time. An activity that
  // cannot end within simulated time makes run() throw TimeOverflow there.
  ActivityId start(const ActivitySpec& spec, ActivityListener* listener = nullptr,
                   std::uint32_t token = 0);

  bool is_finished(ActivityId activity) const {
    return activities_[activity.slot].generation != activity.generation;
  }
  // co_await network.finished(id): goes on when the activity has ended, at once if it already has.
  class FinishedAwaiter;
  FinishedAwaiter finished(ActivityId activity);

  // Of an unfinished activity, at now(). A rate is that of the last settled instant: 0 in the
  // instant of the start.
  double rate(ActivityId activity) const { return rate_now(activities_[activity.slot]); }
  double remaining(ActivityId activity) const { return remaining_now(activities_[activity.slot]); }
  std::size_t active_count() const { return active_count_; }

  // Up to now(): U consumed, finished activities to the last bit of work * amount; and the time
  // during which at least one activity with a positive demand was active. consumed() is O(active
  // users).
  double consumed(ResourceId resource) const;
  Duration busy(ResourceId resource) const;

  // Drops all activities and accounts, keeps resources and storage. Goes with Simulation::reset().
  void reset();

  void settle() override;

 private:
  using Slot = std::uint32_t;
  static constexpr std::uint32_t kNone = std::numeric_limits<std::uint32_t>::max();

  struct Use {
    std::uint32_t resource;
    std::uint32_t position;  // in the resource's users
    double amount;
    double slowed;  // seconds
  };
  struct Activity {
    double remaining = 0.0;
    double rate = 0.0;
    double rate_alone = 0.0;
    Time updated{};
    Time finish{};
    std::uint64_t visit = 0;
    std::uint32_t limiter = kNone;        // index of a use; kNone: its own bound
    std::uint32_t limiter_alone = kNone;  // likewise
    EventId event;                        // set on one activity per component
    bool active = false;
    bool is_member = false;  // of its one resource's virtual time, which then gives rate and finish
    double joined = 0.0;     // member: virtual time at `updated`
    MixClass mix_class = 0;
    std::uint32_t generation = 0;
    std::uint32_t token = 0;
    ActivityListener* listener = nullptr;
    double work = 0.0;
    double bound = 0.0;
    double weight = 1.0;
    Time start{};
    std::uint64_t sequence = 0;
    std::vector<Use> uses;
    WaitList waiters;
  };
  struct Resource {
    ResourceSpec spec;
    std::vector<Slot> users;
    std::uint64_t visit = 0;
    std::uint32_t virtual_time = kNone;  // an index; then every user is a member or pending
    std::uint32_t number = 0;            // in the sharing problem of its component
    std::uint32_t consumers = 0;         // users with a positive amount
    Time busy_since{};
    Duration busy{};
    double consumed = 0.0;  // by finished activities
  };

  const Resource& at(ResourceId resource) const {
    return resources_.at(static_cast<std::size_t>(resource));
  }
  void check(const ActivitySpec& spec) const;
  Slot new_slot();
  void add_uses(Slot slot, std::span<const Demand> demands);
  void remove_uses(Slot slot);
  void compute_alone(Activity& activity) const;
  double capacity_alone(const Activity& activity, const Use& use) const;
  double capacity_now(const Resource& resource) const;
  void touch(Slot slot);

  bool is_alone(const Activity& activity) const;
  void collect_component(Slot seed);
  void settle_alone(Slot slot);
  void settle_component(Slot seed);
  void advance(Activity& activity) const;
  double rate_now(const Activity& activity) const;
  double done_since_update(const Activity& activity) const;
  double remaining_now(const Activity& activity) const;
  Time finish_of(const Activity& activity) const;
  void schedule(Slot earliest);
  void unschedule(Activity& activity);

  // Virtual time of resources that are shared evenly.
  VirtualTime& virtual_time_of(const Activity& member) {
    return virtual_times_[resources_[member.uses.front().resource].virtual_time];
  }
  const VirtualTime& virtual_time_of(const Activity& member) const {
    return virtual_times_[resources_[member.uses.front().resource].virtual_time];
  }
  bool is_in_virtual_time(const Activity& activity) const;
  static bool can_join(const Activity& activity, double weight);
  bool is_shared_evenly() const;  // the collected component
  void enter_virtual_time();      // the collected component
  void leave_virtual_time(Resource& resource);
  void free_virtual_time(Resource& resource);
  void admit(Slot slot);
  void settle_virtual_time(Slot seed);
  void join(VirtualTime& time, Slot slot, double capacity);
  void restart(VirtualTime& time, double capacity);
  bool is_bound_reached(VirtualTime& time, double share) const;
  void collect_due_members(VirtualTime& time);

  void on_due(Slot slot);
  void collect_due(Slot slot);
  void finish(Slot slot);
  void report_finish(Slot slot);

  Simulation& simulation_;
  std::vector<Activity> activities_;
  std::vector<Slot> free_;
  std::vector<Resource> resources_;
  std::vector<VirtualTime> virtual_times_;
  std::vector<std::uint32_t> free_virtual_times_;
  std::size_t active_count_ = 0;
  std::uint64_t sequence_ = 0;
  std::uint64_t visit_ = 0;
  bool settle_requested_ = false;

  Sharing sharing_;
  std::vector<Slot> touched_;
  std::vector<Slot> component_;
  std::vector<std::uint32_t> component_resources_;
  std::vector<Slot> done_;
  std::vector<Slot> rejoining_;
  std::vector<ActivityReport::Slowdown> slowdowns_;
};

class FluidNetwork::FinishedAwaiter {
 public:
  FinishedAwaiter(FluidNetwork& network, ActivityId activity)
      : network_(network), activity_(activity) {}
  bool await_ready() const noexcept { return network_.is_finished(activity_); }
  void await_suspend(std::coroutine_handle<> process) {
    waiter_.process = process;
    network_.activities_[activity_.slot].waiters.insert(waiter_);
  }
  void await_resume() const noexcept {}

 private:
  FluidNetwork& network_;
  ActivityId activity_;
  Waiter waiter_;
};

inline FluidNetwork::FinishedAwaiter FluidNetwork::finished(ActivityId activity) {
  return FinishedAwaiter(*this, activity);
}

}  // namespace plimsoll::sim

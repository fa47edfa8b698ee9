// Even sharing of one saturated resource, in virtual time: what each of its users has received so
// far, in the resource's unit (Parekh and Gallager, "A generalized processor sharing approach to
// flow control", IEEE/ACM Trans. Networking 1 (3), 1993, with equal weights).
//
// A user that joins at virtual time v and needs d units ends at virtual time v + d, whoever comes
// and goes meanwhile: the order in which users end never changes, so a start or an end costs
// O(log users), where rates that are written to every user cost O(users).
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <vector>

#include "sim/sim_time.h"

namespace plimsoll::sim {

class VirtualTime {
 public:
  using Slot = std::uint32_t;
  struct Member {
    double end;  // U: the virtual time
    Slot slot;
    std::uint64_t sequence;
  };

  // No members, virtual time 0; storage stays.
  void restart(Time now, double weight) {
    members_.clear();
    bounds_.clear();
    pending_.clear();
    joins_ = 0;
    value_ = share_ = 0.0;
    updated_ = now;
    weight_ = weight;
  }

  double weight() const { return weight_; }
  double share() const { return share_; }  // U/s for each member, since the last set_share()
  void set_share(double share) { share_ = share; }

  // Virtual time at the real time `now`, not before the last advance().
  double at(Time now) const { return value_ + share_ * to_seconds(now - updated_).base(); }
  void advance(Time now) {
    value_ = at(now);
    updated_ = now;
  }
  Time updated() const { return updated_; }
  // Real seconds from updated() until virtual time `end`, at the present share.
  double seconds_until(double end) const { return std::max(end - value_, 0.0) / share_; }

  // Members, in the order of a heap; the earliest to end, of equals the first started, is first.
  const std::vector<Member>& members() const { return members_; }
  const Member& first() const { return members_.front(); }
  void join(Slot slot, std::uint64_t sequence, double units) {
    members_.push_back({.end = value_ + units, .slot = slot, .sequence = sequence});
    std::push_heap(members_.begin(), members_.end(), ends_later);
    ++joins_;
  }
  void remove_first() {
    std::pop_heap(members_.begin(), members_.end(), ends_later);
    members_.pop_back();
  }

  // Virtual time that has grown large against what the members still need would round it coarsely.
  // A restart per so many joins keeps it in proportion and costs each join a constant.
  bool is_worn() const { return joins_ > kJoinsPerMember * members_.size(); }

  // Started since the last settling: become members there.
  std::vector<Slot>& pending() { return pending_; }

  // Members whose own bound may become less than the share, least bound first. An entry whose
  // member has ended stays until it comes first, or until the next restart.
  struct Bound {
    double units_per_second;
    Slot slot;
    std::uint64_t sequence;
  };
  const std::vector<Bound>& bounds() const { return bounds_; }
  void add_bound(const Bound& bound) {
    bounds_.push_back(bound);
    std::push_heap(bounds_.begin(), bounds_.end(), is_above);
  }
  void remove_first_bound() {
    std::pop_heap(bounds_.begin(), bounds_.end(), is_above);
    bounds_.pop_back();
  }

 private:
  static constexpr std::size_t kJoinsPerMember = 4;

  static bool ends_later(const Member& a, const Member& b) {
    return a.end > b.end || (a.end == b.end && a.sequence > b.sequence);
  }
  static bool is_above(const Bound& a, const Bound& b) {
    return a.units_per_second > b.units_per_second;
  }

  double value_ = 0.0;
  double share_ = 0.0;
  Time updated_{};
  double weight_ = 1.0;
  std::size_t joins_ = 0;  // since the restart
  std::vector<Member> members_;
  std::vector<Bound> bounds_;
  std::vector<Slot> pending_;
};

}  // namespace plimsoll::sim

// CLOCK-Pro (Jiang, Chen and Zhang, "CLOCK-Pro: an effective improvement of the CLOCK
// replacement", USENIX 2005), in bytes instead of pages.
//
// The paper's clock is one list by recency, that is by when an extent last came to its head; each
// hand rests at the oldest extent of its kind. So the hands are the ends of three queues: hot,
// cold and held, and cold in its test period (held or not). A use only sets a mark; extents move
// when a hand reaches them.
#include <algorithm>

#include "cache/evicting_cache.h"
#include "cache/extent_lists.h"

namespace plimsoll {
namespace {

class ClockPro final : public EvictingCache {
 public:
  explicit ClockPro(const ReplacementSpec& spec)
      : EvictingCache(spec),
        held_lists_(spec.extent_bytes.size(), 2),
        in_test_(spec.extent_bytes.size()),
        states_(spec.extent_bytes.size()) {
    forget_everything();
  }

  bool holds(ExtentId extent) const override { return held_lists_.linked(extent); }

 private:
  static constexpr ExtentLists::List kCold = 0;
  static constexpr ExtentLists::List kHot = 1;

  struct State {
    bool referenced = false;
    bool unused = false;     // prefetched, not accessed since
    std::uint64_t turn = 0;  // when it last came to the head
  };

  void hit(ExtentId extent) override {
    State& state = states_[extent];
    // What a prefetched extent lacks is the use that brings others in, not a second one.
    state.referenced = !state.unused;
    state.unused = false;
  }

  void bring_in(ExtentId extent, Reason reason) override {
    make_room(bytes_of(extent));
    const bool known = in_test_.linked(extent);  // room may have cost it its test period
    if (known) {
      in_test_.remove(extent);
      departed_ -= bytes_of(extent);
    }
    states_[extent].referenced = false;
    states_[extent].unused = reason == Reason::prefetch && !known;
    count_in(extent);
    const bool used = reason == Reason::access;
    enter(extent, used && (known ? proves_hot(extent) : takes_free_memory(extent)));
  }

  // Until memory is full for the first time, extents are hot as long as the target allows.
  bool takes_free_memory(ExtentId extent) const {
    return filling_ && hot_ + bytes_of(extent) <= hot_target();
  }

  void make_room(std::int64_t bytes) override {
    move_cold_target(0);  // into the bounds of what may be a new capacity
    while (!fits(bytes)) move_cold_hand();
    limit_departed();
  }

  // The cold hand: replaces the oldest cold extent, or finds that it was used.
  void move_cold_hand() {
    filling_ = false;
    if (held_lists_.empty(kCold)) return move_hot_hand();
    const ExtentId extent = held_lists_.back(kCold);
    if (!states_[extent].referenced) return replace(extent);
    states_[extent].referenced = false;
    const bool tested = in_test_.linked(extent);
    if (tested) in_test_.remove(extent);
    const bool hot = tested && proves_hot(extent);
    leave(extent, kCold);
    enter(extent, hot);
  }

  void replace(ExtentId extent) {
    leave(extent, kCold);
    count_out(extent);
    if (!in_test_.linked(extent)) return;
    if (states_[extent].unused) {
      in_test_.remove(extent);  // never used: nothing to measure a reuse from
      return;
    }
    departed_ += bytes_of(extent);
    limit_departed();
  }

  // A use within the test period, of an extent already taken out of it: more memory to the cold,
  // and this one turns hot unless the hot hand has to pass it to make room.
  bool proves_hot(ExtentId extent) {
    move_cold_target(bytes_of(extent));
    while (hot_ + bytes_of(extent) > hot_target()) {
      if (held_lists_.empty(kHot) || passed_by_hot_hand(extent)) return false;
      move_hot_hand();
    }
    return true;
  }

  // The hot hand: spares what was used, up to one that was not and turns cold. Test periods end
  // where it passes.
  void move_hot_hand() {
    ExtentId extent = held_lists_.back(kHot);
    for (; states_[extent].referenced; extent = held_lists_.back(kHot)) {
      states_[extent].referenced = false;
      leave(extent, kHot);
      enter_hot(extent);
    }
    leave(extent, kHot);
    enter_cold(extent);
    end_passed_tests();
  }

  void end_passed_tests() {
    while (!in_test_.empty() && passed_by_hot_hand(in_test_.back())) end_test(in_test_.back());
  }
  bool passed_by_hot_hand(ExtentId extent) const {
    return !held_lists_.empty(kHot) && states_[extent].turn < states_[held_lists_.back(kHot)].turn;
  }

  // The test hand: no more than the capacity is remembered of what left.
  void limit_departed() {
    while (departed_ > capacity_bytes()) end_test(in_test_.back());
  }

  void end_test(ExtentId extent) {
    in_test_.remove(extent);
    if (!holds(extent)) {
      departed_ -= bytes_of(extent);
      move_cold_target(-bytes_of(extent));
    } else if (!states_[extent].unused) {
      move_cold_target(states_[extent].referenced ? bytes_of(extent) : -bytes_of(extent));
    }
  }

  // Neither kind gets less than 1 % of memory, the share that LIRS, whose approximation this is,
  // leaves to its cold blocks (Jiang and Zhang 2002). It begins there, as LIRS does.
  void move_cold_target(std::int64_t bytes) {
    const std::int64_t least = capacity_bytes() / 100;
    cold_target_ = std::clamp(cold_target_ + bytes, least, capacity_bytes() - least);
  }
  std::int64_t hot_target() const { return capacity_bytes() - cold_target_; }

  // What comes in or was used does so hot, or cold with a test period ahead.
  void enter(ExtentId extent, bool hot) {
    if (hot) return enter_hot(extent);
    enter_cold(extent);
    in_test_.push_front(extent);
  }
  void leave(ExtentId extent, ExtentLists::List list) {
    held_lists_.remove(extent);
    if (list == kHot) hot_ -= bytes_of(extent);
  }
  void enter_cold(ExtentId extent) {
    held_lists_.push_front(extent, kCold);
    states_[extent].turn = ++turns_;
  }
  void enter_hot(ExtentId extent) {
    held_lists_.push_front(extent, kHot);
    hot_ += bytes_of(extent);
    states_[extent].turn = ++turns_;
  }

  void forget_everything() override {
    held_lists_.clear();
    in_test_.clear();
    states_.assign(states_.size(), {});
    hot_ = departed_ = cold_target_ = 0;
    move_cold_target(0);
    turns_ = 0;
    filling_ = true;
  }

  ExtentLists held_lists_;
  ExtentLists in_test_;
  std::vector<State> states_;
  std::int64_t hot_ = 0;       // bytes
  std::int64_t departed_ = 0;  // bytes of those in their test period that are no longer held
  std::int64_t cold_target_ = 0;
  std::uint64_t turns_ = 0;
  bool filling_ = true;
};

}  // namespace

std::unique_ptr<Replacement> make_clock_pro(const ReplacementSpec& spec) {
  return std::make_unique<ClockPro>(spec);
}

}  // namespace plimsoll

// First-come first-served lists of suspended processes. A waiter lives inside the awaiter, that is
// in the frame of the suspended coroutine, so waiting allocates nothing; a destroyed frame takes
// itself off the list.
#pragma once

#include <coroutine>
#include <cstdint>

#include "sim/sim_time.h"

namespace plimsoll::sim {

class WaitList;

class Waiter {
 public:
  Waiter() = default;
  Waiter(const Waiter&) = delete;
  Waiter& operator=(const Waiter&) = delete;
  ~Waiter();

  std::coroutine_handle<> process;
  Time since{};
  std::int64_t amount = 0;  // what it waits for, in the unit of the list's owner
  int priority = 0;         // higher first

 private:
  friend class WaitList;
  WaitList* list_ = nullptr;
  Waiter* previous_ = nullptr;
  Waiter* next_ = nullptr;
};

class WaitList {
 public:
  WaitList() = default;
  WaitList(const WaitList&) = delete;
  WaitList& operator=(const WaitList&) = delete;
  WaitList(WaitList&& other) noexcept { *this = static_cast<WaitList&&>(other); }
  WaitList& operator=(WaitList&& other) noexcept {
    clear();
    first_ = other.first_;
    last_ = other.last_;
    other.first_ = other.last_ = nullptr;
    for (Waiter* waiter = first_; waiter != nullptr; waiter = waiter->next_) waiter->list_ = this;
    return *this;
  }
  ~WaitList() { clear(); }

  bool empty() const { return first_ == nullptr; }
  Waiter& front() const { return *first_; }

  // Behind all waiters of the same or a higher priority. O(1) when all priorities are equal.
  void insert(Waiter& waiter) {
    Waiter* before = last_;
    while (before != nullptr && before->priority < waiter.priority) before = before->previous_;
    waiter.list_ = this;
    waiter.previous_ = before;
    waiter.next_ = before != nullptr ? before->next_ : first_;
    (waiter.previous_ != nullptr ? waiter.previous_->next_ : first_) = &waiter;
    (waiter.next_ != nullptr ? waiter.next_->previous_ : last_) = &waiter;
  }

  void remove(Waiter& waiter) {
    (waiter.previous_ != nullptr ? waiter.previous_->next_ : first_) = waiter.next_;
    (waiter.next_ != nullptr ? waiter.next_->previous_ : last_) = waiter.previous_;
    waiter.list_ = nullptr;
    waiter.previous_ = waiter.next_ = nullptr;
  }

  Waiter& pop() {
    Waiter& waiter = *first_;
    remove(waiter);
    return waiter;
  }

  void clear() {
    while (!empty()) pop();
  }

 private:
  Waiter* first_ = nullptr;
  Waiter* last_ = nullptr;
};

inline Waiter::~Waiter() {
  if (list_ != nullptr) list_->remove(*this);
}

}  // namespace plimsoll::sim

// Follows the data through every schedule: who ends with whose contributions to which share.
#include "collective/schedule_steps.h"

#include <algorithm>
#include <cmath>
#include <map>
#include <numeric>
#include <rapidcheck.h>
#include <string>
#include <vector>

#include "catalog/words.h"
#include "collective/small_fabric.h"
#include "support/catch.h"

namespace plimsoll {
namespace {

using Contributions = std::vector<int>;  // how often each member's is in it; empty: nothing there

// What every member holds of every share, moved as the plan says.
class Data {
 public:
  Data(CollectiveKind kind, const StepPlan& plan)
      : plan_(plan), members_(static_cast<int>(plan.owner.size())) {
    const int shares = kind == CollectiveKind::all_to_all ? members_ * members_ : members_;
    held_.assign(index(members_), std::vector<Contributions>(index(shares)));
    for (int member = 0; member < members_; ++member)
      for (int share = 0; share < shares; ++share)
        if (begins_with(kind, member, share)) held_[index(member)][index(share)] = only(member);
  }

  // False when somebody is to send what it does not have.
  bool run() {
    for (const Step& step : plan_.steps)
      for (int repetition = 0; repetition < step.times; ++repetition)
        if (!run(step, repetition)) return false;
    return true;
  }

  bool is_right(CollectiveKind kind) const {
    for (int member = 0; member < members_; ++member) {
      for (int s = 0; s < members_; ++s) {
        const int owner = plan_.owner[index(s)];
        const bool is_own = owner == member;
        switch (kind) {
          case CollectiveKind::all_reduce:
            if (held(member, s) != everybodys()) return false;
            break;
          case CollectiveKind::reduce_scatter:
            if (is_own && held(member, s) != everybodys()) return false;
            break;
          case CollectiveKind::all_gather:
            if (held(member, s) != only(owner)) return false;
            break;
          case CollectiveKind::broadcast:
            if (held(member, s) != only(0)) return false;
            break;
          case CollectiveKind::all_to_all:
            for (int t = 0; is_own && t < members_; ++t)
              if (held(member, t * members_ + s) != only(plan_.owner[index(t)])) return false;
            break;
        }
      }
    }
    return true;
  }

 private:
  bool begins_with(CollectiveKind kind, int member, int share) const {
    switch (kind) {
      case CollectiveKind::all_reduce:
      case CollectiveKind::reduce_scatter:
        return true;
      case CollectiveKind::all_gather:
        return plan_.owner[index(share)] == member;
      case CollectiveKind::broadcast:
        return member == 0;
      case CollectiveKind::all_to_all:
        return plan_.owner[index(share / members_)] == member;
    }
    return false;
  }
  Contributions only(int member) const {
    Contributions one(index(members_), 0);
    one[index(member)] = 1;
    return one;
  }
  Contributions everybodys() const { return Contributions(index(members_), 1); }
  const Contributions& held(int member, int share) const {
    return held_[index(member)][index(share)];
  }

  bool run(const Step& step, int repetition) {
    struct Message {
      int to = 0;
      int share = 0;
      bool adds = false;
      Contributions content;
    };
    std::vector<Message> messages;
    for (const Move& move : step.moves) {
      for (int k = 0; k < move.shares.count; ++k) {
        const int share = share_of(step, move.shares, repetition, k);
        if (held(move.from, share).empty()) return false;
        messages.push_back(
            {.to = move.to, .share = share, .adds = move.adds, .content = held(move.from, share)});
      }
    }
    for (Message& message : messages) {
      Contributions& target = held_[index(message.to)][index(message.share)];
      if (!message.adds) {
        target = std::move(message.content);
        continue;
      }
      if (target.empty()) return false;
      std::transform(target.begin(), target.end(), message.content.begin(), target.begin(),
                     std::plus<>());
    }
    return true;
  }

  const StepPlan& plan_;
  int members_;
  std::vector<std::vector<Contributions>> held_;  // by member and share
};

bool delivers(CollectiveKind kind, const StepPlan& plan) {
  Data data(kind, plan);
  return data.run() && data.is_right(kind);
}

// `devices` neighbours in the group on each of `machines`.
std::vector<int> machine_after_machine(int machines, int devices) {
  std::vector<int> machine_of;
  for (int m = 0; m < machines; ++m) machine_of.insert(machine_of.end(), index(devices), m);
  return machine_of;
}

int rounds_of(const StepPlan& plan) {
  return std::accumulate(plan.steps.begin(), plan.steps.end(), 0,
                         [](int sum, const Step& step) { return sum + step.times; });
}

// Shares that each member sends.
std::vector<int> sent_by(const StepPlan& plan) {
  std::vector<int> sent(plan.owner.size(), 0);
  for (const Step& step : plan.steps)
    for (const Move& move : step.moves) sent[index(move.from)] += move.shares.count * step.times;
  return sent;
}

TEST_CASE("everybody ends with every contribution exactly once", "[collective]") {
  for (CollectiveKind kind : all_kinds) {
    for (CollectiveAlgorithm algorithm : all_algorithms) {
      if (algorithm == CollectiveAlgorithm::two_level) continue;
      const bool exists = kind != CollectiveKind::all_to_all ||
                          algorithm == CollectiveAlgorithm::ring ||
                          algorithm == CollectiveAlgorithm::direct;
      for (int n = 2; n <= 17; ++n) {
        INFO(to_text(kind) << " by " << word(algorithm) << " of " << n);
        const StepPlan plan = plan_steps(kind, algorithm, machine_after_machine(n, 1));
        REQUIRE(plan.steps.empty() == !exists);
        if (exists) CHECK(delivers(kind, plan));
      }
    }
  }
}

TEST_CASE("two levels deliver for any machines of equal membership, in any order", "[collective]") {
  CHECK(rc::check("shuffled groups", [] {
    const int machines = *rc::gen::inRange(2, 6);
    const int devices = *rc::gen::inRange(2, 6);
    std::vector<int> machine_of = machine_after_machine(machines, devices);
    const auto keys =
        *rc::gen::container<std::vector<int>>(machine_of.size(), rc::gen::inRange(0, 1000));
    std::vector<int> order(machine_of.size());
    std::iota(order.begin(), order.end(), 0);
    std::stable_sort(order.begin(), order.end(),
                     [&](int a, int b) { return keys[index(a)] < keys[index(b)]; });
    std::vector<int> shuffled;
    for (int i : order) shuffled.push_back(machine_of[index(i)]);
    for (CollectiveKind kind : all_kinds) {
      const StepPlan plan = plan_steps(kind, CollectiveAlgorithm::two_level, shuffled);
      RC_ASSERT(!plan.steps.empty());
      RC_ASSERT(delivers(kind, plan));
    }
  }));
}

TEST_CASE("two levels need two machines of two devices each", "[collective]") {
  const auto exists = [](const std::vector<int>& machine_of) {
    return !plan_steps(CollectiveKind::all_reduce, CollectiveAlgorithm::two_level, machine_of)
                .steps.empty();
  };
  CHECK(exists({0, 0, 1, 1}));
  CHECK(exists({7, 3, 7, 3}));
  CHECK_FALSE(exists({0, 0, 0, 0}));
  CHECK_FALSE(exists({0, 1, 2, 3}));
  CHECK_FALSE(exists({0, 0, 1, 1, 1}));
}

TEST_CASE("the check notices a message that is missing, wrong or sent twice", "[collective]") {
  const StepPlan right = plan_steps(CollectiveKind::all_reduce, CollectiveAlgorithm::ring,
                                    machine_after_machine(5, 1));
  REQUIRE(delivers(CollectiveKind::all_reduce, right));
  StepPlan missing = right;
  missing.steps[0].moves.pop_back();
  CHECK_FALSE(delivers(CollectiveKind::all_reduce, missing));
  StepPlan wrong = right;
  wrong.steps[0].shift = 1;
  CHECK_FALSE(delivers(CollectiveKind::all_reduce, wrong));
  StepPlan twice = right;
  twice.steps[0].moves.push_back(right.steps[0].moves.front());
  CHECK_FALSE(delivers(CollectiveKind::all_reduce, twice));
}

// Thakur, Rabenseifner, Gropp 2005; Patarasuk and Yuan 2009.
TEST_CASE("rounds are those of the literature", "[collective]") {
  using enum CollectiveKind;
  using enum CollectiveAlgorithm;
  for (int n = 2; n <= 33; ++n) {
    const std::vector<int> machine_of = machine_after_machine(n, 1);
    const auto rounds = [&](CollectiveKind kind, CollectiveAlgorithm algorithm) {
      return rounds_of(plan_steps(kind, algorithm, machine_of));
    };
    const int log = static_cast<int>(std::ceil(std::log2(n)));
    INFO(n << " members");
    CHECK(rounds(all_reduce, ring) == 2 * (n - 1));
    CHECK(rounds(all_gather, ring) == n - 1);
    CHECK(rounds(reduce_scatter, ring) == n - 1);
    CHECK(rounds(all_to_all, ring) == n - 1);
    // A pipeline of n - 1 hops and n parts.
    CHECK(rounds(broadcast, ring) == (n - 1) + (n - 1));
    CHECK(rounds(broadcast, tree) == log);
    CHECK(rounds(all_reduce, tree) == 2 * log);
    CHECK(rounds(all_gather, tree) == 2 * log);
    CHECK(rounds(reduce_scatter, tree) == 2 * log);
    for (CollectiveKind kind : all_kinds) CHECK(rounds(kind, direct) == 1);
    CHECK(rounds(all_reduce, star) == 2);
    CHECK(rounds(broadcast, star) == 1);
  }
  // 4 machines of 3: 2 and 2 inside, 3 and 3 between.
  const StepPlan plan = plan_steps(all_reduce, two_level, machine_after_machine(4, 3));
  CHECK(rounds_of(plan) == 10);
}

TEST_CASE("what is sent is what the literature says, and no less than it must be", "[collective]") {
  using enum CollectiveKind;
  using enum CollectiveAlgorithm;
  for (int n = 2; n <= 33; ++n) {
    const std::vector<int> machine_of = machine_after_machine(n, 1);
    const auto sent = [&](CollectiveKind kind, CollectiveAlgorithm algorithm) {
      return sent_by(plan_steps(kind, algorithm, machine_of));
    };
    const auto everybody_sends = [&](int shares) { return std::vector<int>(index(n), shares); };
    INFO(n << " members");
    // 2 (n - 1) / n of the vector: the least that an all-reduce can do (Patarasuk and Yuan).
    CHECK(sent(all_reduce, ring) == everybody_sends(2 * (n - 1)));
    CHECK(sent(all_gather, ring) == everybody_sends(n - 1));
    CHECK(sent(reduce_scatter, ring) == everybody_sends(n - 1));
    CHECK(sent(all_to_all, ring) == everybody_sends(n - 1));
    CHECK(sent(all_to_all, direct) == everybody_sends(n - 1));
    CHECK(sent(all_gather, direct) == everybody_sends(n - 1));
    CHECK(sent(reduce_scatter, direct) == everybody_sends(n - 1));
    CHECK(sent(all_reduce, direct) == everybody_sends(n * (n - 1)));
    // Everybody but the first sends up once; n - 1 edges go down again.
    const std::vector<int> tree_reduce = sent(all_reduce, tree);
    CHECK(std::accumulate(tree_reduce.begin(), tree_reduce.end(), 0) == 2 * n * (n - 1));
    CHECK(sent(all_reduce, star).front() == n * (n - 1));
    CHECK(sent(all_gather, star).front() == (n - 1) * (n - 1));
  }
}

TEST_CASE("a ring of any size takes memory in proportion to its members", "[collective]") {
  const StepPlan plan = plan_steps(CollectiveKind::all_reduce, CollectiveAlgorithm::ring,
                                   machine_after_machine(64, 1));
  std::size_t moves = 0;
  for (const Step& step : plan.steps) moves += step.moves.size();
  CHECK(moves == 2 * 64);
}

}  // namespace
}  // namespace plimsoll

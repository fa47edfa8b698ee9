#include "collective/schedule_steps.h"

#include <algorithm>
#include <functional>
#include <numeric>
#include <utility>

namespace plimsoll {

namespace {

int wrapped(int value, int modulus) {
  const int rest = value % modulus;
  return rest < 0 ? rest + modulus : rest;
}

void append(std::vector<Step>& steps, std::vector<Step> more) {
  steps.insert(steps.end(), std::make_move_iterator(more.begin()),
               std::make_move_iterator(more.end()));
}

std::vector<int> in_order(int members) {
  std::vector<int> positions(static_cast<std::size_t>(members));
  std::iota(positions.begin(), positions.end(), 0);
  return positions;
}

// Members in a circle; the i-th owns the i-th of as many parts of `part` shares, from `base` on.
struct Ring {
  std::vector<int> members;
  int base = 0;
  int part = 1;

  int size() const { return static_cast<int>(members.size()); }
  int window() const { return size() * part; }
  int member(int i) const { return members[static_cast<std::size_t>(wrapped(i, size()))]; }
  ShareRange owned_by(int i) const { return {base + wrapped(i, size()) * part, part}; }
};

// Rings of the same shape at the same time, each member sending to the next; the i-th starts with
// the part of the member `lead` after it, and in each round goes on with the part before.
Step passed_on(const std::vector<Ring>& rings, int lead, bool adds) {
  const Ring& shape = rings.front();
  Step step{.moves = {}, .times = shape.size() - 1, .window = shape.window(), .shift = -shape.part};
  for (const Ring& ring : rings) {
    for (int i = 0; i < ring.size(); ++i) {
      step.moves.push_back({.from = ring.member(i),
                            .to = ring.member(i + 1),
                            .shares = ring.owned_by(i + lead),
                            .adds = adds});
    }
  }
  return step;
}

// A sum grows on its way round and is complete when it reaches its owner, so it starts behind it.
Step reduce_scatter_around(const std::vector<Ring>& rings) {
  return passed_on(rings, -1, true);
}
Step all_gather_around(const std::vector<Ring>& rings) {
  return passed_on(rings, 0, false);
}

// Part after part down the chain that a ring is without its last link, so that all its hops are
// busy at once: 2 (size - 1) rounds.
std::vector<Step> broadcast_along(const std::vector<Ring>& rings) {
  const int size = rings.front().size();
  std::vector<Step> steps;
  for (int round = 0; round < 2 * (size - 1); ++round) {
    Step step{.moves = {}, .times = 1, .window = rings.front().window(), .shift = 0};
    for (const Ring& ring : rings) {
      for (int hop = std::max(0, round - size + 1); hop <= std::min(round, size - 2); ++hop) {
        step.moves.push_back({.from = ring.member(hop),
                              .to = ring.member(hop + 1),
                              .shares = ring.owned_by(round - hop),
                              .adds = false});
      }
    }
    steps.push_back(std::move(step));
  }
  return steps;
}

// MPICH's pairwise exchange: in round r everybody sends to the r-th after it.
std::vector<Step> exchange_pairwise(int n) {
  std::vector<Step> steps;
  for (int distance = 1; distance < n; ++distance) {
    Step step{.moves = {}, .times = 1, .window = n * n, .shift = 0};
    for (int from = 0; from < n; ++from) {
      const int to = wrapped(from + distance, n);
      step.moves.push_back({.from = from, .to = to, .shares = {from * n + to, 1}, .adds = false});
    }
    steps.push_back(std::move(step));
  }
  return steps;
}

std::vector<Step> ring_steps(CollectiveKind kind, int n) {
  const std::vector<Ring> rings{{.members = in_order(n), .base = 0, .part = 1}};
  switch (kind) {
    case CollectiveKind::all_reduce:
      return {reduce_scatter_around(rings), all_gather_around(rings)};
    case CollectiveKind::all_gather:
      return {all_gather_around(rings)};
    case CollectiveKind::reduce_scatter:
      return {reduce_scatter_around(rings)};
    case CollectiveKind::broadcast:
      return broadcast_along(rings);
    case CollectiveKind::all_to_all:
      return exchange_pairwise(n);
  }
  return {};
}

// An edge of a tree over positions; below `child` hang `size` of them, itself the first.
struct TreeEdge {
  int parent = 0;
  int child = 0;
  int size = 1;
};
using TreeLevel = std::vector<TreeEdge>;

// The binomial tree of the first member, leaves first: ceil(log2 n) levels.
std::vector<TreeLevel> binomial_tree(int n) {
  std::vector<TreeLevel> levels;
  for (int reach = 1; reach < n; reach *= 2) {
    TreeLevel level;
    for (int child = reach; child < n; child += 2 * reach) {
      level.push_back(
          {.parent = child - reach, .child = child, .size = std::min(reach, n - child)});
    }
    levels.push_back(std::move(level));
  }
  return levels;
}

// Everybody hangs on the first.
std::vector<TreeLevel> star_tree(int n) {
  TreeLevel level;
  for (int child = 1; child < n; ++child) level.push_back({.parent = 0, .child = child, .size = 1});
  return {std::move(level)};
}

// Up and down a tree over n members with a share each.
class TreeSteps {
 public:
  TreeSteps(std::vector<TreeLevel> leaves_first, int n) : levels_(std::move(leaves_first)), n_(n) {}

  std::vector<Step> of(CollectiveKind kind) const {
    const auto whole = [n = n_](const TreeEdge&) { return ShareRange{0, n}; };
    const auto below = [](const TreeEdge& edge) { return ShareRange{edge.child, edge.size}; };
    const auto elsewhere = [n = n_](const TreeEdge& edge) {
      return ShareRange{wrapped(edge.child + edge.size, n), n - edge.size};
    };
    switch (kind) {
      case CollectiveKind::all_reduce:
        return both(up(whole, true), down(whole));
      case CollectiveKind::all_gather:
        return both(up(below, false), down(elsewhere));
      case CollectiveKind::reduce_scatter:
        return both(up(whole, true), down(below));
      case CollectiveKind::broadcast:
        return down(whole);
      case CollectiveKind::all_to_all:
        return {};
    }
    return {};
  }

 private:
  using Shares = std::function<ShareRange(const TreeEdge&)>;

  std::vector<Step> up(const Shares& shares, bool adds) const {
    std::vector<Step> steps;
    for (const TreeLevel& level : levels_) {
      Step step{.moves = {}, .times = 1, .window = n_, .shift = 0};
      for (const TreeEdge& edge : level) {
        step.moves.push_back(
            {.from = edge.child, .to = edge.parent, .shares = shares(edge), .adds = adds});
      }
      steps.push_back(std::move(step));
    }
    return steps;
  }
  std::vector<Step> down(const Shares& shares) const {
    std::vector<Step> steps = up(shares, false);
    std::reverse(steps.begin(), steps.end());
    for (Step& step : steps) {
      for (Move& move : step.moves) std::swap(move.from, move.to);
    }
    return steps;
  }
  static std::vector<Step> both(std::vector<Step> first, std::vector<Step> second) {
    append(first, std::move(second));
    return first;
  }

  std::vector<TreeLevel> levels_;
  int n_;
};

ShareRange sent_directly(CollectiveKind kind, int from, int to, int n) {
  switch (kind) {
    case CollectiveKind::all_reduce:
    case CollectiveKind::broadcast:
      return {0, n};
    case CollectiveKind::all_gather:
      return {from, 1};
    case CollectiveKind::reduce_scatter:
      return {to, 1};
    case CollectiveKind::all_to_all:
      return {from * n + to, 1};
  }
  return {};
}

// One round in which all who have something send it to everybody.
std::vector<Step> direct_steps(CollectiveKind kind, int n) {
  const bool adds = kind == CollectiveKind::all_reduce || kind == CollectiveKind::reduce_scatter;
  const int senders = kind == CollectiveKind::broadcast ? 1 : n;
  Step step{.moves = {},
            .times = 1,
            .window = kind == CollectiveKind::all_to_all ? n * n : n,
            .shift = 0};
  for (int from = 0; from < senders; ++from) {
    for (int distance = 1; distance < n; ++distance) {
      const int to = wrapped(from + distance, n);
      step.moves.push_back(
          {.from = from, .to = to, .shares = sent_directly(kind, from, to, n), .adds = adds});
    }
  }
  return {std::move(step)};
}

// Positions by machine, machines in the order in which the group comes to them.
std::vector<std::vector<int>> by_machine(std::span<const int> machine_of) {
  std::vector<std::vector<int>> machines;
  std::vector<int> numbers;
  for (std::size_t position = 0; position < machine_of.size(); ++position) {
    const auto found = std::find(numbers.begin(), numbers.end(), machine_of[position]);
    if (found == numbers.end()) machines.emplace_back();
    const auto machine = static_cast<std::size_t>(found - numbers.begin());
    if (found == numbers.end()) numbers.push_back(machine_of[position]);
    machines[machine].push_back(static_cast<int>(position));
  }
  return machines;
}

// Machines with the same number of devices each. The k-th devices of all machines are a column;
// column k owns the k-th part of the data, and its m-th device the m-th share of that part.
class TwoLevel {
 public:
  explicit TwoLevel(std::vector<std::vector<int>> machines) : machines_(std::move(machines)) {
    for (int k = 0; k < devices(); ++k) {
      Ring column{.members = {}, .base = k * machine_count(), .part = 1};
      for (const std::vector<int>& machine : machines_) {
        column.members.push_back(machine[static_cast<std::size_t>(k)]);
      }
      columns_.push_back(std::move(column));
    }
    for (const std::vector<int>& machine : machines_) {
      inside_.push_back({.members = machine, .base = 0, .part = machine_count()});
    }
  }

  static bool exists(const std::vector<std::vector<int>>& machines) {
    const std::size_t devices = machines.front().size();
    return machines.size() >= 2 && devices >= 2 &&
           std::all_of(machines.begin(), machines.end(),
                       [&](const std::vector<int>& machine) { return machine.size() == devices; });
  }

  std::vector<int> owners() const {
    std::vector<int> owner;
    for (const Ring& column : columns_) {
      owner.insert(owner.end(), column.members.begin(), column.members.end());
    }
    return owner;
  }

  std::vector<Step> of(CollectiveKind kind) const {
    switch (kind) {
      case CollectiveKind::all_reduce:
        return {reduce_scatter_around(inside_), reduce_scatter_around(columns_),
                all_gather_around(columns_), all_gather_around(inside_)};
      case CollectiveKind::all_gather:
        return {all_gather_around(columns_), all_gather_around(inside_)};
      case CollectiveKind::reduce_scatter:
        return {reduce_scatter_around(inside_), reduce_scatter_around(columns_)};
      case CollectiveKind::broadcast:
        return broadcast();
      case CollectiveKind::all_to_all:
        return {gather_for_columns(), exchange_in_columns()};
    }
    return {};
  }

 private:
  int machine_count() const { return static_cast<int>(machines_.size()); }
  int devices() const { return static_cast<int>(machines_.front().size()); }
  int members() const { return machine_count() * devices(); }

  // The first member deals the parts out inside its machine; each column passes its part on.
  std::vector<Step> broadcast() const {
    const Ring& first = inside_.front();
    Step deal{.moves = {}, .times = 1, .window = first.window(), .shift = 0};
    for (int k = 1; k < first.size(); ++k) {
      deal.moves.push_back({.from = first.member(0),
                            .to = first.member(k),
                            .shares = first.owned_by(k),
                            .adds = false});
    }
    std::vector<Step> steps{std::move(deal)};
    append(steps, broadcast_along(columns_));
    steps.push_back(all_gather_around(inside_));
    return steps;
  }

  // Everybody hands what it has for column k to the k-th device of its own machine,
  Step gather_for_columns() const {
    Step step{.moves = {}, .times = 1, .window = members() * members(), .shift = 0};
    for (int m = 0; m < machine_count(); ++m) {
      const Ring& machine = inside_[static_cast<std::size_t>(m)];
      for (int k = 0; k < devices(); ++k) {
        for (int to = 0; to < devices(); ++to) {
          if (to == k) continue;
          const int row = (k * machine_count() + m) * members();
          step.moves.push_back({.from = machine.member(k),
                                .to = machine.member(to),
                                .shares = {row + to * machine_count(), machine_count()},
                                .adds = false});
        }
      }
    }
    return step;
  }
  // which sends to every other machine what all of its machine have for the k-th device there.
  Step exchange_in_columns() const {
    Step step{.moves = {}, .times = 1, .window = members() * members(), .shift = 0};
    for (int k = 0; k < devices(); ++k) {
      const Ring& column = columns_[static_cast<std::size_t>(k)];
      for (int m = 0; m < machine_count(); ++m) {
        for (int distance = 1; distance < machine_count(); ++distance) {
          const int to = wrapped(m + distance, machine_count());
          for (int source = 0; source < devices(); ++source) {
            const int row = (source * machine_count() + m) * members();
            step.moves.push_back({.from = column.member(m),
                                  .to = column.member(to),
                                  .shares = {row + k * machine_count() + to, 1},
                                  .adds = false});
          }
        }
      }
    }
    return step;
  }

  std::vector<std::vector<int>> machines_;
  std::vector<Ring> columns_;
  std::vector<Ring> inside_;
};

StepPlan two_level_plan(CollectiveKind kind, std::span<const int> machine_of) {
  std::vector<std::vector<int>> machines = by_machine(machine_of);
  if (!TwoLevel::exists(machines)) return {};
  const TwoLevel two_level(std::move(machines));
  return {.owner = two_level.owners(), .steps = two_level.of(kind)};
}

}  // namespace

int share_of(const Step& step, ShareRange range, int repetition, int offset) {
  const int block = range.first / step.window * step.window;
  return block + wrapped(range.first - block + repetition * step.shift + offset, step.window);
}

StepPlan plan_steps(CollectiveKind kind, CollectiveAlgorithm algorithm,
                    std::span<const int> machine_of) {
  const int n = static_cast<int>(machine_of.size());
  if (n < 2) return {};
  switch (algorithm) {
    case CollectiveAlgorithm::ring:
      return {.owner = in_order(n), .steps = ring_steps(kind, n)};
    case CollectiveAlgorithm::tree:
      return {.owner = in_order(n), .steps = TreeSteps(binomial_tree(n), n).of(kind)};
    case CollectiveAlgorithm::direct:
      return {.owner = in_order(n), .steps = direct_steps(kind, n)};
    case CollectiveAlgorithm::two_level:
      return two_level_plan(kind, machine_of);
    case CollectiveAlgorithm::star:
      return {.owner = in_order(n), .steps = TreeSteps(star_tree(n), n).of(kind)};
  }
  return {};
}

Round messages_of(const Step& step, std::span<const int> group, Bytes share) {
  Round round;
  const Move* last = nullptr;
  for (const Move& move : step.moves) {
    const Bytes bytes = share * static_cast<double>(move.shares.count);
    if (last != nullptr && last->from == move.from && last->to == move.to) {
      round.back().bytes += bytes;
    } else {
      round.push_back({.from = group[static_cast<std::size_t>(move.from)],
                       .to = group[static_cast<std::size_t>(move.to)],
                       .bytes = bytes});
    }
    last = &move;
  }
  return round;
}

}  // namespace plimsoll

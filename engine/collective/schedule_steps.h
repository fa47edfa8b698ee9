// Collectives with every piece of data named: which shares of the data each message carries, and
// whether the receiver adds them to its own or keeps them as they are. schedule() forgets the
// names; they are what lets a test follow the data and prove that everybody ends with the right
// ones.
//
// Members are numbered by their position in the group. Rounds that differ only in which shares
// travel (a ring's) are one step with `times`, so a ring of n members is n moves and not n^2.
//
// Sources: R. Thakur, R. Rabenseifner, W. Gropp, "Optimization of Collective Communication
// Operations in MPICH", IJHPCA 19 (2005) 49 (ring, binomial tree, pairwise exchange); P. Patarasuk,
// X. Yuan, "Bandwidth optimal all-reduce algorithms for clusters of workstations", JPDC 69 (2009)
// 117 (ring all-reduce).
#pragma once

#include <span>
#include <vector>

#include "catalog/engine_spec.h"
#include "collective/collective.h"

namespace plimsoll {

// Consecutive shares, going round within the step's window: the block of `window` shares, a
// multiple of `window` from 0, in which `first` lies.
struct ShareRange {
  int first = 0;
  int count = 0;
};

// Moves of the same pair next to each other are one message.
struct Move {
  int from = 0;
  int to = 0;
  ShareRange shares;
  bool adds = false;  // otherwise the receiver keeps what comes instead of what it had
};

// All moves of a round read what their senders had before it.
struct Step {
  std::vector<Move> moves;
  int times = 1;
  int window = 0;
  int shift = 0;  // what is added to a range's first share from one round to the next
};

// The share that is `offset` into the range in round `repetition` of the step.
int share_of(const Step& step, ShareRange range, int repetition, int offset);

// All shares are equally large: `bytes` / members.
struct StepPlan {
  // Of reductions, gathers and broadcasts share s is one of `owner.size()`; its owner brings it to
  // an all-gather and ends with it in a reduce-scatter. An all-to-all has n^2: share s n + t is
  // what owner[s] has for owner[t].
  std::vector<int> owner;
  std::vector<Step> steps;
};

// `machine_of`: of each member, any number that is the same for members of one machine. No steps
// where the algorithm does not exist for the kind.
StepPlan plan_steps(CollectiveKind kind, CollectiveAlgorithm algorithm,
                    std::span<const int> machine_of);

// The messages of one round of a step.
Round messages_of(const Step& step, std::span<const int> group, Bytes share);

}  // namespace plimsoll

// Where the time of a run goes: its steps by kind, and how much of what requests wait for each kind
// is. With the schedule frozen every such time is a sum over kinds of steps, so it can be
// differentiated by whatever a step's time depends on.
#pragma once

#include <cstdint>
#include <map>
#include <utility>
#include <vector>

#include "serving/step_model.h"

namespace plimsoll::serving {

// Time in ps that steps of a kind add to each sum.
struct TimeSums {
  double all = 0.0;          // of the run
  double first_token = 0.0;  // over requests: arrival to first token
  double gaps = 0.0;         // over requests: first token to last
  double per_token = 0.0;    // over requests of two tokens or more: the same, by its gaps

  void add(const TimeSums& other);
};

// Steps that are much alike; the load is their mean.
struct StepKind {
  double steps = 0.0;
  double decoding = 0.0;  // sequences
  double decode_context = 0.0;
  double prefilling = 0.0;
  double prefill_tokens = 0.0;
  double prefill_pairs = 0.0;
  TimeSums time;

  StepLoad load() const;            // rounded, at least one sequence
  void add(const StepKind& other);  // weighs the means by steps
};

class ScheduleRecord {
 public:
  // `steps` steps from `first` on, of equal numbers of sequences; in total `time`.
  void add(const StepLoad& first, std::int64_t steps, const TimeSums& time);
  // More for the kind added last.
  void add_to_last(const TimeSums& time);
  void idle(double time) { idle_ += time; }
  void merge(const ScheduleRecord& other);

  double idle() const { return idle_; }
  // At most `most` kinds, near ones taken together, that of the most time first.
  std::vector<StepKind> kinds(std::size_t most) const;

 private:
  using Key = std::pair<int, int>;  // sizes of the decoding and the prefilling part

  std::map<Key, StepKind> kinds_;
  StepKind* last_ = nullptr;
  double idle_ = 0.0;
};

}  // namespace plimsoll::serving

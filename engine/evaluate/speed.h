// Rates of one placed scenario: the passes of a prompt and of an answer, simulated and averaged.
#pragma once

#include <map>
#include <optional>
#include <utility>
#include <vector>

#include "cost/cost_model.h"
#include "evaluate/outcome.h"
#include "evaluate/pass_simulation.h"
#include "lowering/operators.h"

namespace plimsoll {

using SinkTimes = std::map<std::pair<TimeSink, OperatorClass>, Seconds>;

// Time of something, how it splits, and how it depends on what is uncertain.
struct TimedWork {
  Seconds time;
  SinkTimes sinks;
  std::vector<Seconds> sensitivities;

  void add(const TimedWork& other, double weight);
  void add(const PassResult& pass, double weight);
  // Everything takes `factor` times as long: waiting that has no cause of its own.
  void stretch(double factor);
  // Standard deviation of log(time): parameters and the residual spread, in log space.
  double log_sigma(const CostModel& cost, double residual) const;
};

struct Rates {
  Estimate prefill_tokens_per_second;
  Estimate decode_tokens_per_second;      // per sequence
  Estimate throughput_tokens_per_second;  // over the batch and the replicas in service
  Estimate time_to_first_token_s;
  Estimate total_time_s;
};

// Times of a run, and the standard deviations of their logarithms; prompt and answer err
// independently.
struct RunTimes {
  Seconds prompt;  // until the first token of the answer, for all sequences
  Seconds answer;  // of the tokens after it
  Seconds step;    // the mean of them
  double prompt_sigma = 0.0;
  double step_sigma = 0.0;
};
Rates rates_of(const Scenario& scenario, const RunTimes& times);

struct Speed : Rates {
  TimedWork prefill;  // the whole prompt of all sequences
  TimedWork decode;   // the mean decoded token of the answer (one step of the batch)

  const Rates& rates() const { return *this; }
};

class SpeedModel {
 public:
  SpeedModel(const LoweringRequest& request, const RoofTable& roofs);

  Speed measure();
  // Only the mean decoded token, from one pass in the middle of the answer: for ranking
  // alternatives.
  TimedWork middle_token();

  CostModel& cost() { return cost_; }
  // One pass of a decode step: all sequences, or the part of them that is in a stage at once.
  OperatorGraph decode_graph(std::int64_t past) const;
  OperatorGraph prefill_graph() const;
  PassSimulator& simulator() { return simulator_; }
  std::int64_t middle() const;
  // The pass in the middle of the answer, which explanations look at; lowered once and kept.
  const OperatorGraph& middle_graph();
  // Passes of which a decode step consists: the parts of the sequences that a pipeline works on at
  // once.
  int parts_in_flight() const;

 private:
  TimedWork step(const OperatorGraph& pass);
  Seconds slowest_stage(const OperatorGraph& graph);
  TimedWork decode();
  TimedWork prefill();
  TimedWork overlapped_prefill();
  void add_chunks(std::int64_t first, std::int64_t count, TimedWork& sum);
  std::int64_t kinked_chunk() const;
  PassResult chunk(std::int64_t past, std::int64_t tokens, int sequences);

  const Scenario& scenario_;
  const Placement& placement_;
  Lowering lowering_;
  CostModel cost_;
  PassSimulator simulator_;
  std::optional<OperatorGraph> middle_graph_;
  bool pipelined_;  // several stages that work on successive chunks of a prompt
};

}  // namespace plimsoll

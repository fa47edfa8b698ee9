// Rates of one placed scenario: the passes of a prompt and of an answer, simulated and averaged.
#pragma once

#include <map>
#include <memory>
#include <optional>
#include <utility>
#include <vector>

#include "cost/cost_model.h"
#include "evaluate/outcome.h"
#include "evaluate/pass_simulation.h"
#include "evaluate/speculation.h"
#include "evaluate/uncertain_share.h"
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
  // `width`: what it has to become.
  double log_sigma(const CostModel& cost, double residual, const IntervalWidth& width = {}) const;
};

// What the stage with most work spends on a pass; with several parts of a batch in a pipeline, the
// time between two of them.
Seconds slowest_stage(const OperatorGraph& graph, const Placement& placement, CostModel& model);

// Boards that are held take the clocks at which they decode, in the middle of the answers.
void settle_clocks(const LoweringRequest& request, const Lowering& lowering, CostModel& cost);

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

// Of a sum over passes.
struct WeightedPass {
  Pass pass;
  double weight = 1.0;
};

// A pass with how often it runs for one token of each sequence.
struct WeightedGraph {
  OperatorGraph graph;
  double weight = 1.0;
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
  // What measure() averages over for the mean decoded token, and sums up for the prompt (as if
  // stages took turns).
  std::vector<WeightedPass> decode_passes() const;
  std::vector<WeightedPass> prefill_passes() const;
  const Lowering& lowering() const { return lowering_; }
  PassSimulator& simulator() { return simulator_; }
  std::int64_t middle() const;
  // What one token of each sequence in the middle of the answer takes: a pass, or with speculation
  // a share of the passes that draft and verify several.
  std::vector<WeightedGraph> middle_graphs() const { return token_graphs(decode_pass(middle())); }
  // The pass in the middle of the answer (the one that verifies, with speculation), which
  // explanations look at; lowered once and kept.
  const OperatorGraph& middle_graph();
  // Passes of which a decode step consists: the parts of the sequences that a pipeline works on at
  // once.
  int parts_in_flight() const;

 private:
  TimedWork step(const OperatorGraph& pass);
  TimedWork token(const Pass& pass);
  Seconds token_time(const Lowering& lowering, const Pass& pass);
  std::vector<WeightedGraph> token_graphs(const Pass& pass) const;
  std::vector<WeightedGraph> token_graphs(OperatorGraph own, const Pass& pass) const;
  void add_uncertain_savings(const Pass& pass, TimedWork& work);
  static void add_sensitivity(int parameter, Seconds derivative, TimedWork& work);
  TimedWork decode();
  TimedWork prefill();
  TimedWork overlapped_prefill();
  template <class Simulate>
  void add_batches(std::int64_t chunks, std::int64_t batch, Simulate simulate,
                   TimedWork& sum) const;
  Pass decode_pass(std::int64_t past) const;
  void add_chunks(std::int64_t first, std::int64_t count, std::vector<WeightedPass>& passes) const;
  std::int64_t kinked_chunk() const;

  const Scenario& scenario_;
  const Placement& placement_;
  Lowering lowering_;
  CostModel cost_;
  PassSimulator simulator_;
  std::optional<OperatorGraph> middle_graph_;
  std::unique_ptr<const Drafting> drafting_;  // null: no model drafts
  std::vector<std::unique_ptr<const UncertainShare>> uncertain_shares_;
  bool pipelined_;  // several stages that work on successive chunks of a prompt
};

}  // namespace plimsoll

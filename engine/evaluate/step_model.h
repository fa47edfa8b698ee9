// How long a step of a serving engine takes for a placed scenario, from few simulated passes: what
// the request-level loop asks for every step.
//
// Steps that only decode: the time of n sequences is tabulated at few n and mean contexts, linear
// between them in both. Steps with chunks of prompts: the time of a pass over as many rows without
// a past, plus what attention to the past of the chunks and to the contexts of the decoding
// sequences adds, each linear:
//
//   t = rows(p + n) + pairs * (pairs seen - pairs without a past) + contexts * (sum of contexts)
//
// Where attention is data parallel (expert_parallel) a prompt is one member's work: m prompts in a
// step keep m members busy, and the rows of such a pass are divided among so many sequences.
//
// Engines that run a step as several passes of limited rows (ServingSpec::pass_tokens) pay for each
// of them. A pipeline works on as many parts of a step as it has stages: the step takes as long as
// a part on its way through all stages, or as the slowest stage with all parts, whichever is more.
//
// The host chooses and sends every token that a step gives before it begins the next
// (ServingSpec::token_overhead, sampling).
//
// With speculation a step that decodes verifies the drafted tokens with one more of each sequence,
// after the passes that draft them; what drafts reads prompts, too.
//
// tests/evaluate/step_model_test.cc bounds the error against the full pass.
#pragma once

#include <algorithm>
#include <compare>
#include <cstdint>
#include <map>
#include <memory>
#include <vector>

#include "cost/cost_model.h"
#include "evaluate/pass_simulation.h"
#include "evaluate/speculation.h"
#include "evaluate/speed.h"
#include "lowering/operators.h"
#include "serving/step_model.h"

namespace plimsoll {

class PassStepModel : public serving::StepModel {
 public:
  PassStepModel(const LoweringRequest& request, const RoofTable& roofs);

  serving::Picoseconds mixed_step(const serving::StepLoad& load) const override;
  serving::DecodePiece decode_run(const serving::StepLoad& load) const override;

  // Passes simulated so far.
  int simulated() const { return simulated_; }

  // The step as a pass of its own, sequences of a kind taken as alike; and that pass in full, with
  // what it depends on, as the tables were made.
  Pass pass_of(const serving::StepLoad& load) const;
  TimedWork full(const Pass& pass) const;
  const CostModel& cost() const { return cost_; }
  // What all steps so far depend on, and what a request takes besides.
  std::vector<Parameter> parameters() const;

 private:
  // Of n sequences: knots over the sum of their contexts, the time there and its growth per token
  // after it.
  struct DecodeTable {
    std::vector<std::int64_t> contexts;
    std::vector<serving::Picoseconds> times;
    std::vector<serving::Picoseconds> growth;
  };
  // Of a step: those that members work on at once, and whether there are other sequences, too.
  struct Prompts {
    int sequences = 1;
    bool several_texts = false;
    auto operator<=>(const Prompts&) const = default;
  };
  // Of a pass over so many rows of each of several sequences.
  struct RowTimes {
    double alone = 0.0;     // ps, no past
    double per_pair = 0.0;  // ps for each pair of a query and a cell of the past
    double drafter = 0.0;   // ps that what drafts takes for as many rows of prompts
  };
  // What a stage of a pipeline has at once.
  struct Part {
    Pass pass;
    int count = 1;
  };
  struct DraftPass {
    OperatorGraph graph;
    int times = 1;
  };

  double time(const Pass& pass) const;  // ps
  Pass decode_pass(int sequences, std::int64_t mean_context) const;
  int answers_of(int tokens) const;
  int answers_of(const serving::StepLoad& load) const;  // the last token of every prompt, too
  bool verifies(const Pass& pass) const { return drafted_ > 0 && !pass.logits_of_last_only; }
  std::vector<DraftPass> drafts_before(const Pass& pass) const;
  Part part_of(const Pass& pass) const;
  // As many of them as there are stages, at once.
  TimedWork timed(const OperatorGraph& graph, int parts) const;
  // Without what drafts.
  TimedWork own(const Pass& pass) const;
  double drafting_time(int sequences) const;  // ps, in a step with prompts
  // Prompts that a step with so many of them works on at once.
  int prompts_at_once(int prompts) const { return std::clamp(prompts, 1, members_); }
  // (query, cell) pairs of so many rows of one sequence without a past, those of one pass.
  double own_pairs(std::int64_t rows) const;
  double decode_time(int sequences, std::int64_t mean_context) const;  // ps, at a tabulated number
  double between_sequences(int sequences, std::int64_t mean_context) const;
  const DecodeTable& decode_table(int sequences) const;
  const RowTimes& row_times(std::int64_t rows, const Prompts& prompts) const;
  RowTimes between_rows(std::int64_t rows, const Prompts& prompts) const;

  const Placement& placement_;
  std::int64_t pass_tokens_;
  int members_ = 1;  // that attend to sequences of their own
  int drafted_ = 0;  // tokens a step, 0: none
  bool one_step_ = false;
  Lowering lowering_;
  std::unique_ptr<const Drafting> drafting_;  // null: no model drafts
  mutable CostModel cost_;
  mutable PassSimulator simulator_;
  std::int64_t longest_;
  mutable std::map<std::pair<int, std::int64_t>, double> decode_times_;
  mutable std::map<int, DecodeTable> decode_tables_;
  mutable std::map<std::pair<std::int64_t, Prompts>, RowTimes> row_times_;
  mutable std::map<int, double> drafting_times_;
  mutable int simulated_ = 0;
};

}  // namespace plimsoll

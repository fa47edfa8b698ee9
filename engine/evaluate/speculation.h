// Speculative decoding: what a token costs when several are drafted and verified together.
//
//   tokens of a step = 1 + a + a^2 + … + a^k = (1 - a^(k+1)) / (1 - a)
//
// for k drafted tokens, each accepted with the chance a when all before it were; the pass that
// verifies adds one of its own (Leviathan, Kalman and Matias, 2023). A step is k passes of the
// draft over one token and one of the model over k + 1 tokens of each sequence, all with logits:
// the simulator's own passes, so that compute, attention and the distinct experts of those tokens
// count by themselves.
#pragma once

#include <cstdint>

#include "cost/cost_model.h"
#include "lowering/operators.h"

namespace plimsoll {

// Mean number of tokens that a step with `drafted` tokens yields; 0 <= acceptance <= 1.
double tokens_per_step(double acceptance, int drafted);
// Its derivative by the acceptance.
double tokens_per_step_slope(double acceptance, int drafted);

// What drafts, laid out beside a placed model. Costed with the same figures of devices and engine,
// so the model's cost model serves for both.
class Drafting {
 public:
  // The request speculates, and its draft is a model.
  explicit Drafting(const LoweringRequest& target);
  // Lowering points into this object.
  Drafting(const Drafting&) = delete;
  Drafting& operator=(const Drafting&) = delete;

  const Lowering& lowering() const { return lowering_; }

 private:
  Scenario scenario_;
  Placement placement_;
  Lowering lowering_;
};

// `first`, then `second` after its last operator.
void append(OperatorGraph& first, const OperatorGraph& second);

}  // namespace plimsoll

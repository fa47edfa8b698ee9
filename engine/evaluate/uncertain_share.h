// Shares of a scenario's savings that are known with an interval only: what a token's time does
// when such a share goes from one end to the other.
#pragma once

#include <memory>
#include <vector>

#include "cost/cost_model.h"
#include "lowering/operators.h"

namespace plimsoll {

// A placed scenario twice, with one share at either end of its interval.
class UncertainShare {
 public:
  enum class Of { skipped_tokens, active_neurons, exit_layers };

  // The request's savings have that share.
  UncertainShare(const LoweringRequest& request, Of of);
  // Lowerings point into this object.
  UncertainShare(const UncertainShare&) = delete;
  UncertainShare& operator=(const UncertainShare&) = delete;

  const Parameter& parameter() const { return parameter_; }
  const Lowering& low() const { return low_lowering_; }
  const Lowering& high() const { return high_lowering_; }
  // d log(time) / d log(share) between the two ends.
  double elasticity(Seconds low, Seconds high) const;

 private:
  StatedShare share_;
  Parameter parameter_;
  Scenario low_scenario_;
  Scenario high_scenario_;
  Lowering low_lowering_;
  Lowering high_lowering_;
};

// Those whose interval has a width.
std::vector<std::unique_ptr<const UncertainShare>> uncertain_shares(const LoweringRequest& request);

// Of the chance that a drafted token is accepted.
Parameter acceptance_parameter(const SpeculationSetup& speculation);

}  // namespace plimsoll

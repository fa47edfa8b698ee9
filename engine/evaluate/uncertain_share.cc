#include "evaluate/uncertain_share.h"

#include <cmath>

#include "base/estimate.h"
#include "base/quantity_text.h"

namespace plimsoll {

namespace {

using Of = UncertainShare::Of;

// `Savings`: SavingsSetup, constant or not.
template <class Savings>
auto& share_of(Savings& savings, Of of) {
  switch (of) {
    case Of::skipped_tokens:
      return savings.depths->skip;
    case Of::active_neurons:
      return savings.pruning->active;
    case Of::exit_layers:
      break;
  }
  return savings.early_exit->layers;
}

const char* name_of(Of of) {
  switch (of) {
    case Of::skipped_tokens:
      return "share of tokens that skip a layer";
    case Of::active_neurons:
      return "share of neurons that a token needs";
    case Of::exit_layers:
      break;
  }
  return "share of the layers that a token runs";
}

// Of a share's logarithm, from its 90 % interval; to first order, so that 0 may be an end.
double log_sigma_of(double value, double low, double high) {
  return value > 0.0 ? (high - low) / (2.0 * z90 * value) : 0.0;
}

Parameter share_parameter(const StatedShare& share, Of of) {
  return {.key = std::string("savings:") + name_of(of),
          .number = share.value,
          .what = name_of(of),
          .log_sigma = log_sigma_of(share.value, share.low, share.high),
          .from = {.status = FigureStatus::claimed,
                   .confidence = Confidence::medium,
                   .source = "the scenario",
                   .place = {}},
          .value = print_number(share.value, 3)};
}

Scenario with_share(const Scenario& scenario, Of of, double value) {
  Scenario changed = scenario;
  share_of(changed.savings, of).value = value;
  return changed;
}

LoweringRequest asking(LoweringRequest request, const Scenario& scenario) {
  request.scenario = &scenario;
  return request;
}

}  // namespace

UncertainShare::UncertainShare(const LoweringRequest& request, Of of)
    : share_(share_of(request.scenario->savings, of)),
      parameter_(share_parameter(share_, of)),
      low_scenario_(with_share(*request.scenario, of, share_.low)),
      high_scenario_(with_share(*request.scenario, of, share_.high)),
      low_lowering_(asking(request, low_scenario_)),
      high_lowering_(asking(request, high_scenario_)) {}

double UncertainShare::elasticity(Seconds low, Seconds high) const {
  return std::log(high / low) * share_.value / (share_.high - share_.low);
}

std::vector<std::unique_ptr<const UncertainShare>> uncertain_shares(
    const LoweringRequest& request) {
  std::vector<std::unique_ptr<const UncertainShare>> shares;
  const SavingsSetup& savings = request.scenario->savings;
  const auto add = [&](const StatedShare& share, Of of) {
    if (share.low < share.high && share.value > 0.0)
      shares.push_back(std::make_unique<const UncertainShare>(request, of));
  };
  if (savings.depths) add(savings.depths->skip, Of::skipped_tokens);
  if (savings.pruning) add(savings.pruning->active, Of::active_neurons);
  if (savings.early_exit) add(savings.early_exit->layers, Of::exit_layers);
  return shares;
}

Parameter acceptance_parameter(const SpeculationSetup& speculation) {
  const Figure<double>& a = speculation.acceptance;
  const double sigma =
      a.low && a.high ? log_sigma_of(a.value, *a.low, *a.high) : log_sigma_of(a.value, 0.0, 0.0);
  return {.key = "savings:acceptance",
          .number = a.value,
          .what = "chance that a drafted token is accepted, " + speculation.name,
          .log_sigma = sigma,
          .from = a.from,
          .value = print_number(a.value, 3)};
}

}  // namespace plimsoll

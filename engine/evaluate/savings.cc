#include "evaluate/savings.h"

#include <cmath>
#include <map>

#include "base/quantity_text.h"

namespace plimsoll {

namespace {

constexpr const char* depth_warning =
    "skipped layers change the answers of a model that was not trained to skip them";
constexpr const char* pruning_warning =
    "neurons left out change the answers; published runs keep them for ReLU models, SwiGLU models "
    "lose quality";
constexpr const char* exit_warning =
    "a model that was not trained to leave early gives other answers";

std::string percent(double share) {
  return print_number(100.0 * share, 3) + " %";
}

// The logarithm of `without` over `with`, and its deviation: what both depend on alike cancels.
Estimate ratio(const TimedWork& with, SpeedModel& with_model, const TimedWork& without,
               SpeedModel& without_model) {
  std::map<std::string, double> deviations;  // by parameter
  const auto add = [&](const TimedWork& work, SpeedModel& model, double sign) {
    const std::vector<Parameter>& parameters = model.cost().parameters();
    for (std::size_t i = 0; i < work.sensitivities.size(); ++i)
      deviations[parameters[i].key] +=
          sign * work.sensitivities[i] / work.time * parameters[i].log_sigma;
  };
  add(without, without_model, 1.0);
  add(with, with_model, -1.0);
  double variance = 0.0;
  for (const auto& [key, deviation] : deviations) variance += deviation * deviation;
  return log_normal(without.time / with.time, std::sqrt(variance));
}

class SavingExplainer {
 public:
  SavingExplainer(const Prepared& prepared, SpeedModel& model, const RoofTable& roofs)
      : prepared_(prepared), model_(model), roofs_(roofs), with_(model.middle_token()) {}

  std::vector<SavingOutcome> run() {
    const SavingsSetup& savings = prepared_.scenario.savings;
    if (savings.speculation) speculation(*savings.speculation);
    if (savings.depths)
      add("mixture of depths",
          percent(savings.depths->skip.value) + " of the tokens skip each of " +
              percent(savings.depths->layers) + " of the layers",
          depth_warning, [](SavingsSetup& without) { without.depths.reset(); });
    if (savings.pruning)
      add("pruning of neurons",
          percent(savings.pruning->active.value) + " of an FFN's neurons for each token" +
              predictor(*savings.pruning),
          pruning_warning, [](SavingsSetup& without) { without.pruning.reset(); });
    if (savings.early_exit)
      add("early exit",
          percent(savings.early_exit->layers.value) + " of the layers for each token on average",
          exit_warning, [](SavingsSetup& without) { without.early_exit.reset(); });
    return std::move(outcomes_);
  }

 private:
  static std::string predictor(const PruningSetup& pruning) {
    return pruning.predictor_rank > 0
               ? ", named by a predictor of rank " + std::to_string(pruning.predictor_rank)
               : ", which cost nothing to name";
  }

  void speculation(const SpeculationSetup& speculation) {
    const Figure<double>& a = speculation.acceptance;
    const int k = speculation.tokens;
    add("speculative decoding",
        speculation.name + ", " + std::to_string(k) + (k == 1 ? " token" : " tokens") +
            " drafted, each accepted with a chance of " + print_number(a.value, 3),
        "", [](SavingsSetup& without) { without.speculation.reset(); });
    const auto tokens = [k](double acceptance) { return tokens_per_step(acceptance, k); };
    outcomes_.back().tokens_per_step = Estimate{tokens(a.value), tokens(a.low.value_or(a.value)),
                                                tokens(a.high.value_or(a.value))};
  }

  template <class Remove>
  void add(const char* saving, std::string setting, const char* warning, Remove remove) {
    Scenario scenario = prepared_.scenario;
    remove(scenario.savings);
    LoweringRequest request = prepared_.lowering_request();
    request.scenario = &scenario;
    if (!scenario.savings.speculation) request.draft = nullptr;
    SpeedModel plain(request, roofs_);
    const TimedWork without = plain.middle_token();
    outcomes_.push_back({.saving = saving,
                         .setting = std::move(setting),
                         .decode_factor = ratio(with_, model_, without, plain),
                         .tokens_per_step = {},
                         .warning = warning});
  }

  const Prepared& prepared_;
  SpeedModel& model_;
  const RoofTable& roofs_;
  TimedWork with_;
  std::vector<SavingOutcome> outcomes_;
};

}  // namespace

std::vector<SavingOutcome> explain_savings(const Prepared& prepared, SpeedModel& model,
                                           const RoofTable& roofs) {
  if (!prepared.scenario.savings.any()) return {};
  return SavingExplainer(prepared, model, roofs).run();
}

}  // namespace plimsoll

// The `savings` section of a scenario: ways to get a token with less work than one whole pass of
// the model. Keys in doc/formats.md, physics in doc/cost-model.md.
#pragma once

#include <optional>
#include <string>

#include "catalog/model_spec.h"
#include "catalog/quantization_spec.h"
#include "catalog/speculation_spec.h"
#include "scenario/given.h"

namespace plimsoll {

// A share with the 90 % interval it is known to; low == value == high where it is given as it is.
struct StatedShare {
  double value = 0.0;
  double low = 0.0;
  double high = 0.0;
};

// What the user wrote.
struct SavingsSection {
  Given<std::string> draft;               // speculative.draft: a model, or mtp, eagle or ngram
  Given<std::string> draft_quantization;  // speculative.quantization, of a model
  Given<int> draft_tokens;                // speculative.tokens
  Given<StatedShare> acceptance;          // speculative.acceptance
  Given<StatedShare> skipped_tokens;      // mixture_of_depths.skip
  Given<double> routed_layers;            // mixture_of_depths.layers
  Given<StatedShare> active_neurons;      // pruning.active
  Given<int> predictor_rank;              // pruning.predictor_rank
  Given<StatedShare> exit_layers;         // early_exit.layers
};

// Speculative decoding (Leviathan, Kalman and Matias, 2023): `tokens` are drafted one after
// another, then one pass of the model verifies all of them and adds one of its own.
struct SpeculationSetup {
  DraftKind kind = DraftKind::model;
  std::string name;                // "Qwen3-0.6B", "MTP module", "EAGLE layer", "n-gram look-up"
  std::optional<ModelSpec> model;  // what drafts; nothing for n-grams
  const QuantizationSpec* quantization = nullptr;  // of it; null: the scenario's
  // A module on top of the model's own embedding and head, which it does not hold again.
  bool shares_embedding = false;
  int tokens = 1;
  Figure<double> acceptance;  // chance that a drafted token is accepted when all before it were
};

// Mixture of depths (Raposo et al., 2024): in `layers` of the layers, evenly spaced, a token is
// passed on unchanged with the chance `skip`, and leaves no keys and values there.
struct DepthSetup {
  StatedShare skip;
  double layers = 0.5;
};

// Contextual sparsity (Liu et al., 2023, Deja Vu; Song et al., 2023, PowerInfer): a token needs the
// share `active` of an FFN's neurons, which a predictor of two matrices (hidden x rank, rank x
// neurons) names.
struct PruningSetup {
  StatedShare active;
  int predictor_rank = 0;  // 0: nothing predicts
  const FormatSpec* predictor_format = nullptr;
};

// Early exit (Schuster et al., 2022, CALM): a token leaves after the share `layers` of the layers
// on average; the layers it does not run get its keys and values from the state it left with.
struct ExitSetup {
  StatedShare layers;
};

struct SavingsSetup {
  std::optional<SpeculationSetup> speculation;
  std::optional<DepthSetup> depths;
  std::optional<PruningSetup> pruning;
  std::optional<ExitSetup> early_exit;

  bool any() const { return speculation || depths || pruning || early_exit; }
};

// Whether tokens may skip that layer.
bool routes_tokens(const DepthSetup& depths, int layer);

// Of the tokens of a sequence, those that leave keys and values in that layer.
double cached_share(const SavingsSetup& savings, int layer);

// The draft that a model of its own architecture makes: its last layer with full attention, behind
// a projection that joins a hidden state and an embedding. `dense`: with a dense FFN whatever the
// layer has.
ModelSpec drafting_module(const ModelSpec& model, bool dense);

}  // namespace plimsoll

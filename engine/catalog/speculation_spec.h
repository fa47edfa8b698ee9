// Speculative decoding as data: what an engine can draft with, and how often drafts of each kind
// are accepted.
#pragma once

#include <map>
#include <string>
#include <vector>

#include "catalog/figure.h"

namespace plimsoll {

// What proposes the tokens that the model then verifies.
enum class DraftKind {
  model,  // a smaller model of the same vocabulary
  mtp,    // the multi-token prediction module that the model was trained with
  eagle,  // one decoder layer trained afterwards on the model's hidden states (EAGLE)
  ngram,  // a look-up of what followed the same few tokens before
};

// Key speculative of an engine; no drafts: it does not speculate.
struct SpeculationSpec {
  std::vector<DraftKind> drafts;
  // Drafting and verification are one step of the engine's scheduler, which prepares and
  // synchronises once; else every draft pass is a step of its own (key one_step).
  bool one_step = false;
  std::string source;
};

// hwdb/speculation.yaml: the chance that a drafted token is accepted when all before it were.
struct SpeculationTable {
  std::map<DraftKind, Figure<double>> acceptance;
};

}  // namespace plimsoll

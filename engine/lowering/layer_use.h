// How much of a pass a layer does where tokens may skip layers or leave early, and how much of an
// FFN where only some of its neurons are computed. Expectations over tokens that decide
// independently of each other.
#pragma once

#include "scenario/savings.h"

namespace plimsoll {

struct LayerUse {
  double runs = 1.0;    // chance that any token of the pass runs the layer
  double share = 1.0;   // of the pass's tokens, when any does
  double cached = 1.0;  // of the tokens before, those that left keys and values in it
};

// `tokens` of the whole pass. Tokens of a prompt do not leave early (`decoding`: it is none).
LayerUse layer_use(const SavingsSetup& savings, int layer, int layers, double tokens,
                   bool decoding);

// Of the layers' range [from, to] (0: before the first, 1: after the last), the share that a token
// runs on average when it leaves after the share `mean` of all layers on average. Where it leaves
// is distributed as evenly as that mean allows, with the density exp(rate x) on [0, 1]: the
// distribution of maximum entropy (Jaynes, 1957).
double share_before_exit(double mean, double from, double to);

// Share of an FFN's neurons that any of `tokens` needs, of which each needs the share `active`.
double distinct_neurons(double active, double tokens);

}  // namespace plimsoll

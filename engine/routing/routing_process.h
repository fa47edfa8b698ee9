// Which experts a mixture of experts uses, token after token: a stochastic process per layer.
//
// Each layer has a popularity distribution over its experts (Zipf's law with exponent `skew`, in an
// order of its own), and reuses: each of a token's experts is, with probability `reuse`, a copy of
// one that this layer chose a little earlier (the age geometrically distributed with mean `memory`
// tokens, then one of that token's experts at random), otherwise a fresh draw by popularity. An
// expert that the token already has is drawn again, from the choice between copy and fresh draw on.
// Copying leaves the popularity as it is, but for the repetitions that are excluded.
//
// Layers are independent of each other: measurements find next to no relation between neighbours.
#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "base/rng.h"
#include "routing/alias_table.h"

namespace plimsoll {

struct RoutingParameters {
  double skew = 0.0;    // 0 to 8; 0: all experts alike
  double reuse = 0.0;   // [0, 1)
  double memory = 1.0;  // 1 to 1000, tokens
};

struct RoutingShape {
  int layers = 0;     // with routed experts
  int experts = 0;    // of each, up to 65,536
  int per_token = 0;  // <= experts

  friend bool operator==(const RoutingShape&, const RoutingShape&) = default;
};

class RoutingProcess {
 public:
  // The first token comes in the steady state, as if a text had been going on before it. Another
  // seed is another text: the order of popularity changes with it. Sequences of one seed share that
  // order and draw for themselves, as those of a batch. Throws std::invalid_argument outside the
  // ranges above.
  RoutingProcess(const RoutingParameters& parameters, const RoutingShape& shape, std::uint64_t seed,
                 int sequence = 0);

  // The experts of the next token: layers x per_token, layer by layer, distinct within a layer, in
  // the order drawn. Valid until the next call. O(layers x per_token) expected.
  std::span<const std::uint16_t> next_token();

  const RoutingShape& shape() const { return shape_; }
  // Of a layer's experts, the most popular first.
  std::span<const std::uint16_t> by_popularity(int layer) const;
  // Probability of the expert with that rank in a fresh draw.
  std::span<const double> probabilities() const { return probabilities_; }

 private:
  std::size_t token_size() const;
  void order_experts();
  std::uint16_t fresh(std::size_t layer);
  // Nothing from before the beginning.
  const std::uint16_t* earlier(std::size_t layer);
  std::uint16_t draw(std::size_t layer);
  void choose(std::size_t layer, std::span<std::uint16_t> chosen);

  RoutingShape shape_;
  RoutingParameters parameters_;
  std::vector<double> probabilities_;
  AliasTable ranks_;
  AliasTable ages_;  // less one
  Rng rng_;
  std::vector<std::uint16_t> order_;    // layers x experts
  std::vector<std::uint16_t> history_;  // a ring of tokens
  std::size_t remembered_ = 0;          // tokens that the ring holds, a power of two
  std::int64_t tokens_ = 0;             // drawn so far, the lead-in included
};

}  // namespace plimsoll

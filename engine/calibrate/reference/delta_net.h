// One step of the gated delta rule (Yang, Kautz and Hatamizadeh 2024, "Gated Delta Networks").
#pragma once

#include <cstdint>
#include <span>

#include "calibrate/reference/comparison.h"

namespace plimsoll::calibrate::reference {

struct DeltaNetShape {
  std::int64_t key_heads = 0;  // value head h reads key head h / (value_heads / key_heads)
  std::int64_t value_heads = 0;
  std::int64_t key_dim = 0;
  std::int64_t value_dim = 0;
};

struct DeltaNetInput {
  std::span<const double> query;  // [key_heads][key_dim]
  std::span<const double> key;    // [key_heads][key_dim]
  std::span<const double> value;  // [value_heads][value_dim]
  std::span<const double> decay;  // [value_heads]: exp of the log decay, within (0, 1]
  std::span<const double> beta;   // [value_heads]: the step of the delta rule, within [0, 1]
  std::span<const double> state;  // [value_heads][value_dim][key_dim]
};

struct DeltaNetStep {
  Expected output;  // [value_heads][value_dim]
  Expected state;   // as it went in
};

// S = decay S; S = S + beta (v - S k) k^T; output = S q / sqrt(key_dim).
DeltaNetStep delta_net_step(const DeltaNetShape& shape, const DeltaNetInput& input);

}  // namespace plimsoll::calibrate::reference

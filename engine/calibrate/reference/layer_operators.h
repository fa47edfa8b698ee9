// The small operators between matrix products.
#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "calibrate/reference/comparison.h"

namespace plimsoll::calibrate::reference {

// out[i] = gate[i] / (1 + exp(-gate[i])) * up[i].
Expected swiglu(std::span<const double> gate, std::span<const double> up);

// out[i] = x[i] / sqrt(mean(x^2) + epsilon) * weight[i].
Expected rms_norm(std::span<const double> x, std::span<const double> weight, double epsilon);

// Which elements of a head turn together: i and i + head_dim / 2 (GPT-NeoX, Llama in Hugging Face's
// layout), or 2 i and 2 i + 1 (GPT-J, Llama in Meta's and ggml's).
enum class RopePairs { halves, neighbours };

// Every head of x turned by the angles position * base^(-2 i / head_dim) of its pairs i.
Expected rope(std::span<const double> x, std::int64_t head_dim, std::int64_t position, double base,
              RopePairs pairs);

struct Route {
  std::int64_t expert;
  double weight;
};

// The softmax over all experts, its `count` largest in falling order, their weights scaled to sum
// to 1 when `renormalize`.
std::vector<Route> route(std::span<const double> logits, std::int64_t count, bool renormalize);

// out[i] = residual[i] + sum over e of weights[e] * outputs[e][i]; outputs one after another.
Expected combine(std::span<const double> residual, std::span<const double> outputs,
                 std::span<const double> weights);

}  // namespace plimsoll::calibrate::reference

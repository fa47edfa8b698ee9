#include "calibrate/reference/delta_net.h"

#include <cmath>

namespace plimsoll::calibrate::reference {
namespace {

// One row of the state: the memory of one value element.
struct Row {
  std::span<const double> query;
  std::span<const double> key;
  double value;
  double decay;
  double beta;
  std::span<const double> state;
};

void append_row(const Row& row, DeltaNetStep& step) {
  double recalled = 0.0;
  double recalled_magnitude = 0.0;
  for (std::size_t i = 0; i < row.key.size(); ++i) {
    const double term = row.decay * row.state[i] * row.key[i];
    recalled += term;
    recalled_magnitude += std::abs(term);
  }
  const double delta = row.beta * (row.value - recalled);
  const double delta_magnitude = row.beta * (std::abs(row.value) + recalled_magnitude);
  const double scale = 1.0 / std::sqrt(static_cast<double>(row.key.size()));
  double output = 0.0;
  double output_magnitude = 0.0;
  for (std::size_t i = 0; i < row.key.size(); ++i) {
    const double kept = row.decay * row.state[i];
    const double state = kept + delta * row.key[i];
    const double magnitude = std::abs(kept) + delta_magnitude * std::abs(row.key[i]);
    step.state.values.push_back(state);
    step.state.magnitudes.push_back(magnitude);
    output += scale * state * row.query[i];
    output_magnitude += scale * magnitude * std::abs(row.query[i]);
  }
  step.output.values.push_back(output);
  step.output.magnitudes.push_back(output_magnitude);
}

}  // namespace

DeltaNetStep delta_net_step(const DeltaNetShape& shape, const DeltaNetInput& input) {
  const auto key_dim = static_cast<std::size_t>(shape.key_dim);
  const auto value_dim = static_cast<std::size_t>(shape.value_dim);
  const auto ratio = static_cast<std::size_t>(shape.value_heads / shape.key_heads);
  DeltaNetStep step;
  for (std::size_t head = 0; head < static_cast<std::size_t>(shape.value_heads); ++head) {
    const std::size_t key_at = head / ratio * key_dim;
    for (std::size_t row = head * value_dim; row < (head + 1) * value_dim; ++row) {
      append_row({.query = input.query.subspan(key_at, key_dim),
                  .key = input.key.subspan(key_at, key_dim),
                  .value = input.value[row],
                  .decay = input.decay[head],
                  .beta = input.beta[head],
                  .state = input.state.subspan(row * key_dim, key_dim)},
                 step);
    }
  }
  return step;
}

}  // namespace plimsoll::calibrate::reference

#include "calibrate/reference/matrix_vector.h"

#include <cmath>

namespace plimsoll::calibrate::reference {
namespace {

void set_dot_product(std::span<const double> weights, std::span<const double> x, std::size_t at,
                     Expected& y) {
  for (std::size_t column = 0; column < weights.size(); ++column) {
    const double product = weights[column] * x[column];
    y.values[at] += product;
    y.magnitudes[at] += std::abs(product);
  }
}

Expected zeros(std::size_t count) {
  return {.values = std::vector<double>(count), .magnitudes = std::vector<double>(count)};
}

}  // namespace

Expected matrix_vector(const WeightMatrix& weights, std::span<const double> x) {
  return matrix_matrix(weights, x);
}

Expected matrix_matrix(const WeightMatrix& weights, std::span<const double> x) {
  const auto rows = static_cast<std::size_t>(weights.rows);
  const auto columns = static_cast<std::size_t>(weights.columns);
  const std::size_t tokens = x.size() / columns;
  Expected y = zeros(tokens * rows);
  for (std::size_t row = 0; row < rows; ++row) {
    const std::vector<double> decoded = decode_row(weights, static_cast<std::int64_t>(row));
    for (std::size_t token = 0; token < tokens; ++token) {
      set_dot_product(decoded, x.subspan(token * columns, columns), token * rows + row, y);
    }
  }
  return y;
}

Expected grouped_matrix_matrix(std::span<const WeightMatrix> experts, std::span<const double> x,
                               std::span<const int> expert_of) {
  Expected y;
  for (std::size_t token = 0; token < expert_of.size(); ++token) {
    const WeightMatrix& weights = experts[static_cast<std::size_t>(expert_of[token])];
    const auto columns = static_cast<std::size_t>(weights.columns);
    const Expected one = matrix_vector(weights, x.subspan(token * columns, columns));
    y.values.insert(y.values.end(), one.values.begin(), one.values.end());
    y.magnitudes.insert(y.magnitudes.end(), one.magnitudes.begin(), one.magnitudes.end());
  }
  return y;
}

}  // namespace plimsoll::calibrate::reference

// Products of packed weights with activations.
#pragma once

#include <cstdint>
#include <span>

#include "calibrate/reference/comparison.h"
#include "calibrate/reference/weights.h"

namespace plimsoll::calibrate::reference {

// y[row] = sum over columns of W[row][column] x[column].
Expected matrix_vector(const WeightMatrix& weights, std::span<const double> x);

// y[token][row] = sum over columns of W[row][column] x[token][column].
Expected matrix_matrix(const WeightMatrix& weights, std::span<const double> x);

// As matrix_matrix, token t by the weights of its expert: experts[expert_of[t]].
Expected grouped_matrix_matrix(std::span<const WeightMatrix> experts, std::span<const double> x,
                               std::span<const int> expert_of);

}  // namespace plimsoll::calibrate::reference

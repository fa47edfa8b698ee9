// Packed weights in memory near the threads that read them, several times over.
#pragma once

#include "calibrate/cpu/cpu_kernel.h"
#include "calibrate/reference/weights.h"

namespace plimsoll::calibrate::cpu {

// Buffers of activations in the form that one format's products take.
class ActivationBuffers {
 public:
  ActivationBuffers(WeightFormat format, std::int64_t columns, std::int64_t tokens);

  // From token `token` on.
  PreparedActivations from(std::int64_t token);

 private:
  std::int64_t columns_;
  std::int64_t per_scale_;
  std::int64_t per_sum_;
  std::vector<float> values_;
  std::vector<std::int8_t> codes_;
  std::vector<float> scales_;
  std::vector<std::int32_t> offsets_;
  std::vector<std::int16_t> sums_;
  std::vector<float> run_scales_;
  std::vector<std::int32_t> run_starts_;
  std::vector<float> run_minima_;
};

// Row r of every turn is row r mod pattern.rows of the pattern. Rows are first touched by the
// threads that share_of(rows, ..., step) gives them to.
class RotatedWeights {
 public:
  RotatedWeights(const Team& team, const reference::WeightMatrix& pattern, std::int64_t rows,
                 int turns, std::int64_t step);

  WeightRows turn(int turn) const;

 private:
  std::int64_t columns_;
  std::int64_t group_;
  std::int64_t row_bytes_;
  std::int64_t row_groups_;  // 0: not affine
  std::int64_t codes_stride_;
  std::int64_t groups_stride_;
  Buffer<std::uint8_t> codes_;
  Buffer<std::uint16_t> scales_;
  Buffer<std::uint16_t> biases_;
};

// Packed random rows, a prime number of them: no power-of-two slip of an address goes unseen.
reference::WeightMatrix random_pattern(WeightFormat format, std::int64_t columns);

}  // namespace plimsoll::calibrate::cpu

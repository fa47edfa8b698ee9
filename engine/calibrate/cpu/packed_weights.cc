#include "calibrate/cpu/packed_weights.h"

#include <cstring>

#include "base/ceil_div.h"

namespace plimsoll::calibrate::cpu {
namespace {

constexpr std::int64_t page = 4096;

std::size_t size(std::int64_t count) {
  return static_cast<std::size_t>(count);
}

template <typename T>
void copy_row(const std::vector<T>& pattern, std::int64_t pattern_row, std::int64_t row_values,
              T* to) {
  std::memcpy(to, pattern.data() + pattern_row * row_values, size(row_values) * sizeof(T));
}

}  // namespace

ActivationBuffers::ActivationBuffers(WeightFormat format, std::int64_t columns, std::int64_t tokens)
    : columns_(columns),
      per_scale_(reference::activations_for(format) == reference::ActivationFormat::q8_k ? 256
                                                                                         : 32),
      per_sum_(format == WeightFormat::q6_k ? 16 : 32),
      values_(size(columns * tokens)),
      codes_(size(columns * tokens)),
      scales_(size(columns / per_scale_ * tokens)),
      offsets_(size(columns / 32 * tokens)),
      sums_(size(columns / per_sum_ * tokens)),
      run_scales_(sums_.size()),
      run_starts_(sums_.size()),
      run_minima_(sums_.size()) {}

PreparedActivations ActivationBuffers::from(std::int64_t token) {
  return {.columns = columns_,
          .values = values_.data() + token * columns_,
          .codes = codes_.data() + token * columns_,
          .scales = scales_.data() + token * (columns_ / per_scale_),
          .offsets = offsets_.data() + token * (columns_ / 32),
          .sums = sums_.data() + token * (columns_ / per_sum_),
          .run_scales = run_scales_.data() + token * (columns_ / per_sum_),
          .run_starts = run_starts_.data() + token * (columns_ / per_sum_),
          .run_minima = run_minima_.data() + token * (columns_ / per_sum_)};
}

std::uint8_t* panel_memory(std::int64_t bytes) {
  constexpr std::size_t line = 64;
  thread_local std::vector<std::uint8_t> memory;
  if (memory.size() < size(bytes) + line) memory.resize(size(bytes) + line);
  const auto address = reinterpret_cast<std::uintptr_t>(memory.data());
  return memory.data() + (line - address % line) % line;
}

// The prefetches of a tile reach one tile beyond the end; they touch nothing.
RotatedWeights::RotatedWeights(const Team& team, const reference::WeightMatrix& pattern,
                               std::int64_t rows, int turns, std::int64_t step)
    : columns_(pattern.columns),
      group_(pattern.group),
      row_bytes_(pattern.row_bytes()),
      row_groups_(reference::is_affine(pattern.format) ? columns_ / group_ : 0),
      codes_stride_(round_up(rows * row_bytes_, page)),
      groups_stride_(round_up(rows * row_groups_, page)) {
  codes_ = Buffer<std::uint8_t>(*team.topology, size(codes_stride_ * turns), team.node);
  if (row_groups_ > 0) {
    scales_ = Buffer<std::uint16_t>(*team.topology, size(groups_stride_ * turns), team.node);
    biases_ = Buffer<std::uint16_t>(*team.topology, size(groups_stride_ * turns), team.node);
  }
  team.pool->run([&](int thread) {
    const Share share = share_of(rows, thread, team.pool->threads(), step);
    for (int turn = 0; turn < turns; ++turn) {
      for (std::int64_t row = share.first; row < share.last; ++row) {
        const std::int64_t from = row % pattern.rows;
        copy_row(pattern.codes, from, row_bytes_,
                 codes_.data() + turn * codes_stride_ + row * row_bytes_);
        if (row_groups_ == 0) continue;
        const std::int64_t groups_at = turn * groups_stride_ + row * row_groups_;
        copy_row(pattern.scales, from, row_groups_, scales_.data() + groups_at);
        copy_row(pattern.biases, from, row_groups_, biases_.data() + groups_at);
      }
    }
  });
}

WeightRows RotatedWeights::turn(int turn) const {
  const bool affine = row_groups_ > 0;
  return {.codes = codes_.data() + turn * codes_stride_,
          .scales = affine ? scales_.data() + turn * groups_stride_ : nullptr,
          .biases = affine ? biases_.data() + turn * groups_stride_ : nullptr,
          .columns = columns_,
          .row_bytes = row_bytes_,
          .group = group_};
}

reference::WeightMatrix random_pattern(WeightFormat format, std::int64_t columns) {
  constexpr std::int64_t rows = 61;
  return reference::pack(format, rows, columns,
                         random_floats(rows * columns, std::string(reference::name_of(format))));
}

}  // namespace plimsoll::calibrate::cpu

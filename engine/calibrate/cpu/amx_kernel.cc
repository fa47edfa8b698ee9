#include "calibrate/cpu/amx_product.h"
#include "calibrate/cpu/cpu_kernel.h"
#include "calibrate/cpu/packed_weights.h"
#include "calibrate/kernel_failure.h"
#include "calibrate/reference/floating_point.h"
#include "calibrate/reference/matrix_vector.h"

namespace plimsoll::calibrate::cpu {
namespace {

// bf16 weights as they lie in memory, times tokens rounded to bf16 in every launch.
class AmxKernel : public CpuKernel {
 public:
  AmxKernel(const Team& team, const KernelCase& kernel_case)
      : CpuKernel(team, kernel_case),
        unit_(amx_unit()),
        tokens_(shape("m")),
        rows_(shape("n")),
        columns_(shape("k")),
        pattern_(random_pattern(WeightFormat::bf16, columns_)),
        weights_(team, pattern_, rows_, turns_for(2 * rows_ * columns_), amx_block),
        x_(random_floats(tokens_ * columns_, "amx")),
        packed_(columns_, tokens_),
        y_(static_cast<std::size_t>(tokens_ * rows_)) {
    if (unit_ == nullptr) throw KernelFailure("the processor has no tile registers for bf16");
  }

 private:
  void launch(int turn) override {
    const WeightRows weights = weights_.turn(turn);
    const int threads = team().pool->threads();
    team().pool->run([&](int thread) {
      pack(share_of(tokens_, thread, threads));
      team().pool->barrier();
      const Share rows = share_of(rows_, thread, threads, amx_block);
      multiply_tiles(*unit_, packed_,
                     {.weights = weights.codes,
                      .rows = rows_,
                      .first = rows.first,
                      .last = rows.last,
                      .tokens = tokens_,
                      .y = y_.data()});
    });
  }

  void pack(Share tokens) {
    for (std::int64_t token = tokens.first; token < tokens.last; ++token) {
      for (std::int64_t column = 0; column < columns_; ++column) {
        const float value = x_[static_cast<std::size_t>(token * columns_ + column)];
        packed_.set(token, column, reference::bf16_bits(value));
      }
    }
  }

  KernelCheck compare() override {
    std::vector<double> seen;
    for (const float value : x_) {
      seen.push_back(reference::bf16_value(reference::bf16_bits(value)));
    }
    const reference::Expected of_pattern = reference::matrix_matrix(pattern_, seen);
    reference::Expected expected;
    for (std::int64_t at = 0; at < tokens_ * rows_; ++at) {
      const auto from =
          static_cast<std::size_t>(at / rows_ * pattern_.rows + at % rows_ % pattern_.rows);
      expected.values.push_back(of_pattern.values[from]);
      expected.magnitudes.push_back(of_pattern.magnitudes[from]);
    }
    return reference::compare(y_, expected, reference::allowed_error(columns_));
  }

  const TileUnit* unit_;
  std::int64_t tokens_;
  std::int64_t rows_;
  std::int64_t columns_;
  reference::WeightMatrix pattern_;
  RotatedWeights weights_;
  std::vector<float> x_;
  PackedTokens packed_;
  std::vector<float> y_;
};

}  // namespace

std::unique_ptr<Kernel> make_amx_product(const Team& team, const KernelCase& of) {
  return std::make_unique<AmxKernel>(team, of);
}

}  // namespace plimsoll::calibrate::cpu

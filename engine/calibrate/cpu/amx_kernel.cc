#include "calibrate/cpu/amx_byte_product.h"
#include "calibrate/cpu/amx_product.h"
#include "calibrate/cpu/cpu_kernel.h"
#include "calibrate/cpu/packed_weights.h"
#include "calibrate/kernel_failure.h"
#include "calibrate/reference/floating_point.h"
#include "calibrate/reference/matrix_vector.h"

namespace plimsoll::calibrate::cpu {
namespace {

// What the kernels on tile registers share: weights as they lie in memory, times tokens that every
// launch brings into the registers' order, each thread some of them.
class TileKernel : public CpuKernel {
 public:
  TileKernel(const Team& team, const KernelCase& kernel_case, WeightFormat format)
      : CpuKernel(team, kernel_case),
        tokens_(shape("m")),
        rows_(shape("n")),
        columns_(shape("k")),
        pattern_(random_pattern(format, columns_)),
        weights_(team, pattern_, rows_, turns_for(rows_ * pattern_.row_bytes()), amx_block),
        x_(random_floats(tokens_ * columns_, "amx")),
        y_(static_cast<std::size_t>(tokens_ * rows_)) {}

 protected:
  virtual void pack(Share tokens) = 0;
  virtual void multiply(const TileProduct& product) = 0;
  // What the products see of x().
  virtual std::vector<double> seen() const = 0;

  std::int64_t tokens() const { return tokens_; }
  std::int64_t columns() const { return columns_; }
  const std::vector<float>& x() const { return x_; }

 private:
  void launch(int turn) override {
    const WeightRows weights = weights_.turn(turn);
    const int threads = team().pool->threads();
    deal_out(rows_, amx_block);
    team().pool->run([&](int thread) {
      pack(share_of(tokens_, thread, threads));
      team().pool->barrier();
      take_shares(thread, [&](Share rows) {
        multiply({.weights = weights.codes,
                  .rows = rows_,
                  .first = rows.first,
                  .last = rows.last,
                  .tokens = tokens_,
                  .y = y_.data()});
      });
    });
  }

  KernelCheck compare() override {
    const reference::Expected of_pattern = reference::matrix_matrix(pattern_, seen());
    reference::Expected expected;
    for (std::int64_t at = 0; at < tokens_ * rows_; ++at) {
      const auto from =
          static_cast<std::size_t>(at / rows_ * pattern_.rows + at % rows_ % pattern_.rows);
      expected.values.push_back(of_pattern.values[from]);
      expected.magnitudes.push_back(of_pattern.magnitudes[from]);
    }
    return reference::compare(y_, expected, reference::allowed_error(columns_));
  }

  std::int64_t tokens_;
  std::int64_t rows_;
  std::int64_t columns_;
  reference::WeightMatrix pattern_;
  RotatedWeights weights_;
  std::vector<float> x_;
  std::vector<float> y_;
};

// Tokens rounded to bf16.
class Bf16TileKernel : public TileKernel {
 public:
  Bf16TileKernel(const Team& team, const KernelCase& kernel_case, const TileUnit& unit)
      : TileKernel(team, kernel_case, WeightFormat::bf16),
        unit_(unit),
        packed_(columns(), tokens()) {}

 private:
  void pack(Share tokens) override {
    for (std::int64_t token = tokens.first; token < tokens.last; ++token)
      packed_.set(token, x().data() + token * columns());
  }
  void multiply(const TileProduct& product) override { multiply_tiles(unit_, packed_, product); }
  std::vector<double> seen() const override {
    std::vector<double> values;
    for (const float value : x())
      values.push_back(reference::bf16_value(reference::bf16_bits(value)));
    return values;
  }

  const TileUnit& unit_;
  PackedTokens packed_;
};

// Tokens of 8 bits, as all of the format's products take them.
class ByteTileKernel : public TileKernel {
 public:
  ByteTileKernel(const Team& team, const KernelCase& kernel_case, WeightFormat format,
                 const ByteTileUnit& unit)
      : TileKernel(team, kernel_case, format),
        unit_(unit),
        format_(format),
        prepared_(format, columns(), tokens()),
        packed_(columns(), tokens()) {}

 private:
  void pack(Share tokens) override {
    for (std::int64_t token = tokens.first; token < tokens.last; ++token) {
      const PreparedActivations to = prepared_.from(token);
      team().matrix->prepare(format_, x().data() + token * columns(), 0, (columns() + 255) / 256,
                             to);
      packed_.set(token, to.codes, to.scales);
    }
  }
  void multiply(const TileProduct& product) override {
    multiply_byte_tiles(unit_, format_, packed_, product);
  }
  std::vector<double> seen() const override {
    return reference::as_seen(reference::activations_for(format_), x());
  }

  const ByteTileUnit& unit_;
  WeightFormat format_;
  ActivationBuffers prepared_;
  PackedByteTokens packed_;
};

}  // namespace

std::unique_ptr<Kernel> make_amx_product(const Team& team, const KernelCase& of) {
  if (of.format == "bf16") {
    if (const TileUnit* unit = amx_unit()) return std::make_unique<Bf16TileKernel>(team, of, *unit);
  } else if (const ByteTileUnit* unit = amx_byte_unit()) {
    const auto format = of.format == "q8_0" ? WeightFormat::q8_0 : WeightFormat::q4_0;
    return std::make_unique<ByteTileKernel>(team, of, format, *unit);
  }
  throw KernelFailure("the processor has no tile registers for " + of.format);
}

}  // namespace plimsoll::calibrate::cpu

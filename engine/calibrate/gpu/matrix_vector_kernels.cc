// y = W x for one token, by weight format.
#include <algorithm>
#include <array>
#include <cmath>
#include <span>

#include "calibrate/gpu/gpu_families.h"
#include "calibrate/gpu/kernels/shapes.cu.h"
#include "calibrate/gpu/paired_activations.h"
#include "calibrate/reference/activations.h"
#include "calibrate/reference/matrix_vector.h"
#include "calibrate/reference/weights.h"

namespace plimsoll::calibrate {
namespace {

using reference::WeightFormat;
using reference::WeightMatrix;

// Rows of the pattern that large matrices repeat: a prime number.
constexpr std::int64_t pattern_rows = 61;

// The form of affine products that scales the sums of codes times x.
constexpr const char* sum_per_group = "sum_per_group";

WeightFormat format_named(const std::string& name) {
  for (const WeightFormat format : reference::weight_formats())
    if (name == reference::name_of(format)) return format;
  throw KernelFailure("no weight format " + name);
}

// Formats of ggml's blocks; with packed arithmetic they meet activations of 8 bits, the others f16.
bool has_blocks(WeightFormat format) {
  return !reference::is_affine(format) && format != WeightFormat::f16 &&
         format != WeightFormat::bf16;
}

// scale q + bias (or - minimum; or - 8, which integers take off without an error) of uniform
// values: the magnitudes of both parts together are on average four times that of the weight, to
// which the reference refers.
double cancellation(WeightFormat format, bool packed_arithmetic) {
  const bool has_parts = reference::is_affine(format) || format == WeightFormat::q4_k ||
                         (format == WeightFormat::q4_0 && !packed_arithmetic);
  return has_parts ? 4.0 : 1.0;
}

// With packed arithmetic affine kernels sum eight products at a time in f16; the roundings of the
// columns / 16 sums of two such eights are independent of one another, so that they grow with the
// root of their number, not with it.
double allowed(WeightFormat format, std::int64_t columns, bool packed_arithmetic) {
  const double parts = cancellation(format, packed_arithmetic);
  const double in_float = parts * reference::allowed_error(columns);
  if (!reference::is_affine(format) || !packed_arithmetic) return in_float;
  const double of_sixteen = reference::allowed_error(16, reference::f16_roundoff);
  return in_float + parts * of_sixteen / std::sqrt(static_cast<double>(columns) / 16.0);
}

WeightMatrix pattern_of(WeightFormat format, std::int64_t rows, std::int64_t columns) {
  Rng rng(1, "matrix_vector");
  const std::int64_t some = std::min(rows, pattern_rows);
  return reference::pack(format, some, columns, reference::random_values(some * columns, rng));
}

class MatrixVectorKernel : public DeviceKernel {
 public:
  MatrixVectorKernel(GpuDevice& gpu, const KernelCase& kernel_case)
      : DeviceKernel(gpu, kernel_case),
        format_(format_named(kernel_case.format)),
        quantized_(has_blocks(format_) && gpu.driver().packed_arithmetic),
        paired_(kernel_case.variant == sum_per_group && gpu.driver().packed_arithmetic),
        rows_(shape("rows")),
        columns_(shape("columns")),
        turns_(copies_for(limits_of(gpu), kernel_case.work.bytes)),
        pattern_(pattern_of(format_, rows_, columns_)),
        y_(gpu, 4 * static_cast<std::size_t>(rows_)) {
    weights_.push_back(repeated(pattern_.codes));
    if (reference::is_affine(format_)) {
      weights_.push_back(repeated(pattern_.scales));
      weights_.push_back(repeated(pattern_.biases));
    }
    upload_activations();
    gpu.fill(y_, 0xff);
  }

 protected:
  int turns() const override { return turns_; }

  void enqueue(int turn) override {
    const auto rows = static_cast<std::uint32_t>(rows_);
    const auto columns = static_cast<std::uint32_t>(columns_);
    if (quantized_) {
      device().launch(name(), launch_shape(), weights_[0].of_turn(turn), x_.address(),
                      x_scales_.address(), y_.address(), rows, columns);
    } else if (paired_) {
      device().launch(name(), launch_shape(), weights_[0].of_turn(turn), weights_[1].of_turn(turn),
                      weights_[2].of_turn(turn), x_.address(), x_parts_.address(), y_.address(),
                      rows, columns);
    } else if (reference::is_affine(format_)) {
      device().launch(name(), launch_shape(), weights_[0].of_turn(turn), weights_[1].of_turn(turn),
                      weights_[2].of_turn(turn), x_.address(), y_.address(), rows, columns);
    } else {
      device().launch(name(), launch_shape(), weights_[0].of_turn(turn), x_.address(), y_.address(),
                      rows, columns);
    }
  }

  KernelCheck compare() override {
    const reference::Expected some = reference::matrix_vector(pattern_, seen_);
    reference::Expected expected;
    for (std::size_t row = 0; row < static_cast<std::size_t>(rows_); ++row) {
      expected.values.push_back(some.values[row % some.values.size()]);
      expected.magnitudes.push_back(some.magnitudes[row % some.values.size()]);
    }
    const auto y = device().download<float>(y_.address(), static_cast<std::size_t>(rows_));
    return reference::compare(y, expected,
                              allowed(format_, columns_, device().driver().packed_arithmetic));
  }

 private:
  template <class T>
  RotatedOperand repeated(const std::vector<T>& pattern) {
    const std::size_t bytes = pattern.size() * sizeof(T);
    const auto rows = static_cast<std::size_t>(rows_);
    return {device(), pattern.data(), bytes, bytes / static_cast<std::size_t>(pattern_.rows) * rows,
            turns_};
  }

  void upload_activations() {
    Rng rng(2, "matrix_vector");
    std::vector<float> x = reference::random_values(columns_, rng);
    if (quantized_) {
      const auto format = reference::ActivationFormat::q8_0;
      const auto quantized = reference::quantize_activations(format, x);
      x_ = device().upload(quantized.codes);
      x_scales_ = device().upload(quantized.scales);
      seen_ = reference::as_seen(format, x);
    } else {
      const HalfValues halves = random_halves(columns_, "activations");
      seen_ = halves.values;
      if (paired_) {
        const PairedActivations paired = pair_activations(halves.bits, code_bits());
        x_ = device().upload(paired.values);
        x_parts_ = device().upload(paired.parts);
      } else {
        x_ = device().upload(halves.bits);
      }
    }
  }

  std::string name() const {
    const std::string& variant = kernel_case().variant;
    return "matrix_vector_" + kernel_case().format + (variant.empty() ? "" : "_" + variant);
  }

  std::int64_t rows_of_group() const {
    switch (format_) {
      case WeightFormat::q8_0:
      case WeightFormat::f16:
      case WeightFormat::bf16:
        return WIDE_ROWS;
      default:
        return NARROW_ROWS;
    }
  }

  LaunchShape launch_shape() const {
    return {.blocks = blocks_of(rows_, MATRIX_GROUPS * rows_of_group()),
            .threads = 32 * MATRIX_GROUPS};
  }

  int code_bits() const { return format_ == WeightFormat::affine4 ? 4 : 2; }

  WeightFormat format_;
  bool quantized_;  // the activations, to 8 bits
  bool paired_;     // the activations, for codes left in their place
  std::int64_t rows_;
  std::int64_t columns_;
  int turns_;
  WeightMatrix pattern_;
  std::vector<RotatedOperand> weights_;
  DeviceMemory x_;
  DeviceMemory x_scales_;
  DeviceMemory x_parts_;
  DeviceMemory y_;
  std::vector<double> seen_;
};

struct MatrixShape {
  std::int64_t rows;
  std::int64_t columns;
};

// Projections of models with 4096 and 8192 columns, an expert's, and an output head with 128256
// rows.
constexpr std::array quick_shapes{MatrixShape{1024, 4096}, MatrixShape{14336, 4096},
                                  MatrixShape{28672, 8192}, MatrixShape{128256, 8192}};
constexpr std::array full_shapes{
    MatrixShape{1024, 4096},  MatrixShape{768, 2048},    MatrixShape{4096, 4096},
    MatrixShape{4096, 14336}, MatrixShape{14336, 4096},  MatrixShape{8192, 8192},
    MatrixShape{28672, 8192}, MatrixShape{128256, 4096}, MatrixShape{128256, 8192}};

double packed_bytes(WeightFormat format, const MatrixShape& shape) {
  const reference::BlockLayout layout = reference::block_of(format);
  const std::int64_t blocks = shape.rows * shape.columns / layout.values;
  const std::int64_t bytes = layout.bytes + (reference::is_affine(format) ? 4 : 0);
  return static_cast<double>(blocks * bytes);
}

std::vector<KernelCase> matrix_vector_cases(const DeviceLimits& limits, Depth depth) {
  const std::span<const MatrixShape> shapes = depth == Depth::quick
                                                  ? std::span<const MatrixShape>(quick_shapes)
                                                  : std::span<const MatrixShape>(full_shapes);
  std::vector<KernelCase> cases;
  for (const WeightFormat format : reference::weight_formats()) {
    std::vector<std::string> variants{""};
    if (reference::is_affine(format))
      variants = {"dequantize", "fused_multiply_add", sum_per_group};
    for (const std::string& variant : variants) {
      for (const MatrixShape& shape : shapes) {
        const double bytes = packed_bytes(format, shape);
        if (bytes > limits.memory_bytes) continue;
        cases.push_back({.family = "matrix_vector",
                         .format = std::string(reference::name_of(format)),
                         .variant = variant,
                         .shape = {{"rows", shape.rows}, {"columns", shape.columns}},
                         .work = {.bytes = bytes,
                                  .flop = 2.0 * static_cast<double>(shape.rows * shape.columns)}});
      }
    }
  }
  return cases;
}

}  // namespace

std::vector<GpuFamily> matrix_vector_families() {
  return {{.name = "matrix_vector",
           .cases = matrix_vector_cases,
           .make = make_kernel<MatrixVectorKernel>}};
}

}  // namespace plimsoll::calibrate

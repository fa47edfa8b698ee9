#include "calibrate/gpu/matrix_matrix_kernels.h"

#include "calibrate/gpu/gpu_families.h"
#include "calibrate/gpu/kernels/shapes.cu.h"
#include "calibrate/reference/floating_point.h"
#include "calibrate/reference/matrix_vector.h"

namespace plimsoll::calibrate {
namespace {

using reference::Expected;

// Rows that A and B repeat, prime numbers: every element of C is checked, and few differ.
constexpr std::int64_t a_rows = 7;
constexpr std::int64_t b_rows = 61;

struct HalfMatrix {
  HalfMatrix(std::int64_t row_count, std::int64_t columns, bool bf16, std::string_view stream)
      : rows(row_count) {
    const HalfValues halves = random_halves(rows * columns, stream);
    for (std::size_t i = 0; i < halves.bits.size(); ++i) {
      bits.push_back(bf16 ? reference::bf16_bits(static_cast<float>(halves.values[i]))
                          : halves.bits[i]);
      values.push_back(bf16 ? reference::bf16_value(bits.back()) : halves.values[i]);
    }
    packed = {.format = bf16 ? reference::WeightFormat::bf16 : reference::WeightFormat::f16,
              .rows = rows,
              .columns = columns};
    for (const std::uint16_t each : bits) {
      packed.codes.push_back(static_cast<std::uint8_t>(each & 0xff));
      packed.codes.push_back(static_cast<std::uint8_t>(each >> 8));
    }
  }
  std::int64_t rows;
  std::vector<std::uint16_t> bits;
  std::vector<double> values;
  reference::WeightMatrix packed;
};

class MatrixMatrixKernel : public DeviceKernel {
 public:
  MatrixMatrixKernel(GpuDevice& gpu, const KernelCase& kernel_case, std::size_t result_bytes)
      : DeviceKernel(gpu, kernel_case),
        m_(shape("m")),
        n_(shape("n")),
        k_(shape("k")),
        bf16_(kernel_case.format == "bf16"),
        turns_(copies_for(limits_of(gpu), kernel_case.work.bytes)),
        pattern_a_(std::min(a_rows, m_), k_, bf16_, "a"),
        pattern_b_(std::min(b_rows, n_), k_, bf16_, "b"),
        a_(operand(pattern_a_, m_)),
        b_(operand(pattern_b_, n_)),
        c_(gpu, static_cast<std::size_t>(m_ * n_) * result_bytes) {}

 protected:
  int turns() const override { return turns_; }
  MatmulShape matmul_shape() const { return {.m = m_, .n = n_, .k = k_, .bf16 = bf16_}; }
  DeviceAddress a(int turn) const { return a_.of_turn(turn); }
  DeviceAddress b(int turn) const { return b_.of_turn(turn); }
  const DeviceMemory& c() const { return c_; }

  Expected expected() const {
    const Expected some = reference::matrix_matrix(pattern_b_.packed, pattern_a_.values);
    Expected all;
    for (std::int64_t y = 0; y < m_; ++y) {
      for (std::int64_t x = 0; x < n_; ++x) {
        const auto at =
            static_cast<std::size_t>(y % pattern_a_.rows * pattern_b_.rows + x % pattern_b_.rows);
        all.values.push_back(some.values[at]);
        all.magnitudes.push_back(some.magnitudes[at]);
      }
    }
    return all;
  }

 private:
  RotatedOperand operand(const HalfMatrix& pattern, std::int64_t rows) {
    return {device(), pattern.bits.data(), 2 * pattern.bits.size(),
            static_cast<std::size_t>(2 * rows * k_), turns_};
  }

  std::int64_t m_, n_, k_;
  bool bf16_;
  int turns_;
  HalfMatrix pattern_a_, pattern_b_;
  RotatedOperand a_, b_;
  DeviceMemory c_;
};

class OwnMatrixKernel : public MatrixMatrixKernel {
 public:
  OwnMatrixKernel(GpuDevice& gpu, const KernelCase& kernel_case)
      : MatrixMatrixKernel(gpu, kernel_case, 4) {}

 private:
  void enqueue(int turn) override {
    const MatmulShape shape = matmul_shape();
    device().launch(
        "matrix_matrix_f16",
        {.blocks = static_cast<unsigned>(shape.m / SIDE * (shape.n / SIDE)), .threads = 256},
        a(turn), b(turn), c().address(), static_cast<std::uint32_t>(shape.n),
        static_cast<std::uint32_t>(shape.k));
  }
  KernelCheck compare() override {
    const auto got = device().download<float>(c().address(), c().bytes() / 4);
    return reference::compare(got, expected(), reference::allowed_error(matmul_shape().k));
  }
};

class VendorMatrixKernel : public MatrixMatrixKernel {
 public:
  VendorMatrixKernel(GpuDevice& gpu, const KernelCase& kernel_case, const VendorMatmul& vendor)
      : MatrixMatrixKernel(gpu, kernel_case, 2), product_(vendor.prepare(gpu, matmul_shape())) {}

 private:
  void enqueue(int turn) override { product_->enqueue(a(turn), b(turn), c().address()); }

  // A library may round parts of a sum to the type of the result before it adds them.
  KernelCheck compare() override {
    const MatmulShape shape = matmul_shape();
    const auto bits = device().download<std::uint16_t>(c().address(), c().bytes() / 2);
    std::vector<float> got;
    for (const std::uint16_t each : bits)
      got.push_back(static_cast<float>(shape.bf16 ? reference::bf16_value(each)
                                                  : reference::f16_value(each)));
    const double roundoff = shape.bf16 ? reference::bf16_roundoff : reference::f16_roundoff;
    return reference::compare(got, expected(), roundoff + reference::allowed_error(shape.k));
  }

  std::unique_ptr<VendorProduct> product_;
};

// Experts of a mixture, each with the same few tokens' count.
class ExpertMatrixKernel : public DeviceKernel {
 public:
  ExpertMatrixKernel(GpuDevice& gpu, const KernelCase& kernel_case)
      : DeviceKernel(gpu, kernel_case),
        experts_(shape("experts")),
        tokens_(shape("tokens_per_expert")),
        rows_(shape("rows")),
        columns_(shape("columns")),
        turns_(copies_for(limits_of(gpu), kernel_case.work.bytes)),
        pattern_(b_rows, columns_, false, "weights"),
        weights_(gpu, pattern_.bits.data(), 2 * pattern_.bits.size(),
                 static_cast<std::size_t>(2 * experts_ * rows_ * columns_), turns_),
        x_(random_halves(experts_ * tokens_ * columns_, "x")),
        x_memory_(gpu.upload(x_.bits)),
        first_(gpu.upload(first_tokens())),
        y_(gpu, static_cast<std::size_t>(4 * experts_ * tokens_ * rows_)) {}

 private:
  int turns() const override { return turns_; }

  std::vector<std::uint32_t> first_tokens() const {
    std::vector<std::uint32_t> first;
    for (std::int64_t expert = 0; expert <= experts_; ++expert)
      first.push_back(static_cast<std::uint32_t>(expert * tokens_));
    return first;
  }
  void enqueue(int turn) override {
    device().launch("expert_matrix_matrix_f16",
                    {.blocks = blocks_of(rows_, EXPERT_ROWS),
                     .blocks_y = static_cast<unsigned>(experts_),
                     .threads = 128},
                    weights_.of_turn(turn), x_memory_.address(), first_.address(), y_.address(),
                    static_cast<std::uint32_t>(rows_), static_cast<std::uint32_t>(columns_ / 8));
  }
  KernelCheck compare() override {
    const Expected some = reference::matrix_matrix(pattern_.packed, x_.values);
    Expected expected;
    for (std::int64_t token = 0; token < experts_ * tokens_; ++token) {
      for (std::int64_t row = 0; row < rows_; ++row) {
        const std::int64_t in_pattern = (token / tokens_ * rows_ + row) % b_rows;
        const auto at = static_cast<std::size_t>(token * b_rows + in_pattern);
        expected.values.push_back(some.values[at]);
        expected.magnitudes.push_back(some.magnitudes[at]);
      }
    }
    const auto got = device().download<float>(y_.address(), y_.bytes() / 4);
    return reference::compare(got, expected, reference::allowed_error(columns_));
  }

  std::int64_t experts_, tokens_, rows_, columns_;
  int turns_;
  HalfMatrix pattern_;
  RotatedOperand weights_;
  HalfValues x_;
  DeviceMemory x_memory_;
  DeviceMemory first_;
  DeviceMemory y_;
};

KernelCase matrix_case(const std::string& format, const std::string& variant, std::int64_t m,
                       std::int64_t n, std::int64_t k, double result_bytes) {
  return {.family = "matrix_matrix",
          .format = format,
          .variant = variant,
          .shape = {{"m", m}, {"n", n}, {"k", k}},
          .work = {.bytes = 2.0 * static_cast<double>(m * k + n * k) +
                            result_bytes * static_cast<double>(m * n),
                   .flop = 2.0 * static_cast<double>(m) * static_cast<double>(n * k)},
          .by_flop = true};
}

std::vector<KernelCase> that_fit(std::vector<KernelCase> cases, const DeviceLimits& limits) {
  std::erase_if(cases,
                [&](const KernelCase& each) { return each.work.bytes > limits.memory_bytes; });
  return cases;
}

std::vector<KernelCase> own_cases(const DeviceLimits& limits, Depth depth) {
  std::vector<KernelCase> cases{matrix_case("f16", "own", 128, 4096, 4096, 4.0),
                                matrix_case("f16", "own", 2048, 4096, 4096, 4.0)};
  if (depth == Depth::full) {
    cases.push_back(matrix_case("f16", "own", 512, 4096, 4096, 4.0));
    cases.push_back(matrix_case("f16", "own", 4096, 4096, 4096, 4.0));
  }
  return that_fit(std::move(cases), limits);
}

std::vector<KernelCase> vendor_cases(const DeviceLimits& limits, Depth depth,
                                     const VendorMatmul& vendor) {
  const std::vector<std::int64_t> tokens =
      depth == Depth::quick
          ? std::vector<std::int64_t>{16, 512, 4096}
          : std::vector<std::int64_t>{1, 4, 16, 64, 256, 512, 1024, 2048, 4096, 8192};
  std::vector<KernelCase> cases;
  for (const char* format : {"f16", "bf16"}) {
    if (std::string_view(format) == "bf16" && !vendor.has_bf16) continue;
    for (const std::int64_t m : tokens)
      cases.push_back(matrix_case(format, vendor.name, m, 8192, 8192, 2.0));
  }
  return that_fit(std::move(cases), limits);
}

// Qwen3-30B-A3B's experts have 768 rows of 2048; gpt-oss's and Mixtral's are larger.
std::vector<KernelCase> expert_cases(const DeviceLimits& limits, Depth depth) {
  const std::vector<std::int64_t> tokens = depth == Depth::quick
                                               ? std::vector<std::int64_t>{1, 8}
                                               : std::vector<std::int64_t>{1, 2, 4, 8, 16};
  std::vector<KernelCase> cases;
  for (const std::int64_t experts : {8, 128}) {
    for (const std::int64_t count : tokens) {
      const std::int64_t rows = 768;
      const std::int64_t columns = 2048;
      const auto weights = static_cast<double>(experts * rows * columns);
      const auto all = static_cast<double>(experts * count);
      cases.push_back({.family = "expert_matrix_matrix",
                       .format = "f16",
                       .shape = {{"experts", experts},
                                 {"tokens_per_expert", count},
                                 {"rows", rows},
                                 {"columns", columns}},
                       .work = {.bytes = 2.0 * weights + all * (2.0 * static_cast<double>(columns) +
                                                                4.0 * static_cast<double>(rows)),
                                .flop = 2.0 * weights * static_cast<double>(count)}});
    }
  }
  return that_fit(std::move(cases), limits);
}

}  // namespace

std::vector<GpuFamily> matrix_matrix_families() {
  return {{.name = "expert_matrix_matrix",
           .cases = expert_cases,
           .make = make_kernel<ExpertMatrixKernel>},
          {.name = "matrix_matrix",
           .cases = own_cases,
           .make = make_kernel<OwnMatrixKernel>,
           .variant = "own"}};
}

GpuFamily vendor_matrix_family(const VendorMatmul& vendor) {
  const auto cases = [vendor](const DeviceLimits& limits, Depth depth) {
    return vendor_cases(limits, depth, vendor);
  };
  const auto make = [vendor](GpuDevice& gpu,
                             const KernelCase& kernel_case) -> std::unique_ptr<Kernel> {
    return std::make_unique<VendorMatrixKernel>(gpu, kernel_case, vendor);
  };
  return {.name = "matrix_matrix", .cases = cases, .make = make, .variant = vendor.name};
}

}  // namespace plimsoll::calibrate

#include <algorithm>

#include "calibrate/cpu/amx_byte_product.h"
#include "calibrate/cpu/amx_product.h"
#include "calibrate/cpu/cpu_kernel.h"
#include "calibrate/cpu/packed_weights.h"
#include "calibrate/kernel_failure.h"
#include "calibrate/reference/activations.h"
#include "calibrate/reference/matrix_vector.h"

namespace plimsoll::calibrate::cpu {
namespace {

WeightFormat format_named(const std::string& name) {
  for (const WeightFormat format : reference::weight_formats()) {
    if (reference::name_of(format) == name) return format;
  }
  throw KernelFailure("no kernel for weights of " + name);
}

// Rows are dealt out in whole tiles, and in whole panels where those are used.
std::int64_t row_step_of(std::int64_t tokens) {
  return tokens < panel_tokens ? 4 : most_panel_rows;
}

// The products of some experts' weights, one after another in memory, each with tokens of its own:
// one expert with one token is matrix times vector, with many matrix times matrix.
class ProductKernel : public CpuKernel {
 public:
  ProductKernel(const Team& team, const KernelCase& kernel_case, std::int64_t experts,
                std::int64_t tokens, std::int64_t rows, std::int64_t columns)
      : CpuKernel(team, kernel_case),
        format_(format_named(kernel_case.format)),
        form_(kernel_case.variant.starts_with("fused") ? AffineForm::fused_multiply_add
                                                       : AffineForm::dequantize_multiply),
        tokens_(tokens),
        rows_(rows),
        columns_(columns),
        pattern_(random_pattern(format_, columns)),
        weights_(team, pattern_, experts * rows,
                 turns_for(experts * rows * (pattern_.bytes() / pattern_.rows)),
                 row_step_of(tokens)),
        x_(random_floats(experts * tokens * columns, "x")),
        prepared_(format_, columns, experts * tokens),
        y_(static_cast<std::size_t>(experts * tokens * rows)) {}

 private:
  void launch(int turn) override {
    const WeightRows weights = weights_.turn(turn);
    const auto all_tokens = static_cast<std::int64_t>(x_.size()) / columns_;
    const std::int64_t all_rows = all_tokens / tokens_ * rows_;
    const int threads = team().pool->threads();
    deal_out(all_rows, row_step_of(tokens_));
    team().pool->run([&](int thread) {
      prepare(share_of(all_tokens * spans(), thread, threads));
      team().pool->barrier();
      take_shares(thread, [&](Share share) { multiply(weights, share); });
    });
  }

  // Of 256 columns, the most that a block spans.
  std::int64_t spans() const { return (columns_ + 255) / 256; }

  void prepare(Share share) {
    for (std::int64_t at = share.first; at < share.last;) {
      const std::int64_t token = at / spans();
      const std::int64_t begin = at % spans();
      const std::int64_t end = std::min(spans(), begin + share.last - at);
      team().matrix->prepare(format_, x_.data() + token * columns_, begin, end,
                             prepared_.from(token));
      at += end - begin;
    }
  }

  void multiply(const WeightRows& weights, Share share) {
    for (std::int64_t row = share.first; row < share.last;) {
      const std::int64_t expert = row / rows_;
      const std::int64_t last = std::min(share.last, (expert + 1) * rows_);
      const Product product{.y = y_.data() + expert * tokens_ * rows_ + row % rows_,
                            .y_stride = rows_,
                            .tokens = static_cast<int>(tokens_)};
      team().matrix->multiply(format_, form_, weights, {row, last},
                              prepared_.from(expert * tokens_), product);
      row = last;
    }
  }

  KernelCheck compare() override {
    const std::vector<double> seen = reference::as_seen(reference::activations_for(format_), x_);
    const reference::Expected of_pattern = reference::matrix_matrix(pattern_, seen);
    reference::Expected expected;
    for (std::size_t i = 0; i < y_.size(); ++i) {
      const auto token = static_cast<std::int64_t>(i) / rows_;
      const std::int64_t row = token / tokens_ * rows_ + static_cast<std::int64_t>(i) % rows_;
      const auto at = static_cast<std::size_t>(token * pattern_.rows + row % pattern_.rows);
      expected.values.push_back(of_pattern.values[at]);
      expected.magnitudes.push_back(of_pattern.magnitudes[at]);
    }
    return reference::compare(y_, expected, cancellation() * reference::allowed_error(columns_));
  }

  // Formats with a minimum or bias form a value of two parts, rounded apart: for values in [-1, 1)
  // these come to 4 times the value's magnitude on average (scale * q to 1, bias to 1, value to
  // 1/2).
  double cancellation() const {
    return reference::is_affine(format_) || format_ == WeightFormat::q4_k ? 4.0 : 1.0;
  }

  WeightFormat format_;
  AffineForm form_;
  std::int64_t tokens_;
  std::int64_t rows_;
  std::int64_t columns_;
  reference::WeightMatrix pattern_;
  RotatedWeights weights_;
  std::vector<float> x_;
  ActivationBuffers prepared_;
  std::vector<float> y_;
};

using Shape = std::map<std::string, std::int64_t>;

std::unique_ptr<Kernel> make_matrix_vector(const Team& team, const KernelCase& of) {
  return std::make_unique<ProductKernel>(team, of, 1, 1, of.shape.at("rows"),
                                         of.shape.at("columns"));
}

std::unique_ptr<Kernel> make_matrix_matrix(const Team& team, const KernelCase& of) {
  if (of.variant.starts_with("amx")) return make_amx_product(team, of);
  return std::make_unique<ProductKernel>(team, of, 1, of.shape.at("m"), of.shape.at("n"),
                                         of.shape.at("k"));
}

std::unique_ptr<Kernel> make_expert_products(const Team& team, const KernelCase& of) {
  return std::make_unique<ProductKernel>(team, of, of.shape.at("experts"),
                                         of.shape.at("tokens_per_expert"), of.shape.at("rows"),
                                         of.shape.at("columns"));
}

double packed_bytes(WeightFormat format, std::int64_t values) {
  const reference::BlockLayout layout = reference::block_of(format);
  const std::int64_t blocks = values / layout.values;
  return static_cast<double>(blocks * (layout.bytes + (reference::is_affine(format) ? 4 : 0)));
}

// Weights, activations and results, each once.
Work work_of_product(WeightFormat format, std::int64_t experts, std::int64_t tokens,
                     std::int64_t rows, std::int64_t columns) {
  const auto vectors = static_cast<double>(experts * tokens * (rows + columns));
  const std::int64_t weights = experts * rows * columns;
  return {.bytes = packed_bytes(format, weights) + 4.0 * vectors,
          .flop = 2.0 * static_cast<double>(weights * tokens)};
}

std::vector<std::string> variants_of(WeightFormat format) {
  if (!reference::is_affine(format)) return {""};
  return {"dequantize", "fused_multiply_add"};
}

std::vector<KernelCase> matrix_vector_cases(Depth depth) {
  std::vector<Shape> shapes{{{"rows", 1024}, {"columns", 4096}},
                            {{"rows", 4096}, {"columns", 4096}},
                            {{"rows", 14336}, {"columns", 4096}}};
  if (depth == Depth::full) {
    shapes.push_back({{"rows", 4096}, {"columns", 14336}});
    shapes.push_back({{"rows", 768}, {"columns", 2048}});
  }
  std::vector<KernelCase> cases;
  for (const WeightFormat format : reference::weight_formats()) {
    for (const std::string& variant : variants_of(format)) {
      for (const Shape& shape : shapes) {
        cases.push_back(
            {.family = "matrix_vector",
             .format = std::string(reference::name_of(format)),
             .variant = variant,
             .shape = shape,
             .work = work_of_product(format, 1, 1, shape.at("rows"), shape.at("columns"))});
      }
    }
  }
  return cases;
}

std::vector<KernelCase> matrix_matrix_cases(Depth depth) {
  const std::int64_t n = 4096;
  const std::int64_t k = 4096;
  std::vector<std::int64_t> tokens{16, 64};
  if (depth == Depth::full) tokens = {8, 32, 128, 512};
  std::vector<KernelCase> cases;
  const auto append = [&](WeightFormat format, const char* variant) {
    for (const std::int64_t m : tokens) {
      cases.push_back({.family = "matrix_matrix",
                       .format = std::string(reference::name_of(format)),
                       .variant = variant,
                       .shape = {{"m", m}, {"n", n}, {"k", k}},
                       .work = work_of_product(format, 1, m, n, k),
                       .by_flop = true});
    }
  };
  for (const WeightFormat format : {WeightFormat::f16, WeightFormat::bf16, WeightFormat::q8_0,
                                    WeightFormat::q4_0, WeightFormat::q4_k, WeightFormat::q6_k}) {
    append(format, "own panels");
  }
  if (amx_unit() != nullptr) append(WeightFormat::bf16, "amx panels");
  for (const WeightFormat format : {WeightFormat::q8_0, WeightFormat::q4_0})
    if (amx_byte_unit() != nullptr) append(format, "amx");
  return cases;
}

// Qwen3-30B-A3B's experts have 768 rows of 2048.
std::vector<KernelCase> expert_cases(Depth depth) {
  std::vector<std::int64_t> counts{1, 4};
  if (depth == Depth::full) counts = {1, 2, 4, 8, 16};
  std::vector<KernelCase> cases;
  for (const WeightFormat format : {WeightFormat::q4_k, WeightFormat::mxfp4, WeightFormat::f16}) {
    for (const std::int64_t count : counts) {
      cases.push_back({.family = "expert_matrix_matrix",
                       .format = std::string(reference::name_of(format)),
                       .shape = {{"experts", 32},
                                 {"tokens_per_expert", count},
                                 {"rows", 768},
                                 {"columns", 2048}},
                       .work = work_of_product(format, 32, count, 768, 2048)});
    }
  }
  return cases;
}

}  // namespace

std::vector<CpuFamily> matrix_families() {
  return {{.name = "matrix_vector", .cases = matrix_vector_cases, .make = make_matrix_vector},
          {.name = "matrix_matrix", .cases = matrix_matrix_cases, .make = make_matrix_matrix},
          {.name = "expert_matrix_matrix", .cases = expert_cases, .make = make_expert_products}};
}

}  // namespace plimsoll::calibrate::cpu

// Every format's products on every SIMD target against the reference in double.
#include "calibrate/cpu/matrix_operations.h"

#include "calibrate/cpu/packed_weights.h"
#include "calibrate/reference/matrix_vector.h"
#include "each_target.h"

namespace plimsoll::calibrate::cpu {
namespace {

// Some rows more than two panels of the widest vectors and whole tiles, and columns that are no
// power of two of blocks.
constexpr std::int64_t product_rows = 75;
constexpr std::int64_t product_columns = 768;

WeightRows rows_of(const reference::WeightMatrix& matrix) {
  const bool affine = reference::is_affine(matrix.format);
  return {.codes = matrix.codes.data(),
          .scales = affine ? matrix.scales.data() : nullptr,
          .biases = affine ? matrix.biases.data() : nullptr,
          .columns = matrix.columns,
          .row_bytes = matrix.row_bytes(),
          .group = matrix.group};
}

void prepare_tokens(const MatrixOperations& operations, WeightFormat format,
                    const std::vector<float>& x, ActivationBuffers& prepared) {
  const auto tokens = static_cast<std::int64_t>(x.size()) / product_columns;
  for (std::int64_t token = 0; token < tokens; ++token) {
    // In two parts, as two threads do.
    const float* from = x.data() + token * product_columns;
    operations.prepare(format, from, 0, 1, prepared.from(token));
    operations.prepare(format, from, 1, product_columns / 256, prepared.from(token));
  }
}

}  // namespace

TEST_CASE("products on every target are the reference's") {
  const auto format =
      GENERATE(from_range(reference::weight_formats().begin(), reference::weight_formats().end()));
  const auto form = GENERATE(AffineForm::dequantize_multiply, AffineForm::fused_multiply_add);
  if (!reference::is_affine(format) && form == AffineForm::fused_multiply_add) return;
  // In tiles; and in panels, with some more than their tiles, too.
  const std::int64_t product_tokens = GENERATE(1, 6, 17);
  INFO(reference::name_of(format) << " form " << static_cast<int>(form));
  const std::vector<float> values = random_floats(product_rows * product_columns, "weights");
  const reference::WeightMatrix weights =
      reference::pack(format, product_rows, product_columns, values);
  const std::vector<float> x = random_floats(product_tokens * product_columns, "activations");
  const reference::Expected expected =
      reference::matrix_matrix(weights, reference::as_seen(reference::activations_for(format), x));
  on_each_target([&](const MatrixOperations& operations, const LayerOperations&) {
    ActivationBuffers prepared(format, product_columns, product_tokens);
    prepare_tokens(operations, format, x, prepared);
    std::vector<float> y(static_cast<std::size_t>(product_tokens * product_rows));
    // In two parts that are no whole tiles.
    for (const RowRange rows : {RowRange{0, 5}, RowRange{5, product_rows}}) {
      operations.multiply(format, form, rows_of(weights), rows, prepared.from(0),
                          {.y = y.data() + rows.first,
                           .y_stride = product_rows,
                           .tokens = static_cast<int>(product_tokens)});
    }
    // Formats of two parts, a product and a minimum or bias, cancel (matrix_kernels.cc).
    const KernelCheck check =
        reference::compare(y, expected, 4.0 * reference::allowed_error(product_columns));
    INFO(check.why);
    CHECK(check.right);
  });
}

TEST_CASE("rows of some columns of a wider matrix are multiplied where they lie") {
  const reference::WeightMatrix wide = random_pattern(WeightFormat::q8_0, 256);
  const std::vector<float> x = random_floats(128, "part");
  // The right halves of the rows as a matrix of their own.
  std::vector<double> expected_values;
  const std::vector<double> seen = reference::as_seen(reference::ActivationFormat::q8_0, x);
  for (std::int64_t row = 0; row < wide.rows; ++row) {
    const std::vector<double> decoded = reference::decode_row(wide, row);
    double sum = 0.0;
    for (std::size_t i = 0; i < 128; ++i) sum += decoded[128 + i] * seen[i];
    expected_values.push_back(sum);
  }
  const reference::Expected expected{expected_values,
                                     std::vector<double>(expected_values.size(), 128.0)};
  on_each_target([&](const MatrixOperations& operations, const LayerOperations&) {
    ActivationBuffers prepared(WeightFormat::q8_0, 128, 1);
    operations.prepare(WeightFormat::q8_0, x.data(), 0, 1, prepared.from(0));
    WeightRows rows = rows_of(wide);
    rows.columns = 128;
    rows.codes += 128 / 32 * 34;
    std::vector<float> y(static_cast<std::size_t>(wide.rows));
    operations.multiply(WeightFormat::q8_0, AffineForm::dequantize_multiply, rows, {0, wide.rows},
                        prepared.from(0), {.y = y.data(), .y_stride = 0, .tokens = 1});
    CHECK(reference::compare(y, expected, reference::allowed_error(128)).right);
  });
}

TEST_CASE("activations are quantized to the reference's very codes") {
  const auto format = GENERATE(WeightFormat::q4_0, WeightFormat::q8_0, WeightFormat::mxfp4,
                               WeightFormat::q4_k, WeightFormat::q6_k);
  std::vector<float> x = random_floats(512, "codes");
  std::fill_n(x.begin(), 32, 0.0F);  // a block of zeros has no scale
  const reference::QuantizedActivations expected =
      reference::quantize_activations(reference::activations_for(format), x);
  on_each_target([&](const MatrixOperations& operations, const LayerOperations&) {
    ActivationBuffers prepared(format, 512, 1);
    const PreparedActivations out = prepared.from(0);
    operations.prepare(format, x.data(), 0, 2, out);
    CHECK(std::vector<std::int8_t>(out.codes, out.codes + 512) == expected.codes);
    for (std::size_t i = 0; i < expected.scales.size(); ++i) {
      CHECK(out.scales[i] == expected.scales[i]);
    }
  });
}

// Codes at their ends, where products of bytes are largest: q8_0 has -127 and 127 times 127. As
// many rows and tokens as panels take.
TEST_CASE("the largest codes do not overflow") {
  const auto format = GENERATE(WeightFormat::q4_0, WeightFormat::q8_0, WeightFormat::mxfp4,
                               WeightFormat::q4_k, WeightFormat::q6_k);
  constexpr std::int64_t rows = 36;
  std::vector<float> values(rows * 512, 1.0F);
  for (std::size_t i = 512; i < 1024; ++i) values[i] = -1.0F;
  for (std::size_t i = 1024; i < values.size(); i += 2) values[i] = -1.0F;
  const reference::WeightMatrix weights = reference::pack(format, rows, 512, values);
  const auto sign = GENERATE(1.0F, -1.0F);
  const std::int64_t tokens = GENERATE(1, 8);
  const std::vector<float> x(static_cast<std::size_t>(tokens) * 512, sign);
  const reference::Expected expected =
      reference::matrix_matrix(weights, reference::as_seen(reference::activations_for(format), x));
  on_each_target([&](const MatrixOperations& operations, const LayerOperations&) {
    ActivationBuffers prepared(format, 512, tokens);
    for (std::int64_t token = 0; token < tokens; ++token) {
      operations.prepare(format, x.data() + 512 * token, 0, 2, prepared.from(token));
    }
    std::vector<float> y(static_cast<std::size_t>(tokens * rows));
    operations.multiply(format, AffineForm::dequantize_multiply, rows_of(weights), {0, rows},
                        prepared.from(0),
                        {.y = y.data(), .y_stride = rows, .tokens = static_cast<int>(tokens)});
    const KernelCheck check = reference::compare(y, expected, 4.0 * reference::allowed_error(512));
    INFO(reference::name_of(format) << ": " << check.why);
    CHECK(check.right);
  });
}

}  // namespace plimsoll::calibrate::cpu

// Every small operator on every SIMD target against the reference in double.
#include "calibrate/cpu/layer_operations.h"

#include <cmath>
#include <numeric>

#include "calibrate/cpu/cpu_kernel.h"
#include "calibrate/reference/delta_net.h"
#include "calibrate/reference/layer_operators.h"
#include "each_target.h"

namespace plimsoll::calibrate::cpu {
namespace {

using reference::allowed_error;

void check_right(const std::vector<float>& got, const reference::Expected& expected,
                 double allowed) {
  const KernelCheck check = reference::compare(got, expected, allowed);
  INFO(check.why << " error " << check.worst_error);
  CHECK(check.right);
}

// Aligned as the streams need it.
struct Streams {
  alignas(64) float a[2048];
  alignas(64) float b[2048];
  alignas(64) float out[2048];
};

}  // namespace

TEST_CASE("streams read, copy and add") {
  const std::vector<float> a = random_floats(2048, "a");
  const std::vector<float> b = random_floats(2048, "b");
  const auto streams = std::make_unique<Streams>();
  std::copy(a.begin(), a.end(), streams->a);
  std::copy(b.begin(), b.end(), streams->b);
  on_each_target([&](const MatrixOperations&, const LayerOperations& layer) {
    double magnitude = 0.0;
    for (const float value : a) magnitude += std::abs(double{value});
    const double sum = std::accumulate(a.begin(), a.end(), 0.0);
    CHECK(std::abs(layer.read(streams->a, 2048) - sum) <= allowed_error(2048) * magnitude);
    layer.copy(streams->a, streams->out, 2048);
    CHECK(std::equal(a.begin(), a.end(), streams->out));
    layer.triad(streams->a, streams->b, 3.0F, streams->out, 2048);
    for (std::size_t i = 0; i < 2048; ++i) {
      const double expected = a[i] + 3.0 * b[i];
      CHECK(std::abs(streams->out[i] - expected) <= 4.0 * 0x1p-23);  // of at most 4
    }
  });
}

TEST_CASE("SwiGLU also of large gates") {
  std::vector<float> gate = random_floats(256, "gate");
  for (std::size_t i = 0; i < 128; ++i) gate[i] *= 80.0F;
  const std::vector<float> up = random_floats(256, "up");
  const reference::Expected expected = reference::swiglu(as_doubles(gate), as_doubles(up));
  on_each_target([&](const MatrixOperations&, const LayerOperations& layer) {
    std::vector<float> out(256);
    layer.swiglu(gate.data(), up.data(), out.data(), 256);
    check_right(out, expected, allowed_error(6));
  });
}

TEST_CASE("RMSNorm of sum of squares and scaling") {
  const std::vector<float> x = random_floats(336, "x");
  const std::vector<float> weight = random_floats(336, "weight");
  const reference::Expected expected = reference::rms_norm(as_doubles(x), as_doubles(weight), 0.0);
  on_each_target([&](const MatrixOperations&, const LayerOperations& layer) {
    const float mean = layer.sum_of_squares(x.data(), 336) / 336.0F;
    std::vector<float> out(336);
    layer.scale_elements(x.data(), weight.data(), 1.0F / std::sqrt(mean), out.data(), 336);
    check_right(out, expected, allowed_error(336));
  });
}

TEST_CASE("rotation of halves") {
  const std::vector<float> x = random_floats(128, "x");
  const reference::Expected expected =
      reference::rope(as_doubles(x), 128, 77, 10000.0, reference::RopePairs::halves);
  std::vector<float> cosines(64);
  std::vector<float> sines(64);
  for (std::size_t i = 0; i < 64; ++i) {
    const double angle = 77.0 * std::pow(10000.0, -static_cast<double>(i) / 64.0);
    cosines[i] = static_cast<float>(std::cos(angle));
    sines[i] = static_cast<float>(std::sin(angle));
  }
  on_each_target([&](const MatrixOperations&, const LayerOperations& layer) {
    std::vector<float> out(128);
    layer.rotate(x.data(), x.data() + 64, cosines.data(), sines.data(), out.data(), out.data() + 64,
                 64);
    check_right(out, expected, allowed_error(3));
  });
}

TEST_CASE("combination of experts") {
  const std::vector<float> residual = random_floats(64, "residual");
  const std::vector<float> outputs = random_floats(5 * 64, "outputs");
  const std::vector<float> weights = random_floats(5, "weights");
  const reference::Expected expected =
      reference::combine(as_doubles(residual), as_doubles(outputs), as_doubles(weights));
  on_each_target([&](const MatrixOperations&, const LayerOperations& layer) {
    std::vector<float> out(64);
    layer.combine(residual.data(), outputs.data(), 64, weights.data(), 5, out.data(), 64);
    check_right(out, expected, allowed_error(6));
  });
}

TEST_CASE("a step of the delta rule, also of rows that are no whole tile") {
  const reference::DeltaNetShape shape{
      .key_heads = 1, .value_heads = 1, .key_dim = 64, .value_dim = 7};
  const std::vector<float> query = random_floats(64, "query");
  const std::vector<float> key = random_floats(64, "key");
  const std::vector<float> value = random_floats(7, "value");
  const std::vector<float> state = random_floats(7 * 64, "state");
  const std::vector<double> query_d = as_doubles(query), key_d = as_doubles(key),
                            value_d = as_doubles(value), state_d = as_doubles(state);
  const std::vector<double> decay{0.75};
  const std::vector<double> beta{0.5};
  const reference::DeltaNetStep expected = reference::delta_net_step(shape, {.query = query_d,
                                                                             .key = key_d,
                                                                             .value = value_d,
                                                                             .decay = decay,
                                                                             .beta = beta,
                                                                             .state = state_d});
  on_each_target([&](const MatrixOperations&, const LayerOperations& layer) {
    std::vector<float> now = state;
    std::vector<float> output(7);
    layer.delta_rows({.query = query.data(),
                      .key = key.data(),
                      .value = value.data(),
                      .decay = 0.75F,
                      .beta = 0.5F,
                      .key_dim = 64,
                      .rows = 7,
                      .state = now.data(),
                      .output = output.data()});
    check_right(output, expected.output, 2.0 * allowed_error(64));
    check_right(now, expected.state, 2.0 * allowed_error(64));
  });
}

TEST_CASE("softmax of any count") {
  const auto count = GENERATE(1, 3, 16, 37);
  std::vector<float> x = random_floats(count, "softmax");
  for (float& value : x) value *= 20.0F;
  const double most = *std::max_element(x.begin(), x.end());
  reference::Expected expected;
  double sum = 0.0;
  for (const float value : x) {
    expected.values.push_back(std::exp(double{value} - most));
    // An exponential passes the rounding of its argument, here at most 40, on.
    expected.magnitudes.push_back(expected.values.back() * 41.0);
    sum += expected.values.back();
  }
  on_each_target([&](const MatrixOperations&, const LayerOperations& layer) {
    std::vector<float> powers = x;
    const float largest = layer.largest(powers.data(), count);
    CHECK(double{largest} == most);
    CHECK(layer.exponentiate(powers.data(), count, largest) ==
          Approx(sum).epsilon(allowed_error(count + 41)));
    check_right(powers, expected, allowed_error(2));
    layer.scale(powers.data(), 2.0F, count);
    for (double& value : expected.values) value *= 2.0;
    check_right(powers, expected, 2.0 * allowed_error(2));
    for (double& value : expected.values) value /= 2.0;
  });
}

TEST_CASE("weighted sums of cached rows") {
  const auto format = GENERATE(WeightFormat::f16, WeightFormat::q8_0);
  const auto heads = GENERATE(1, 5);
  constexpr std::int64_t count = 37;
  constexpr std::int64_t dim = 64;
  const reference::WeightMatrix rows =
      reference::pack(format, count, 2 * dim, random_floats(count * 2 * dim, "cache"));
  const std::vector<float> weights = random_floats(heads * 40, "weights");
  reference::Expected expected;
  std::vector<std::vector<double>> decoded;
  for (std::int64_t row = 0; row < count; ++row) {
    decoded.push_back(reference::decode_row(rows, row));
  }
  for (int head = 0; head < heads; ++head) {
    for (std::size_t i = 0; i < dim; ++i) {
      double sum = 1.0;  // what was there before
      double magnitude = 1.0;
      for (std::size_t row = 0; row < count; ++row) {
        // The second of two heads that lie side by side.
        const double term =
            double{weights[static_cast<std::size_t>(head) * 40 + row]} * decoded[row][dim + i];
        sum += term;
        magnitude += std::abs(term);
      }
      expected.values.push_back(sum);
      expected.magnitudes.push_back(magnitude);
    }
  }
  on_each_target([&](const MatrixOperations&, const LayerOperations& layer) {
    std::vector<float> sums(static_cast<std::size_t>(heads) * dim, 1.0F);
    layer.add_weighted_rows({.format = format,
                             .first = rows.codes.data() + rows.row_bytes() / 2,
                             .row_bytes = rows.row_bytes(),
                             .count = count,
                             .dim = dim,
                             .weights = weights.data(),
                             .weight_stride = 40,
                             .heads = heads,
                             .sums = sums.data()});
    check_right(sums, expected, allowed_error(count + 2));
  });
}

}  // namespace plimsoll::calibrate::cpu

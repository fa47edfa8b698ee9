// Every reference operator against an independent formulation: another order of loops, long double,
// matrices and complex numbers written out.
#include <algorithm>
#include <cmath>
#include <complex>
#include <numeric>

#include "calibrate/reference/activations.h"
#include "calibrate/reference/attention.h"
#include "calibrate/reference/delta_net.h"
#include "calibrate/reference/layer_operators.h"
#include "calibrate/reference/matrix_vector.h"
#include "support/catch.h"

namespace plimsoll::calibrate::reference {
namespace {

using Real = long double;

std::vector<double> random_doubles(std::int64_t count, std::string_view stream) {
  Rng rng(8, stream);
  const std::vector<float> values = random_values(count, rng);
  return {values.begin(), values.end()};
}

// Doubles of a hundred terms agree with long doubles to some 1e-14.
void check_close(const std::vector<double>& got, const std::vector<Real>& expected) {
  REQUIRE(got.size() == expected.size());
  for (std::size_t i = 0; i < got.size(); ++i) {
    REQUIRE(got[i] == Approx(static_cast<double>(expected[i])).epsilon(1e-12).margin(1e-13));
  }
}

}  // namespace

TEST_CASE("matrix products column by column") {
  Rng rng(8, "matrix");
  const WeightMatrix weights = pack(WeightFormat::q4_k, 5, 512, random_values(5 * 512, rng));
  const std::vector<double> x = random_doubles(2 * 512, "x");
  std::vector<std::vector<double>> rows;
  for (std::int64_t row = 0; row < 5; ++row) rows.push_back(decode_row(weights, row));
  std::vector<Real> expected(10);
  for (std::size_t column = 512; column-- > 0;) {
    for (std::size_t row = 0; row < 5; ++row) {
      for (std::size_t token = 0; token < 2; ++token) {
        expected[token * 5 + row] += Real{rows[row][column]} * x[token * 512 + column];
      }
    }
  }
  check_close(matrix_matrix(weights, x).values, expected);
  expected.resize(5);
  check_close(matrix_vector(weights, std::span(x).first(512)).values, expected);
}

TEST_CASE("grouped products are one by one the expert's own") {
  Rng rng(8, "experts");
  std::vector<WeightMatrix> experts;
  for (int expert = 0; expert < 3; ++expert) {
    experts.push_back(pack(WeightFormat::q8_0, 4, 64, random_values(4 * 64, rng)));
  }
  const std::vector<double> x = random_doubles(4 * 64, "tokens");
  const std::vector<int> expert_of{2, 0, 2, 1};
  std::vector<Real> expected;
  for (std::size_t token = 0; token < 4; ++token) {
    for (std::int64_t row = 0; row < 4; ++row) {
      const std::vector<double> w =
          decode_row(experts[static_cast<std::size_t>(expert_of[token])], row);
      const auto first = x.begin() + static_cast<std::ptrdiff_t>(64 * token);
      expected.push_back(std::inner_product(w.begin(), w.end(), first, Real{0}));
    }
  }
  check_close(grouped_matrix_matrix(experts, x, expert_of).values, expected);
}

TEST_CASE("8-bit activations are the nearest codes of their block's scale") {
  const auto format = GENERATE(ActivationFormat::q8_0, ActivationFormat::q8_k);
  Rng rng(8, "activations");
  const std::vector<float> values = random_values(1024, rng);
  const QuantizedActivations quantized = quantize_activations(format, values);
  const std::size_t block = format == ActivationFormat::q8_0 ? 32 : 256;
  REQUIRE(quantized.scales.size() == 1024 / block);
  for (std::size_t b = 0; b < 1024 / block; ++b) {
    double largest = 0.0;
    double signed_largest = 0.0;
    for (std::size_t i = b * block; i < (b + 1) * block; ++i) {
      if (std::abs(double{values[i]}) > largest) signed_largest = values[i];
      largest = std::max(largest, std::abs(double{values[i]}));
    }
    const double scale = format == ActivationFormat::q8_0 ? largest / 127 : -signed_largest / 127;
    CHECK(quantized.scales[b] == Approx(scale).epsilon(0x1p-11));
    for (std::size_t i = b * block; i < (b + 1) * block; ++i) {
      REQUIRE(std::abs(values[i] / scale - quantized.codes[i]) <= 0.5 + 1e-4);
    }
  }
}

TEST_CASE("SwiGLU is gate times the logistic function times up") {
  const std::vector<double> gate = random_doubles(100, "gate");
  const std::vector<double> up = random_doubles(100, "up");
  std::vector<Real> expected;
  for (std::size_t i = 0; i < 100; ++i) {
    // The logistic function through the hyperbolic tangent.
    expected.push_back(Real{gate[i]} * (1 + std::tanh(Real{gate[i]} / 2)) / 2 * up[i]);
  }
  check_close(swiglu(gate, up).values, expected);
}

TEST_CASE("RMSNorm makes the root mean square 1") {
  const std::vector<double> x = random_doubles(320, "norm");
  const std::vector<double> ones(320, 1.0);
  const Expected out = rms_norm(x, ones, 0.0);
  const double square =
      std::inner_product(out.values.begin(), out.values.end(), out.values.begin(), 0.0);
  CHECK(square / 320 == Approx(1.0).epsilon(1e-13));
  const Real mean =
      std::inner_product(x.rbegin(), x.rend(), x.rbegin(), Real{0}) / 320 + Real{1e-2};
  const std::vector<double> weight = random_doubles(320, "norm weight");
  std::vector<Real> expected;
  for (std::size_t i = 0; i < 320; ++i)
    expected.push_back(weight[i] * x[i] * std::pow(mean, -0.5L));
  check_close(rms_norm(x, weight, 1e-2).values, expected);
}

TEST_CASE("RoPE multiplies pairs as complex numbers") {
  const auto pairs = GENERATE(RopePairs::halves, RopePairs::neighbours);
  const std::vector<double> x = random_doubles(3 * 16, "rope");
  std::vector<Real> expected(48);
  for (std::size_t head = 0; head < 3; ++head) {
    for (std::size_t i = 0; i < 8; ++i) {
      const std::size_t first = head * 16 + (pairs == RopePairs::halves ? i : 2 * i);
      const std::size_t second = first + (pairs == RopePairs::halves ? 8 : 1);
      const Real angle = 1234 / std::pow(Real{10000}, static_cast<Real>(i) / 8);
      const std::complex<Real> turned =
          std::complex<Real>(x[first], x[second]) * std::polar(Real{1}, angle);
      expected[first] = turned.real();
      expected[second] = turned.imag();
    }
  }
  const Expected out = rope(x, 16, 1234, 10000.0, pairs);
  for (std::size_t i = 0; i < 48; ++i) {
    // The angle, up to 1234, is rounded in double.
    CHECK(std::abs(out.values[i] - static_cast<double>(expected[i])) < 1234 * 0x1p-52 * 4);
  }
}

TEST_CASE("the router's weights are the largest of the softmax") {
  const std::vector<double> logits = random_doubles(64, "router");
  std::vector<Real> probabilities;
  for (const double logit : logits) probabilities.push_back(std::exp(Real{logit}));
  const Real sum = std::accumulate(probabilities.begin(), probabilities.end(), Real{0});
  std::vector<std::size_t> order(64);
  std::iota(order.begin(), order.end(), 0U);
  std::sort(order.begin(), order.end(),
            [&](std::size_t a, std::size_t b) { return logits[a] > logits[b]; });
  const std::vector<Route> plain = route(logits, 6, false);
  const std::vector<Route> scaled = route(logits, 6, true);
  double total = 0.0;
  for (std::size_t i = 0; i < 6; ++i) {
    CHECK(plain[i].expert == static_cast<std::int64_t>(order[i]));
    CHECK(plain[i].weight ==
          Approx(static_cast<double>(probabilities[order[i]] / sum)).epsilon(1e-13));
    CHECK(scaled[i].weight / scaled[0].weight ==
          Approx(plain[i].weight / plain[0].weight).epsilon(1e-13));
    total += scaled[i].weight;
  }
  CHECK(total == Approx(1.0).epsilon(1e-13));
}

TEST_CASE("combination adds experts one after another to the residual") {
  const std::vector<double> residual = random_doubles(40, "residual");
  const std::vector<double> outputs = random_doubles(3 * 40, "outputs");
  const std::vector<double> weights{0.5, 0.3, 0.2};
  std::vector<Real> expected(residual.begin(), residual.end());
  for (std::size_t expert = 3; expert-- > 0;) {
    for (std::size_t i = 0; i < 40; ++i) {
      expected[i] += Real{weights[expert]} * outputs[expert * 40 + i];
    }
  }
  check_close(combine(residual, outputs, weights).values, expected);
}

// The weights of all tokens for one element, as a ratio of two sums without subtracting the largest
// score, tokens from the last to the first.
TEST_CASE("attention is the ratio of two sums of exponentials") {
  const AttentionShape shape{.heads = 6, .kv_heads = 2, .head_dim = 8, .context = 50};
  const std::vector<double> query = random_doubles(6 * 8, "query");
  const std::vector<double> keys = random_doubles(50 * 2 * 8, "keys");
  const std::vector<double> values = random_doubles(50 * 2 * 8, "values");
  std::vector<Real> expected;
  for (std::size_t head = 0; head < 6; ++head) {
    const std::size_t group = head < 3 ? 0 : 8;
    for (std::size_t element = 0; element < 8; ++element) {
      Real numerator = 0;
      Real denominator = 0;
      for (std::size_t token = 50; token-- > 0;) {
        Real score = 0;
        for (std::size_t i = 0; i < 8; ++i) {
          score += Real{query[head * 8 + i]} * keys[token * 16 + group + i];
        }
        const Real weight = std::exp(score / std::sqrt(Real{8}));
        numerator += weight * values[token * 16 + group + element];
        denominator += weight;
      }
      expected.push_back(numerator / denominator);
    }
  }
  check_close(decode_attention(shape, query, keys, values).values, expected);
}

// S' = decay S (I - beta k k^T) + beta v k^T, as matrices: formula 10 of the paper, where the state
// multiplies from the left.
TEST_CASE("the delta rule is a product of matrices") {
  const DeltaNetShape shape{.key_heads = 2, .value_heads = 4, .key_dim = 6, .value_dim = 5};
  const std::vector<double> query = random_doubles(2 * 6, "delta q");
  const std::vector<double> key = random_doubles(2 * 6, "delta k");
  const std::vector<double> value = random_doubles(4 * 5, "delta v");
  const std::vector<double> state = random_doubles(4 * 5 * 6, "delta state");
  const std::vector<double> decay{0.9, 0.5, 1.0, 0.01};
  const std::vector<double> beta{0.3, 1.0, 0.0, 0.7};
  std::vector<Real> new_state;
  std::vector<Real> output;
  for (std::size_t head = 0; head < 4; ++head) {
    const double* k = key.data() + (head / 2) * 6;
    for (std::size_t row = 0; row < 5; ++row) {
      Real sum = 0;
      for (std::size_t column = 0; column < 6; ++column) {
        Real product = 0;
        for (std::size_t i = 0; i < 6; ++i) {
          const Real transition =
              (i == column ? Real{1} : Real{0}) - Real{beta[head]} * k[i] * k[column];
          product += decay[head] * Real{state[(head * 5 + row) * 6 + i]} * transition;
        }
        product += Real{beta[head]} * value[head * 5 + row] * k[column];
        new_state.push_back(product);
        sum += product * query[(head / 2) * 6 + column];
      }
      output.push_back(sum / std::sqrt(Real{6}));
    }
  }
  const DeltaNetStep step = delta_net_step(
      shape,
      {.query = query, .key = key, .value = value, .decay = decay, .beta = beta, .state = state});
  check_close(step.state.values, new_state);
  check_close(step.output.values, output);
}

TEST_CASE("a comparison says what is wrong where") {
  const Expected expected{.values = {1.0, 2.0, 0.0}, .magnitudes = {1.0, 4.0, 0.0}};
  SECTION("within the allowed error") {
    const std::vector<float> got{1.0F, 2.5F, 0.0F};
    const KernelCheck check = compare(got, expected, 0.125);
    CHECK(check.right);
    CHECK(check.worst_error == 0.125);  // 0.5 of a magnitude of 4
    CHECK(check.allowed == 0.125);
  }
  SECTION("beyond it") {
    const std::vector<float> got{1.0F, 2.5F, 0.0F};
    const KernelCheck check = compare(got, expected, 0.1);
    CHECK_FALSE(check.right);
    CHECK(check.why == "index 1: expected 2, got 2.5");
  }
  SECTION("no number") {
    const std::vector<float> got{NAN, 2.0F, 0.0F};
    const KernelCheck check = compare(got, expected, 0.1);
    CHECK_FALSE(check.right);
    CHECK(std::isinf(check.worst_error));
  }
  SECTION("something where nothing was added up") {
    const std::vector<float> got{1.0F, 2.0F, 1e-30F};
    CHECK_FALSE(compare(got, expected, 0.1).right);
  }
  SECTION("too few") {
    const std::vector<float> got{1.0F};
    CHECK(compare(got, expected, 0.1).why == "size: expected 3, got 1");
  }
}

}  // namespace plimsoll::calibrate::reference

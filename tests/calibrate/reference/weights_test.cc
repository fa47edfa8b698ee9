// Every format against its published definition, read here in another way than the decoder does:
// the ggml blocks by walking output pointers as ggml-quants.c documents the order of values, the
// small floats by their tables.
#include "calibrate/reference/weights.h"

#include <cmath>
#include <cstring>

#include "calibrate/reference/floating_point.h"
#include "support/catch.h"

namespace plimsoll::calibrate::reference {
namespace {

constexpr std::uint64_t seed = 8;

// A matrix of one row of random bits; scales stay finite.
WeightMatrix random_bits(WeightFormat format, std::int64_t columns) {
  Rng rng(seed, name_of(format));
  std::vector<float> values(static_cast<std::size_t>(columns));
  WeightMatrix matrix = pack(format, 1, columns, values);
  for (std::uint8_t& byte : matrix.codes) byte = static_cast<std::uint8_t>(rng.below(256));
  for (std::uint16_t& scale : matrix.scales) scale = static_cast<std::uint16_t>(rng.below(0x7c00));
  for (std::uint16_t& bias : matrix.biases) bias = static_cast<std::uint16_t>(rng.below(0x7c00));
  return matrix;
}

void put_f16(std::uint8_t* at, double value) {
  const std::uint16_t bits = f16_bits(value);
  std::memcpy(at, &bits, sizeof(bits));
}

double f16_at(const std::uint8_t* at) {
  std::uint16_t bits = 0;
  std::memcpy(&bits, at, sizeof(bits));
  return f16_value(bits);
}

}  // namespace

TEST_CASE("f16 has the values of IEEE 754's table") {
  CHECK(f16_value(0x0001) == 5.9604644775390625e-8);  // the smallest subnormal, 2^-24
  CHECK(f16_value(0x03ff) == 6.097555160522461e-5);   // the largest subnormal
  CHECK(f16_value(0x0400) == 6.103515625e-5);         // the smallest normal, 2^-14
  CHECK(f16_value(0x3555) == 0.333251953125);
  CHECK(f16_value(0x3c00) == 1.0);
  CHECK(f16_value(0x7bff) == 65504.0);
  CHECK(f16_value(0xc000) == -2.0);
  CHECK(std::isinf(f16_value(0x7c00)));
  CHECK(std::isnan(f16_value(0x7e00)));
}

TEST_CASE("every f16 goes to its value and back") {
  for (unsigned bits = 0; bits < 0x10000; ++bits) {
    const double value = f16_value(static_cast<std::uint16_t>(bits));
    if (std::isnan(value)) continue;
    REQUIRE(f16_bits(value) == bits);
  }
}

TEST_CASE("f16 rounds to the nearest, ties to even") {
  for (unsigned bits = 0; bits < 0x7bff; ++bits) {
    const double low = f16_value(static_cast<std::uint16_t>(bits));
    const double high = f16_value(static_cast<std::uint16_t>(bits + 1));
    const double middle = (low + high) / 2;
    REQUIRE(f16_bits(middle) == (bits % 2 == 0 ? bits : bits + 1));
    REQUIRE(f16_bits(std::nextafter(middle, low)) == bits);
    REQUIRE(f16_bits(std::nextafter(middle, high)) == bits + 1);
  }
  CHECK(f16_bits(65520.0) == 0x7c00);  // half a step beyond the largest
}

TEST_CASE("bf16 is the upper half of a float, rounded to even") {
  CHECK(bf16_value(0x3f80) == 1.0);
  CHECK(bf16_value(0xc049) == -3.140625);
  CHECK(bf16_bits(1.0F) == 0x3f80);
  CHECK(bf16_bits(1.0F + 0x1p-8F) == 0x3f80);  // a tie, to even
  CHECK(bf16_bits(1.0F + 0x3p-8F) == 0x3f82);  // a tie, to even
  CHECK(bf16_bits(1.0F + 0x1.2p-8F) == 0x3f81);
}

TEST_CASE("E2M1 is sign, two exponent bits of bias 1, one fraction bit") {
  for (unsigned bits = 0; bits < 16; ++bits) {
    const unsigned exponent = (bits >> 1) & 3;
    const double fraction = (bits & 1) * 0.5;
    const double magnitude =
        exponent == 0 ? fraction : std::ldexp(1.0 + fraction, static_cast<int>(exponent) - 1);
    CHECK(e2m1_value(bits) == ((bits & 8) != 0 ? -magnitude : magnitude));
  }
}

TEST_CASE("blocks have the sizes of ggml's structures") {
  CHECK(block_of(WeightFormat::q4_0).bytes == 2 + 32 / 2);
  CHECK(block_of(WeightFormat::q8_0).bytes == 2 + 32);
  CHECK(block_of(WeightFormat::mxfp4).bytes == 1 + 32 / 2);
  CHECK(block_of(WeightFormat::q4_k).bytes == 2 * 2 + 12 + 256 / 2);
  CHECK(block_of(WeightFormat::q6_k).bytes == 2 + 256 / 16 + 3 * 256 / 4);
  CHECK(block_of(WeightFormat::affine4, 64).bytes == 32);
  CHECK(block_of(WeightFormat::affine2, 128).bytes == 32);
}

TEST_CASE("q4_0 decodes as ggml defines it") {
  WeightMatrix matrix = random_bits(WeightFormat::q4_0, 32);
  put_f16(matrix.codes.data(), -0.37);
  const std::uint8_t* codes = matrix.codes.data() + 2;
  const std::vector<double> decoded = decode_row(matrix, 0);
  for (std::size_t i = 0; i < 32; ++i) {
    const int code = i < 16 ? codes[i] % 16 : codes[i - 16] / 16;
    CHECK(decoded[i] == f16_at(matrix.codes.data()) * (code - 8));
  }
}

TEST_CASE("q8_0 decodes as ggml defines it") {
  WeightMatrix matrix = random_bits(WeightFormat::q8_0, 32);
  put_f16(matrix.codes.data(), 0.02);
  const std::vector<double> decoded = decode_row(matrix, 0);
  for (std::size_t i = 0; i < 32; ++i) {
    const int byte = matrix.codes[2 + i];
    CHECK(decoded[i] == f16_at(matrix.codes.data()) * (byte < 128 ? byte : byte - 256));
  }
}

TEST_CASE("mxfp4 decodes as ggml's doubled table with a halved scale") {
  WeightMatrix matrix = random_bits(WeightFormat::mxfp4, 32);
  matrix.codes[0] = 121;
  constexpr int doubled[] = {0, 1, 2, 3, 4, 6, 8, 12, 0, -1, -2, -3, -4, -6, -8, -12};
  const std::vector<double> decoded = decode_row(matrix, 0);
  for (std::size_t i = 0; i < 16; ++i) {
    CHECK(decoded[i] == doubled[matrix.codes[1 + i] & 15] * std::ldexp(0.5, 121 - 127));
    CHECK(decoded[i + 16] == doubled[matrix.codes[1 + i] >> 4] * std::ldexp(0.5, 121 - 127));
  }
}

TEST_CASE("q4_k decodes in the order of ggml's dequantize_row_q4_K") {
  WeightMatrix matrix = random_bits(WeightFormat::q4_k, 256);
  std::uint8_t* block = matrix.codes.data();
  put_f16(block, 0.011);
  put_f16(block + 2, 0.07);
  // The twelve bytes as one number of 96 bits in three little-endian words, as ggml's SIMD code
  // unpacks them: words of four 6-bit scales, minima, and the upper parts of both.
  std::uint32_t words[3];
  std::memcpy(words, block + 4, sizeof(words));
  const std::uint32_t low_mask = 0x3f3f3f3f;
  const std::uint32_t nibble_mask = 0x0f0f0f0f;
  const std::uint32_t top_mask = 0x03030303;
  const std::uint32_t unpacked[4] = {
      words[0] & low_mask, (words[2] & nibble_mask) | (((words[0] >> 6) & top_mask) << 4),
      words[1] & low_mask, ((words[2] >> 4) & nibble_mask) | (((words[1] >> 6) & top_mask) << 4)};
  std::uint8_t scales[16];
  std::memcpy(scales, unpacked, sizeof(scales));
  const std::vector<double> decoded = decode_row(matrix, 0);
  auto value = decoded.begin();
  for (int pair = 0; pair < 4; ++pair) {
    for (int upper = 0; upper < 2; ++upper) {
      for (int i = 0; i < 32; ++i) {
        const int byte = block[16 + 32 * pair + i];
        const int code = upper == 0 ? byte % 16 : byte / 16;
        const int sub_block = 2 * pair + upper;
        const double expected =
            f16_at(block) * scales[sub_block] * code - f16_at(block + 2) * scales[8 + sub_block];
        CHECK(*value++ == Approx(expected).epsilon(1e-14));
      }
    }
  }
}

TEST_CASE("q6_k decodes in the order of ggml's dequantize_row_q6_K") {
  WeightMatrix matrix = random_bits(WeightFormat::q6_k, 256);
  put_f16(matrix.codes.data() + 208, 0.003);
  const double d = f16_at(matrix.codes.data() + 208);
  std::vector<double> expected(256);
  for (int n = 0; n < 2; ++n) {
    const std::uint8_t* low = matrix.codes.data() + 64 * n;
    const std::uint8_t* high = matrix.codes.data() + 128 + 32 * n;
    const auto* scale = reinterpret_cast<const std::int8_t*>(matrix.codes.data() + 192 + 8 * n);
    double* out = expected.data() + 128 * n;
    for (int l = 0; l < 32; ++l) {
      const int is = l / 16;
      out[l] = d * scale[is] * (((low[l] & 15) | ((high[l] & 3) << 4)) - 32);
      out[l + 32] = d * scale[is + 2] * (((low[l + 32] & 15) | (((high[l] >> 2) & 3) << 4)) - 32);
      out[l + 64] = d * scale[is + 4] * ((low[l] >> 4 | (((high[l] >> 4) & 3) << 4)) - 32);
      out[l + 96] = d * scale[is + 6] * ((low[l + 32] >> 4 | ((high[l] >> 6) << 4)) - 32);
    }
  }
  const std::vector<double> decoded = decode_row(matrix, 0);
  for (std::size_t i = 0; i < 256; ++i) CHECK(decoded[i] == Approx(expected[i]).epsilon(1e-14));
}

TEST_CASE("affine codes lie in little-endian words from the lowest bit") {
  const auto format = GENERATE(WeightFormat::affine4, WeightFormat::affine2);
  const WeightMatrix matrix = random_bits(format, 128);
  const auto bits = static_cast<unsigned>(affine_bits(format));
  const std::vector<double> decoded = decode_row(matrix, 0);
  for (std::size_t i = 0; i < 128; ++i) {
    std::uint32_t word = 0;
    std::memcpy(&word, matrix.codes.data() + 4 * (i / (32 / bits)), sizeof(word));
    const unsigned code = (word >> (bits * (i % (32 / bits)))) & ((1U << bits) - 1);
    CHECK(decoded[i] == f16_value(matrix.scales[i / 64]) * code + f16_value(matrix.biases[i / 64]));
  }
}

// Values in [-1, 1): a step of the codes is at most the range over their number, and a value is off
// by half of it plus what rounding the scales adds (a unit of f16; 1/63 or 1/127 of a K scale).
TEST_CASE("packing keeps values within the format's step") {
  struct Limit {
    WeightFormat format;
    double error;
  };
  const Limit limits[] = {
      {WeightFormat::f16, 0x1p-12},
      {WeightFormat::bf16, 0x1p-9},
      {WeightFormat::q8_0, 0.5 / 127 + 127 * 0x1p-11 / 127},
      {WeightFormat::q4_0, 1.0 / 8 + 0x1p-10},  // the far end has code 16, cut to 15
      {WeightFormat::q4_k, 0.5 * 2 / 15 + 2.0 / 63 + 0x1p-9},
      {WeightFormat::q6_k, 1.0 / 32 + 1.0 / 127 + 0x1p-9},
      // 5 lies between 4 and 6; beyond 6 of at most 8 everything is 6: two units of a quarter.
      {WeightFormat::mxfp4, 2.0 / 4},
      {WeightFormat::affine4, 0.5 * 2 / 15 + 0x1p-9},
      {WeightFormat::affine2, 0.5 * 2 / 3 + 0x1p-9},
  };
  const Limit limit = GENERATE_COPY(from_range(std::begin(limits), std::end(limits)));
  Rng rng(seed, "packing");
  const std::vector<float> values = random_values(3 * 512, rng);
  const WeightMatrix matrix = pack(limit.format, 3, 512, values);
  INFO(name_of(limit.format));
  for (std::int64_t row = 0; row < 3; ++row) {
    const std::vector<double> decoded = decode_row(matrix, row);
    for (std::size_t i = 0; i < 512; ++i) {
      const double value = double{values[static_cast<std::size_t>(row) * 512 + i]};
      REQUIRE(std::abs(decoded[i] - value) <= limit.error);
    }
  }
}

TEST_CASE("zeros pack to zeros") {
  for (const WeightFormat format : weight_formats()) {
    INFO(name_of(format));
    const std::vector<float> zeros(256);
    const WeightMatrix matrix = pack(format, 1, 256, zeros);
    for (const double value : decode_row(matrix, 0)) REQUIRE(value == 0.0);
  }
}

TEST_CASE("repeated rows are the pattern's rows") {
  Rng rng(seed, "repeat");
  for (const WeightFormat format : weight_formats()) {
    INFO(name_of(format));
    const WeightMatrix pattern = pack(format, 3, 256, random_values(3 * 256, rng));
    const WeightMatrix matrix = repeat_rows(pattern, 8);
    CHECK(matrix.bytes() * 3 == pattern.bytes() * 8);
    for (std::int64_t row = 0; row < 8; ++row) {
      CHECK(decode_row(matrix, row) == decode_row(pattern, row % 3));
    }
  }
}

TEST_CASE("part of a block is refused") {
  const std::vector<float> values(128);
  CHECK_THROWS_AS(pack(WeightFormat::q4_k, 1, 128, values), std::invalid_argument);
}

}  // namespace plimsoll::calibrate::reference

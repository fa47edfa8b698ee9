#include "calibrate/reference/weights.h"

#include <algorithm>
#include <array>
#include <cassert>
#include <cmath>
#include <stdexcept>
#include <string>

#include "calibrate/reference/floating_point.h"

namespace plimsoll::calibrate::reference {
namespace {

constexpr std::array all_formats{WeightFormat::f16,   WeightFormat::bf16,    WeightFormat::q8_0,
                                 WeightFormat::q4_0,  WeightFormat::q4_k,    WeightFormat::q6_k,
                                 WeightFormat::mxfp4, WeightFormat::affine4, WeightFormat::affine2};

using Values = std::span<const float>;
using Codes = std::span<std::uint8_t>;
using ConstCodes = std::span<const std::uint8_t>;

void put_u16(Codes codes, std::size_t at, std::uint16_t value) {
  codes[at] = static_cast<std::uint8_t>(value & 0xff);
  codes[at + 1] = static_cast<std::uint8_t>(value >> 8);
}

std::uint16_t get_u16(ConstCodes codes, std::size_t at) {
  return static_cast<std::uint16_t>(codes[at] | (codes[at + 1] << 8));
}

std::int64_t nearest(double value, std::int64_t lowest, std::int64_t highest) {
  return std::clamp<std::int64_t>(std::llrint(value), lowest, highest);
}

// The nearest code of value = scale * (code - offset); 0 where the scale is 0.
std::uint8_t code_of(double value, double scale, std::int64_t offset, std::int64_t highest) {
  const double code = scale == 0.0 ? 0.0 : value / scale;
  return static_cast<std::uint8_t>(nearest(code + static_cast<double>(offset), 0, highest));
}

double largest_magnitude(Values values) {
  double largest = 0.0;
  for (const float value : values) largest = std::max(largest, std::abs(double{value}));
  return largest;
}

// Bits of two 4-bit codes in one byte.
std::uint8_t nibbles(unsigned low, unsigned high) {
  return static_cast<std::uint8_t>(low | (high << 4));
}

// --- blocks of 16 bits ---------------------------------------------------------------------------

void pack_f16(Values values, Codes codes) {
  put_u16(codes, 0, f16_bits(values[0]));
}
void decode_f16(ConstCodes codes, std::span<double> out) {
  out[0] = f16_value(get_u16(codes, 0));
}
void pack_bf16(Values values, Codes codes) {
  put_u16(codes, 0, bf16_bits(values[0]));
}
void decode_bf16(ConstCodes codes, std::span<double> out) {
  out[0] = bf16_value(get_u16(codes, 0));
}

// --- blocks of 32 --------------------------------------------------------------------------------

void pack_q8_0(Values values, Codes codes) {
  const std::uint16_t bits = f16_bits(largest_magnitude(values) / 127);
  const double d = f16_value(bits);
  put_u16(codes, 0, bits);
  for (std::size_t i = 0; i < 32; ++i) {
    const double code = d == 0.0 ? 0.0 : values[i] / d;
    codes[2 + i] = static_cast<std::uint8_t>(nearest(code, -127, 127));
  }
}

void decode_q8_0(ConstCodes codes, std::span<double> out) {
  const double d = f16_value(get_u16(codes, 0));
  for (std::size_t i = 0; i < 32; ++i) out[i] = d * static_cast<std::int8_t>(codes[2 + i]);
}

// The value of largest magnitude, whatever its sign, becomes code 0, that is -8.
void pack_q4_0(Values values, Codes codes) {
  const float extreme = *std::max_element(
      values.begin(), values.end(), [](float a, float b) { return std::abs(a) < std::abs(b); });
  const std::uint16_t bits = f16_bits(extreme / -8.0);
  const double d = f16_value(bits);
  put_u16(codes, 0, bits);
  for (std::size_t i = 0; i < 16; ++i) {
    codes[2 + i] = nibbles(code_of(values[i], d, 8, 15), code_of(values[i + 16], d, 8, 15));
  }
}

void decode_q4_0(ConstCodes codes, std::span<double> out) {
  const double d = f16_value(get_u16(codes, 0));
  for (std::size_t i = 0; i < 16; ++i) {
    out[i] = d * ((codes[2 + i] & 0xf) - 8);
    out[i + 16] = d * ((codes[2 + i] >> 4) - 8);
  }
}

unsigned nearest_e2m1(double value) {
  unsigned best = 0;
  for (unsigned code = 1; code < 16; ++code) {
    if (std::abs(e2m1_value(code) - value) < std::abs(e2m1_value(best) - value)) best = code;
  }
  return best;
}

void pack_mxfp4(Values values, Codes codes) {
  // The largest power of two in E2M1 is 4 = 2^2 (OCP Microscaling formats 1.0, section 6.3).
  const double largest = largest_magnitude(values);
  codes[0] = static_cast<std::uint8_t>(
      largest == 0.0 ? 0 : std::clamp(std::ilogb(largest) - 2 + 127, 0, 254));
  const double scale = e8m0_value(codes[0]);
  for (std::size_t i = 0; i < 16; ++i) {
    codes[1 + i] = nibbles(nearest_e2m1(values[i] / scale), nearest_e2m1(values[i + 16] / scale));
  }
}

void decode_mxfp4(ConstCodes codes, std::span<double> out) {
  const double scale = e8m0_value(codes[0]);
  for (std::size_t i = 0; i < 16; ++i) {
    out[i] = scale * e2m1_value(codes[1 + i] & 0xf);
    out[i + 16] = scale * e2m1_value(codes[1 + i] >> 4);
  }
}

// --- blocks of 256 -------------------------------------------------------------------------------

// Where q4_k keeps the 6-bit scale and minimum of sub-block j: those of the first four lie in the
// low 6 bits of bytes j and j + 4; of the others the low 4 bits in byte j + 4, scale low and
// minimum high, and the upper 2 bits in the top of bytes j - 4 and j.
struct SixBitPair {
  unsigned scale;
  unsigned minimum;
};

void put_six_bits(Codes packed, std::size_t j, SixBitPair pair) {
  if (j < 4) {
    packed[j] = static_cast<std::uint8_t>((packed[j] & 0xc0) | pair.scale);
    packed[j + 4] = static_cast<std::uint8_t>((packed[j + 4] & 0xc0) | pair.minimum);
    return;
  }
  packed[j + 4] = nibbles(pair.scale & 0xf, pair.minimum & 0xf);
  packed[j - 4] = static_cast<std::uint8_t>((packed[j - 4] & 0x3f) | ((pair.scale >> 4) << 6));
  packed[j] = static_cast<std::uint8_t>((packed[j] & 0x3f) | ((pair.minimum >> 4) << 6));
}

SixBitPair get_six_bits(ConstCodes packed, std::size_t j) {
  const unsigned own = packed[j];
  const unsigned later = packed[j + 4];
  if (j < 4) return {own & 63U, later & 63U};
  const unsigned earlier = packed[j - 4];
  return {(later & 0xfU) | ((earlier >> 6U) << 4U), (later >> 4U) | ((own >> 6U) << 4U)};
}

void pack_q4_k(Values values, Codes codes) {
  std::array<double, 8> steps{};
  std::array<double, 8> minima{};
  for (std::size_t j = 0; j < 8; ++j) {
    const auto [low, high] = std::minmax_element(values.begin() + 32 * static_cast<int>(j),
                                                 values.begin() + 32 * static_cast<int>(j + 1));
    minima.at(j) = std::max(0.0, -double{*low});
    steps.at(j) = (std::max(0.0, double{*high}) + minima.at(j)) / 15;
  }
  const std::uint16_t d_bits = f16_bits(*std::max_element(steps.begin(), steps.end()) / 63);
  const std::uint16_t dmin_bits = f16_bits(*std::max_element(minima.begin(), minima.end()) / 63);
  const double d = f16_value(d_bits);
  const double dmin = f16_value(dmin_bits);
  put_u16(codes, 0, d_bits);
  put_u16(codes, 2, dmin_bits);
  const Codes packed = codes.subspan(4, 12);
  for (std::size_t j = 0; j < 8; ++j) {
    const SixBitPair pair{code_of(steps.at(j), d, 0, 63), code_of(minima.at(j), dmin, 0, 63)};
    put_six_bits(packed, j, pair);
    for (std::size_t i = 0; i < 32; ++i) {
      const unsigned code =
          code_of(values[32 * j + i] + dmin * pair.minimum, d * pair.scale, 0, 15);
      std::uint8_t& byte = codes[16 + 32 * (j / 2) + i];
      byte = j % 2 == 0 ? nibbles(code, byte >> 4) : nibbles(byte & 0xf, code);
    }
  }
}

void decode_q4_k(ConstCodes codes, std::span<double> out) {
  const double d = f16_value(get_u16(codes, 0));
  const double dmin = f16_value(get_u16(codes, 2));
  for (std::size_t j = 0; j < 8; ++j) {
    const SixBitPair pair = get_six_bits(codes.subspan(4, 12), j);
    for (std::size_t i = 0; i < 32; ++i) {
      const unsigned byte = codes[16 + 32 * (j / 2) + i];
      const unsigned code = j % 2 == 0 ? byte & 0xf : byte >> 4;
      out[32 * j + i] = d * pair.scale * code - dmin * pair.minimum;
    }
  }
}

// q6_k's value i: in half i / 128 the quarter (i % 128) / 32 lies in the low or high nibbles of 32
// bytes, and in bits 2 * quarter of the 32 bytes of upper bits.
struct SixBitPlace {
  std::size_t low_byte;
  unsigned low_shift;
  std::size_t high_byte;
  unsigned high_shift;
};

SixBitPlace q6_k_place(std::size_t i) {
  const std::size_t half = i / 128;
  const std::size_t quarter = i % 128 / 32;
  const std::size_t lane = i % 32;
  return {.low_byte = 64 * half + 32 * (quarter % 2) + lane,
          .low_shift = quarter < 2 ? 0U : 4U,
          .high_byte = 128 + 32 * half + lane,
          .high_shift = 2 * static_cast<unsigned>(quarter)};
}

constexpr std::size_t q6_k_scales = 192;
constexpr std::size_t q6_k_d = 208;

void pack_q6_k(Values values, Codes codes) {
  const std::uint16_t d_bits = f16_bits(largest_magnitude(values) / (32.0 * 127));
  const double d = f16_value(d_bits);
  put_u16(codes, q6_k_d, d_bits);
  for (std::size_t j = 0; j < 16; ++j) {
    const double step = largest_magnitude(values.subspan(16 * j, 16)) / 32;
    const std::int64_t scale = nearest(d == 0.0 ? 0.0 : step / d, 0, 127);
    codes[q6_k_scales + j] = static_cast<std::uint8_t>(scale);
    for (std::size_t i = 16 * j; i < 16 * j + 16; ++i) {
      const unsigned code = code_of(values[i], d * static_cast<double>(scale), 32, 63);
      const SixBitPlace place = q6_k_place(i);
      codes[place.low_byte] |= static_cast<std::uint8_t>((code & 0xf) << place.low_shift);
      codes[place.high_byte] |= static_cast<std::uint8_t>((code >> 4) << place.high_shift);
    }
  }
}

void decode_q6_k(ConstCodes codes, std::span<double> out) {
  const double d = f16_value(get_u16(codes, q6_k_d));
  for (std::size_t i = 0; i < 256; ++i) {
    const SixBitPlace place = q6_k_place(i);
    const int low = (codes[place.low_byte] >> place.low_shift) & 0xf;
    const int high = (codes[place.high_byte] >> place.high_shift) & 3;
    const auto scale = static_cast<std::int8_t>(codes[q6_k_scales + i / 16]);
    out[i] = d * scale * (low + 16 * high - 32);
  }
}

// --- affine groups -------------------------------------------------------------------------------

struct AffineGroup {
  std::uint16_t scale;
  std::uint16_t bias;
};

AffineGroup pack_affine(Values values, int bits, Codes codes) {
  const auto [low, high] = std::minmax_element(values.begin(), values.end());
  const std::int64_t highest = (1 << bits) - 1;
  const AffineGroup group{f16_bits((double{*high} - *low) / static_cast<double>(highest)),
                          f16_bits(*low)};
  const std::size_t per_byte = static_cast<std::size_t>(8 / bits);
  for (std::size_t i = 0; i < values.size(); ++i) {
    const unsigned code =
        code_of(values[i] - f16_value(group.bias), f16_value(group.scale), 0, highest);
    codes[i / per_byte] |=
        static_cast<std::uint8_t>(code << (static_cast<unsigned>(bits) * (i % per_byte)));
  }
  return group;
}

void decode_affine(ConstCodes codes, int bits, AffineGroup group, std::span<double> out) {
  const std::size_t per_byte = static_cast<std::size_t>(8 / bits);
  for (std::size_t i = 0; i < out.size(); ++i) {
    const unsigned shifted = static_cast<unsigned>(codes[i / per_byte]) >>
                             (static_cast<unsigned>(bits) * (i % per_byte));
    const unsigned code = shifted & ((1U << bits) - 1);
    out[i] = f16_value(group.scale) * code + f16_value(group.bias);
  }
}

// --- the table of formats ------------------------------------------------------------------------

struct Format {
  std::string_view name;
  BlockLayout block;
  void (*pack)(Values, Codes);
  void (*decode)(ConstCodes, std::span<double>);
};

const Format& format_of(WeightFormat format) {
  static constexpr std::array<Format, all_formats.size()> table{{
      {"f16", {1, 2}, pack_f16, decode_f16},
      {"bf16", {1, 2}, pack_bf16, decode_bf16},
      {"q8_0", {32, 34}, pack_q8_0, decode_q8_0},
      {"q4_0", {32, 18}, pack_q4_0, decode_q4_0},
      {"q4_k", {256, 144}, pack_q4_k, decode_q4_k},
      {"q6_k", {256, 210}, pack_q6_k, decode_q6_k},
      {"mxfp4", {32, 17}, pack_mxfp4, decode_mxfp4},
      {"affine4", {0, 0}, nullptr, nullptr},
      {"affine2", {0, 0}, nullptr, nullptr},
  }};
  return table.at(static_cast<std::size_t>(format));
}

std::size_t size(std::int64_t count) {
  return static_cast<std::size_t>(count);
}

void pack_block(WeightMatrix& matrix, std::size_t block, Values values) {
  const BlockLayout layout = block_of(matrix.format, matrix.group);
  const Codes codes = Codes(matrix.codes).subspan(block * size(layout.bytes), size(layout.bytes));
  if (!is_affine(matrix.format)) return format_of(matrix.format).pack(values, codes);
  const AffineGroup group = pack_affine(values, affine_bits(matrix.format), codes);
  matrix.scales[block] = group.scale;
  matrix.biases[block] = group.bias;
}

void decode_block(const WeightMatrix& matrix, std::size_t block, std::span<double> out) {
  const BlockLayout layout = block_of(matrix.format, matrix.group);
  const ConstCodes codes =
      ConstCodes(matrix.codes).subspan(block * size(layout.bytes), size(layout.bytes));
  if (!is_affine(matrix.format)) return format_of(matrix.format).decode(codes, out);
  decode_affine(codes, affine_bits(matrix.format), {matrix.scales[block], matrix.biases[block]},
                out);
}

}  // namespace

std::string_view name_of(WeightFormat format) {
  return format_of(format).name;
}

std::span<const WeightFormat> weight_formats() {
  return all_formats;
}

bool is_affine(WeightFormat format) {
  return format == WeightFormat::affine4 || format == WeightFormat::affine2;
}

int affine_bits(WeightFormat format) {
  return format == WeightFormat::affine2 ? 2 : 4;
}

BlockLayout block_of(WeightFormat format, std::int64_t group) {
  if (is_affine(format)) return {group, group * affine_bits(format) / 8};
  return format_of(format).block;
}

std::int64_t WeightMatrix::row_bytes() const {
  const BlockLayout layout = block_of(format, group);
  return columns / layout.values * layout.bytes;
}

std::int64_t WeightMatrix::bytes() const {
  return static_cast<std::int64_t>(codes.size() + 2 * (scales.size() + biases.size()));
}

WeightMatrix pack(WeightFormat format, std::int64_t rows, std::int64_t columns,
                  std::span<const float> values, std::int64_t group) {
  const BlockLayout layout = block_of(format, group);
  if (columns % layout.values != 0 || values.size() != size(rows * columns)) {
    throw std::invalid_argument("no whole blocks of " + std::string(name_of(format)));
  }
  WeightMatrix matrix{.format = format, .rows = rows, .columns = columns, .group = group};
  const std::size_t blocks = size(rows * columns / layout.values);
  matrix.codes.resize(blocks * size(layout.bytes));
  if (is_affine(format)) {
    matrix.scales.resize(blocks);
    matrix.biases.resize(blocks);
  }
  for (std::size_t block = 0; block < blocks; ++block) {
    pack_block(matrix, block, values.subspan(block * size(layout.values), size(layout.values)));
  }
  return matrix;
}

std::vector<double> decode_row(const WeightMatrix& matrix, std::int64_t row) {
  const std::size_t values = size(block_of(matrix.format, matrix.group).values);
  const std::size_t blocks = size(matrix.columns) / values;
  std::vector<double> decoded(size(matrix.columns));
  for (std::size_t block = 0; block < blocks; ++block) {
    decode_block(matrix, size(row) * blocks + block,
                 std::span(decoded).subspan(block * values, values));
  }
  return decoded;
}

namespace {

template <typename T>
std::vector<T> repeated(const std::vector<T>& pattern, std::size_t count) {
  std::vector<T> all(count);
  for (std::size_t at = 0; at < count; at += pattern.size()) {
    const std::size_t some = std::min(pattern.size(), count - at);
    std::copy_n(pattern.begin(), some, all.begin() + static_cast<std::ptrdiff_t>(at));
  }
  return all;
}

}  // namespace

WeightMatrix repeat_rows(const WeightMatrix& pattern, std::int64_t rows) {
  const auto count = [&](std::size_t in_pattern) {
    return in_pattern / size(pattern.rows) * size(rows);
  };
  WeightMatrix matrix = pattern;
  matrix.rows = rows;
  matrix.codes = repeated(pattern.codes, count(pattern.codes.size()));
  if (is_affine(pattern.format)) {
    matrix.scales = repeated(pattern.scales, count(pattern.scales.size()));
    matrix.biases = repeated(pattern.biases, count(pattern.biases.size()));
  }
  return matrix;
}

std::vector<float> random_values(std::int64_t count, Rng& rng) {
  std::vector<float> values(size(count));
  for (float& value : values) value = static_cast<float>(2.0 * rng.uniform() - 1.0);
  return values;
}

}  // namespace plimsoll::calibrate::reference

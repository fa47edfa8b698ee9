#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "calibrate/cpu/matrix_operations.cc"
// The first compiles this file once per SIMD target.
// clang-format off
#include <hwy/foreach_target.h>
#include <hwy/cache_control.h>
#include <hwy/highway.h>
// clang-format on

#include "calibrate/cpu/matrix_operations.h"

#include <cstring>

#include "calibrate/cpu/simd_dot-inl.h"
#include "calibrate/reference/floating_point.h"

HWY_BEFORE_NAMESPACE();
namespace plimsoll::calibrate::cpu::HWY_NAMESPACE {
namespace {

#if PLIMSOLL_SIMD_TARGET

using Index = std::int64_t;

// --- activations ---------------------------------------------------------------------------------

// Codes of 32 values by the factor `inverse`.
HWY_INLINE void round_32(const float* x, float inverse, std::int8_t* codes) {
  const hn::Rebind<std::int8_t, F32> bytes;
  const VF32 factor = hn::Set(F32(), inverse);
  for (std::size_t i = 0; i < 32; i += hn::Lanes(F32())) {
    const VI32 rounded = hn::NearestInt(hn::Mul(hn::LoadU(F32(), x + i), factor));
    hn::StoreU(hn::DemoteTo(bytes, rounded), bytes, codes + i);
  }
}

HWY_INLINE std::int32_t sum_of_codes(const std::int8_t* codes, int count) {
  std::int32_t sum = 0;
  for (int i = 0; i < count; ++i) sum += codes[i];
  return sum;
}

HWY_INLINE float largest_magnitude(const float* x, int count) {
  VF32 largest = hn::Zero(F32());
  for (int i = 0; i < count; i += static_cast<int>(hn::Lanes(F32()))) {
    largest = hn::Max(largest, hn::Abs(hn::LoadU(F32(), x + i)));
  }
  return hn::GetLane(hn::MaxOfLanes(F32(), largest));
}

HWY_INLINE float largest_value(const float* x, int count) {
  VF32 largest = hn::LoadU(F32(), x);
  for (int i = 0; i < count; i += static_cast<int>(hn::Lanes(F32()))) {
    largest = hn::Max(largest, hn::LoadU(F32(), x + i));
  }
  return hn::GetLane(hn::MaxOfLanes(F32(), largest));
}

// What has to be taken off the integer product of weights that count from 0: their offset times the
// sum of the activations' codes, spread over the lanes.
constexpr std::int32_t offset_of(WeightFormat format) {
  switch (format) {
    case WeightFormat::q4_0:
      return 8;
    case WeightFormat::mxfp4:
      return 16;  // the table below counts from there
    case WeightFormat::q8_0:
      return signed_offset;
    default:
      return 0;
  }
}

// To the nearest f16; Highway cuts it off where there is no instruction.
HWY_INLINE float rounded_to_half(float value) {
#if HWY_TARGET == HWY_SSE4
  return static_cast<float>(reference::f16_value(reference::f16_bits(value)));
#else
  const hn::FixedTag<float, 4> d4;
  const hn::Rebind<hwy::float16_t, decltype(d4)> halves;
  return hn::GetLane(hn::PromoteTo(d4, hn::DemoteTo(halves, hn::Set(d4, value))));
#endif
}

void prepare_q8_0(WeightFormat format, const float* x, Index begin, Index end,
                  const PreparedActivations& out) {
  const std::int32_t per_lane = -offset_of(format) / int_lanes;
  for (Index block = begin / 32; block < end / 32; ++block) {
    const float largest = largest_magnitude(x + 32 * block, 32);
    std::int8_t* codes = out.codes + 32 * block;
    round_32(x + 32 * block, largest == 0.0F ? 0.0F : 127.0F / largest, codes);
    out.scales[block] = rounded_to_half(largest / 127.0F);
    out.offsets[block] = per_lane * sum_of_codes(codes, 32);
  }
}

void prepare_q8_k(Index sum_length, const float* x, Index begin, Index end,
                  const PreparedActivations& out) {
  for (Index block = begin / 256; block < end / 256; ++block) {
    const float* values = x + 256 * block;
    const float largest = largest_magnitude(values, 256);
    const float extreme = largest_value(values, 256) == largest ? largest : -largest;
    const float inverse = largest == 0.0F ? 0.0F : -127.0F / extreme;
    std::int8_t* codes = out.codes + 256 * block;
    for (int i = 0; i < 256; i += 32) round_32(values + i, inverse, codes + i);
    out.scales[block] = largest == 0.0F ? 0.0F : 1.0F / inverse;
    for (Index i = 0; i < 256; i += sum_length) {
      out.sums[(256 * block + i) / sum_length] =
          static_cast<std::int16_t>(sum_of_codes(codes + i, static_cast<int>(sum_length)));
    }
  }
}

// Affine codes are taken from as many bytes as a vector has floats, first the lowest bits of all,
// then the next: the activations are put into that order.
using Floats = hn::ScalableTag<float>;
using VFloats = hn::Vec<Floats>;

void prepare_affine(Index per_byte, const float* x, Index begin, Index end, float* out) {
  const auto lanes = static_cast<Index>(hn::Lanes(Floats()));
  for (Index chunk = begin; chunk < end; chunk += lanes * per_byte) {
    for (Index phase = 0; phase < per_byte; ++phase) {
      for (Index i = 0; i < lanes; ++i)
        *(out + chunk + phase * lanes + i) = x[chunk + i * per_byte + phase];
    }
  }
}

void prepare(WeightFormat format, const float* x, Index begin, Index end,
             const PreparedActivations& out) {
  begin *= 256;
  end = HWY_MIN(256 * end, out.columns);
  switch (reference::activations_for(format)) {
    case reference::ActivationFormat::q8_0:
      return prepare_q8_0(format, x, begin, end, out);
    case reference::ActivationFormat::q8_k:
      return prepare_q8_k(format == WeightFormat::q6_k ? 16 : 32, x, begin, end, out);
    case reference::ActivationFormat::f32:
      break;
  }
  if (!reference::is_affine(format)) {
    std::memcpy(out.values + begin, x + begin,
                static_cast<std::size_t>(end - begin) * sizeof(float));
  } else {
    prepare_affine(8 / reference::affine_bits(format), x, begin, end, out.values);
  }
}

// --- tiles of R rows and T tokens
// ------------------------------------------------------------------

// Halves until one block of four floats is left.
template <class D>
HWY_INLINE hn::Vec<hn::FixedTag<float, 4>> sum_of_blocks([[maybe_unused]] D d, hn::Vec<D> v) {
  if constexpr (hn::MaxLanes(D()) == 4) {
    return v;
  } else {
    const hn::Half<D> half;
    return sum_of_blocks(half, hn::Add(hn::LowerHalf(half, v), hn::UpperHalf(half, v)));
  }
}

// The sums over the lanes of four vectors, one after another: cheaper than four sums by themselves.
template <class D>
HWY_INLINE void store_sums(D d, hn::Vec<D> v0, hn::Vec<D> v1, hn::Vec<D> v2, hn::Vec<D> v3,
                           float* y) {
  const hn::Repartition<std::uint64_t, D> pairs;
  const auto v01 = hn::Add(hn::InterleaveLower(d, v0, v1), hn::InterleaveUpper(d, v0, v1));
  const auto v23 = hn::Add(hn::InterleaveLower(d, v2, v3), hn::InterleaveUpper(d, v2, v3));
  const auto a = hn::BitCast(pairs, v01);
  const auto b = hn::BitCast(pairs, v23);
  const auto sum = hn::Add(hn::BitCast(d, hn::InterleaveLower(pairs, a, b)),
                           hn::BitCast(d, hn::InterleaveUpper(pairs, a, b)));
  hn::StoreU(sum_of_blocks(d, sum), hn::FixedTag<float, 4>(), y);
}

// Where a tile reads and writes.
struct Tile {
  const WeightRows* weights;
  Index row;  // the first
  const PreparedActivations* x;
  Index token;  // the first
  float* y;     // of first row and first token
  Index y_stride;
  Index ahead;  // bytes to the rows that should be on their way from memory
};

// The sums of a tile's rows and tokens to their places.
template <class D, class V, int R, int T>
HWY_INLINE void store_tile(D d, const V (&sums)[R][T], const Tile& tile) {
  for (int t = 0; t < T; ++t) {
    float* y = tile.y + t * tile.y_stride;
    if constexpr (R == 4) {
      store_sums(d, sums[0][t], sums[1][t], sums[2][t], sums[3][t], y);
    } else {
      for (int r = 0; r < R; ++r) y[r] = hn::GetLane(hn::SumOfLanes(d, sums[r][t]));
    }
  }
}

template <int R>
struct RowPointers {
  const std::uint8_t* at[R];
};

// Hardware prefetchers, which see streams as short as a row, do not find the next rows by
// themselves.
template <int R>
HWY_INLINE void prefetch_next_rows(const Tile& tile, const RowPointers<R>& rows, Index at) {
  for (const std::uint8_t* row : rows.at) hwy::Prefetch(row + tile.ahead + at);
}

template <int R>
HWY_INLINE RowPointers<R> row_pointers(const Tile& tile) {
  RowPointers<R> rows;
  for (int r = 0; r < R; ++r) {
    rows.at[r] = tile.weights->codes + (tile.row + r) * tile.weights->row_bytes;
  }
  return rows;
}

// Formats of blocks of 32: the codes of one block, counted from offset_of(format), and its scale.
struct Q40 {
  static constexpr Index bytes = 18;
  static HWY_INLINE Codes32 codes(const std::uint8_t* block) { return nibbles_in_turn(block + 2); }
  static HWY_INLINE VF32 scale(const std::uint8_t* block) { return half_at(block); }
  static HWY_INLINE VI32 add(VI32 sum, VU8 weights, VI8 x) { return add_products(sum, weights, x); }
};

struct Q80 {
  static constexpr Index bytes = 34;
  static HWY_INLINE Codes32 codes(const std::uint8_t* block) { return load_codes(block + 2); }
  static HWY_INLINE VF32 scale(const std::uint8_t* block) { return half_at(block); }
  static HWY_INLINE VI32 add(VI32 sum, VU8 weights, VI8 x) {
    return add_signed_products(sum, weights, x);
  }
};

struct Mxfp4 {
  static constexpr Index bytes = 17;
  static HWY_INLINE Codes32 codes(const std::uint8_t* block) {
    // Twice the values of E2M1, plus 16.
    alignas(16) static constexpr std::uint8_t doubled[16] = {16, 17, 18, 19, 20, 22, 24, 28,
                                                             16, 15, 14, 13, 12, 10, 8,  4};
    const VU8 table = hn::LoadDup128(U8(), doubled);
    Codes32 codes = nibbles_in_turn(block + 1);
    for (VU8& part : codes.part) part = hn::TableLookupBytes(table, part);
    return codes;
  }
  // Half of 2^(bits - 127), because the table is doubled; below 2 it is subnormal.
  static HWY_INLINE VF32 scale(const std::uint8_t* block) {
    const std::uint32_t e = block[0];
    const std::uint32_t bits = e < 2 ? 0x00200000U << e : (e - 1) << 23;
    return hn::BitCast(F32(), hn::Set(hn::RebindToUnsigned<F32>(), bits));
  }
  static HWY_INLINE VI32 add(VI32 sum, VU8 weights, VI8 x) { return add_products(sum, weights, x); }
};

template <class Format, int R, int T>
void blocks_of_32(const Tile& tile) {
  const RowPointers<R> rows = row_pointers<R>(tile);
  const Index blocks = tile.weights->columns / 32;
  const std::int8_t* x = tile.x->codes + tile.token * tile.x->columns;
  const float* scales = tile.x->scales + tile.token * blocks;
  const std::int32_t* offsets = tile.x->offsets + tile.token * blocks;
  VF32 sums[R][T];
  for (auto& row : sums) {
    for (VF32& sum : row) sum = hn::Zero(F32());
  }
  for (Index b = 0; b < blocks; ++b) {
    if (b % 2 == 0) prefetch_next_rows(tile, rows, b * Format::bytes);
    for (int r = 0; r < R; ++r) {
      const std::uint8_t* block = rows.at[r] + b * Format::bytes;
      const Codes32 codes = Format::codes(block);
      const VF32 scale = Format::scale(block);
      for (int t = 0; t < T; ++t) {
        const std::int8_t* x_block = x + t * tile.x->columns + 32 * b;
        VI32 sum = hn::Set(I32(), offsets[t * blocks + b]);
        for (int p = 0; p < parts; ++p) {
          sum = Format::add(sum, codes.part[p], hn::LoadU(I8(), x_block + p * part_codes));
        }
        const VF32 factor = hn::Mul(scale, hn::Set(F32(), scales[t * blocks + b]));
        sums[r][t] = hn::MulAdd(hn::ConvertTo(F32(), sum), factor, sums[r][t]);
      }
    }
  }
  store_tile(F32(), sums, tile);
}

// Eight words, as often as a vector has room for them: any can be spread from there by a table.
using Words8 = hn::FixedTag<std::int16_t, 8>;

HWY_INLINE VU8 repeat_words(hn::Vec<Words8> words) {
#if HWY_MAX_BYTES >= 32
  return hn::BitCast(U8(), hn::Combine(I16(), words, words));
#else
  return hn::BitCast(U8(), words);
#endif
}

// Word j to all lanes.
HWY_INLINE VI16 spread_word(VU8 words, int j) {
  const auto pattern = hn::Set(U16(), static_cast<std::uint16_t>(0x0100 + 0x0202 * j));
  return hn::BitCast(I16(), hn::TableLookupBytes(words, hn::BitCast(U8(), pattern)));
}

// q4_k's eight scales and eight minima.
struct KScales {
  HWY_INLINE KScales() {}
  hn::Vec<Words8> scales;
  hn::Vec<Words8> minima;
};

// The block's first 16 bytes are d, dmin and three words: six bits each of scales 0 to 3 and of
// minima 0 to 3, with the upper two of 4 to 7 above them; and the lower four of scales 4 to 7 below
// those of minima 4 to 7.
HWY_INLINE KScales unpack_k_scales(const std::uint8_t* block) {
  const hn::FixedTag<std::uint8_t, 16> d8;
  const hn::Repartition<std::uint32_t, decltype(d8)> d32;
  alignas(16) static constexpr std::uint8_t upper_bits[16] = {4, 5, 6,  7,  4, 5, 6,  7,
                                                              8, 9, 10, 11, 8, 9, 10, 11};
  const auto bytes = hn::LoadU(d8, block);
  const auto own = hn::BitCast(d32, hn::TableLookupBytes(bytes, hn::Load(d8, upper_bits)));
  const auto last = hn::Broadcast<3>(hn::BitCast(d32, bytes));
  const auto nibble = hn::Set(d32, 0x0f0f0f0fU);
  const auto lower =
      hn::ConcatUpperLower(d32, hn::And(hn::ShiftRight<4>(last), nibble), hn::And(last, nibble));
  const auto upper = hn::And(hn::ShiftRight<2>(own), hn::Set(d32, 0x30303030U));
  const auto six = hn::And(own, hn::Set(d32, 0x3f3f3f3fU));
  const auto unpacked = hn::BitCast(d8, hn::OddEven(hn::Or(lower, upper), six));
  const hn::Half<decltype(d8)> half;
  KScales k;
  k.scales = hn::PromoteTo(Words8(), hn::LowerHalf(half, unpacked));
  k.minima = hn::PromoteTo(Words8(), hn::UpperHalf(half, unpacked));
  return k;
}

// sum over the eight sub-blocks of minimum * sum of codes, spread over lanes.
using Mins = hn::FixedTag<std::int32_t, 4>;
using MinFloats = hn::FixedTag<float, 4>;

HWY_INLINE hn::Vec<Mins> minima_times_sums(hn::Vec<Words8> minima, const std::int16_t* sums) {
  auto rest = hn::Zero(Mins());
  const auto sum = hn::ReorderWidenMulAccumulate(Mins(), minima, hn::LoadU(Words8(), sums),
                                                 hn::Zero(Mins()), rest);
  return hn::Add(sum, rest);
}

template <int R, int T>
void blocks_of_q4_k(const Tile& tile) {
  constexpr Index bytes = 144;
  const RowPointers<R> rows = row_pointers<R>(tile);
  const Index blocks = tile.weights->columns / 256;
  const Index x_stride = tile.x->columns;
  const std::int8_t* x = tile.x->codes + tile.token * x_stride;
  const float* scales = tile.x->scales + tile.token * blocks;
  const std::int16_t* x_sums = tile.x->sums + tile.token * blocks * 8;
  const VU8 nibble = hn::Set(U8(), std::uint8_t{0xf});
  VF32 sums[R][T];
  hn::Vec<MinFloats> min_sums[R][T];
  for (int r = 0; r < R; ++r) {
    for (int t = 0; t < T; ++t) {
      sums[r][t] = hn::Zero(F32());
      min_sums[r][t] = hn::Zero(MinFloats());
    }
  }
  for (Index b = 0; b < blocks; ++b) {
    for (Index line = 0; line < bytes; line += 64) {
      prefetch_next_rows(tile, rows, b * bytes + line);
    }
    for (int r = 0; r < R; ++r) {
      const std::uint8_t* block = rows.at[r] + b * bytes;
      const KScales k = unpack_k_scales(block);
      const VU8 k_scales = repeat_words(k.scales);
      // Two sums, so that one product does not wait for the other.
      VI32 products[T];
      VI32 high_products[T];
      for (int t = 0; t < T; ++t) products[t] = high_products[t] = hn::Zero(I32());
      for (int pair = 0; pair < 4; ++pair) {
        const Codes32 packed = load_codes(block + 16 + 32 * pair);
        const VI16 low_scale = spread_word(k_scales, 2 * pair);
        const VI16 high_scale = spread_word(k_scales, 2 * pair + 1);
        for (int p = 0; p < parts; ++p) {
          const VU8 low = hn::And(packed.part[p], nibble);
          const VU8 high = bits_of<4>(packed.part[p], nibble);
          for (int t = 0; t < T; ++t) {
            const std::int8_t* at = x + t * x_stride + 256 * b + 64 * pair + p * part_codes;
            products[t] = add_scaled_products(products[t], low, hn::LoadU(I8(), at), low_scale);
            high_products[t] =
                add_scaled_products(high_products[t], high, hn::LoadU(I8(), at + 32), high_scale);
          }
        }
      }
      const VF32 d = half_at(block);
      const auto dmin = hn::Set(MinFloats(), hn::GetLane(half_at(block + 2)));
      for (int t = 0; t < T; ++t) {
        const float x_scale = scales[t * blocks + b];
        const VF32 factor = hn::Mul(d, hn::Set(F32(), x_scale));
        const VF32 product = hn::ConvertTo(F32(), hn::Add(products[t], high_products[t]));
        sums[r][t] = hn::MulAdd(product, factor, sums[r][t]);
        const auto minima = minima_times_sums(k.minima, x_sums + 8 * (t * blocks + b));
        min_sums[r][t] = hn::MulAdd(hn::ConvertTo(MinFloats(), minima),
                                    hn::Mul(dmin, hn::Set(MinFloats(), x_scale)), min_sums[r][t]);
      }
    }
  }
  // The minima have four lanes; those of the products are brought to as many.
  hn::Vec<MinFloats> differences[R][T];
  for (int r = 0; r < R; ++r) {
    for (int t = 0; t < T; ++t) {
      differences[r][t] = hn::Sub(sum_of_blocks(F32(), sums[r][t]), min_sums[r][t]);
    }
  }
  store_tile(MinFloats(), differences, tile);
}

// Of the eight scales of a half of a q6_k block those two of quarter q, a word each pair of codes.
struct ScalePair {
  HWY_INLINE ScalePair() {}
  VI16 part[parts];
};

template <int q>
HWY_INLINE ScalePair scale_pair(VU8 scales) {
  constexpr std::uint8_t a = 4 * q;
  constexpr std::uint8_t b = 4 * q + 2;
  alignas(32) static constexpr std::uint8_t pattern[32] = {
      a, a + 1, a, a + 1, a, a + 1, a, a + 1, a, a + 1, a, a + 1, a, a + 1, a, a + 1,
      b, b + 1, b, b + 1, b, b + 1, b, b + 1, b, b + 1, b, b + 1, b, b + 1, b, b + 1};
  ScalePair out;
  for (int p = 0; p < parts; ++p) {
    const VU8 table = hn::Load(U8(), pattern + p * part_codes);
    out.part[p] = hn::BitCast(I16(), hn::TableLookupBytes(scales, table));
  }
  return out;
}

HWY_INLINE VU8 half_scales(const std::int8_t* scales) {
  const hn::Rebind<std::int8_t, Words8> bytes;
  return repeat_words(hn::PromoteTo(Words8(), hn::LoadU(bytes, scales)));
}

// 32 times the sum over the sixteen sub-blocks of scale * sum of codes, spread over lanes.
HWY_INLINE VI32 offsets_times_sums(const std::int8_t* scales, const std::int16_t* sums) {
  const hn::Rebind<std::int8_t, I16> bytes;
  VI32 total = hn::Zero(I32());
  for (std::size_t i = 0; i < 16; i += hn::Lanes(I16())) {
    const VI16 wide = hn::PromoteTo(I16(), hn::LoadU(bytes, scales + i));
    total = add_wide_products(total, wide, hn::LoadU(I16(), sums + i));
  }
  return hn::ShiftLeft<5>(total);
}

// The codes of quarter q of a half of a q6_k block: 32 of them.
template <int q>
HWY_INLINE Codes32 q6_k_quarter(const Codes32& low, const Codes32& high) {
  const VU8 nibble = hn::Set(U8(), std::uint8_t{0xf});
  const VU8 upper = hn::Set(U8(), std::uint8_t{0x30});
  Codes32 codes;
  for (int p = 0; p < parts; ++p) {
    const VU8 lower_bits = bits_of<q / 2 * 4>(low.part[p], nibble);
    const auto words = hn::BitCast(U16(), high.part[p]);
    // Bits 2 q and 2 q + 1 to bits 4 and 5.
    const auto moved = q < 2                    ? hn::ShiftLeft < q < 2 ? 4 - 2 * q : 0 > (words)
                                          : hn::ShiftRight < q < 2 ? 0
                                                : 2 * q - 4 > (words);
    codes.part[p] = hn::Or(lower_bits, hn::And(hn::BitCast(U8(), moved), upper));
  }
  return codes;
}

template <int T>
struct Products {
  HWY_INLINE Products() {}
  VI32 of_token[T];
};

template <int q, int T>
HWY_INLINE void add_quarter(const Codes32& low, const Codes32& high, VU8 scales,
                            const std::int8_t* x, Index x_stride, Products<T>& products) {
  const Codes32 codes = q6_k_quarter<q>(low, high);
  const ScalePair scale = scale_pair<q>(scales);
  for (int t = 0; t < T; ++t) {
    for (int p = 0; p < parts; ++p) {
      const VI8 x_codes = hn::LoadU(I8(), x + t * x_stride + 32 * q + p * part_codes);
      products.of_token[t] =
          add_scaled_products(products.of_token[t], codes.part[p], x_codes, scale.part[p]);
    }
  }
}

template <int R, int T>
void blocks_of_q6_k(const Tile& tile) {
  constexpr Index bytes = 210;
  const RowPointers<R> rows = row_pointers<R>(tile);
  const Index blocks = tile.weights->columns / 256;
  const Index x_stride = tile.x->columns;
  const std::int8_t* x = tile.x->codes + tile.token * x_stride;
  const float* x_scales = tile.x->scales + tile.token * blocks;
  const std::int16_t* x_sums = tile.x->sums + tile.token * blocks * 16;
  VF32 sums[R][T];
  for (auto& row : sums) {
    for (VF32& sum : row) sum = hn::Zero(F32());
  }
  for (Index b = 0; b < blocks; ++b) {
    for (Index line = 0; line < bytes; line += 64) {
      prefetch_next_rows(tile, rows, b * bytes + line);
    }
    for (int r = 0; r < R; ++r) {
      const std::uint8_t* block = rows.at[r] + b * bytes;
      const auto* scales = reinterpret_cast<const std::int8_t*>(block + 192);
      // Two sums, so that one product does not wait for the other.
      Products<T> products;
      Products<T> odd_products;
      for (int t = 0; t < T; ++t) {
        products.of_token[t] = hn::Zero(I32());
        odd_products.of_token[t] = hn::Zero(I32());
      }
      for (int half = 0; half < 2; ++half) {
        const Codes32 low_a = load_codes(block + 64 * half);
        const Codes32 low_b = load_codes(block + 64 * half + 32);
        const Codes32 high = load_codes(block + 128 + 32 * half);
        const std::int8_t* x_half = x + 256 * b + 128 * half;
        const VU8 k_scales = half_scales(scales + 8 * half);
        add_quarter<0>(low_a, high, k_scales, x_half, x_stride, products);
        add_quarter<1>(low_b, high, k_scales, x_half, x_stride, odd_products);
        add_quarter<2>(low_a, high, k_scales, x_half, x_stride, products);
        add_quarter<3>(low_b, high, k_scales, x_half, x_stride, odd_products);
      }
      const VF32 d = half_at(block + 208);
      for (int t = 0; t < T; ++t) {
        const VI32 offsets = offsets_times_sums(scales, x_sums + 16 * (t * blocks + b));
        const VI32 both = hn::Add(products.of_token[t], odd_products.of_token[t]);
        const VF32 product = hn::ConvertTo(F32(), hn::Sub(both, offsets));
        const VF32 factor = hn::Mul(d, hn::Set(F32(), x_scales[t * blocks + b]));
        sums[r][t] = hn::MulAdd(product, factor, sums[r][t]);
      }
    }
  }
  store_tile(F32(), sums, tile);
}

// --- weights of 16 bits
// ----------------------------------------------------------------------------

template <class Number, int R, int T>
void sixteen_bits(const Tile& tile) {
  const Floats d;
  const hn::Rebind<Number, Floats> narrow;
  const RowPointers<R> rows = row_pointers<R>(tile);
  const Index columns = tile.weights->columns;
  const float* x = tile.x->values + tile.token * columns;
  VFloats sums[R][T];
  for (auto& row : sums) {
    for (VFloats& sum : row) sum = hn::Zero(d);
  }
  for (Index i = 0; i < columns; i += static_cast<Index>(hn::Lanes(d))) {
    VFloats x_part[T];
    for (int t = 0; t < T; ++t) x_part[t] = hn::LoadU(d, x + t * columns + i);
    prefetch_next_rows(tile, rows, 2 * i);
    for (int r = 0; r < R; ++r) {
      const auto* at = reinterpret_cast<const Number*>(rows.at[r]) + i;
      const VFloats w = hn::PromoteTo(d, hn::LoadU(narrow, at));
      for (int t = 0; t < T; ++t) sums[r][t] = hn::MulAdd(w, x_part[t], sums[r][t]);
    }
  }
  store_tile(d, sums, tile);
}

// --- affine groups
// ---------------------------------------------------------------------------------

struct AffineScale {
  VFloats scale;
  VFloats bias;
};

HWY_INLINE AffineScale affine_scale(const Tile& tile, Index row, Index group) {
  const Index at = row * (tile.weights->columns / tile.weights->group) + group;
  return {hn::Set(Floats(), hn::GetLane(half_at(tile.weights->scales + at))),
          hn::Set(Floats(), hn::GetLane(half_at(tile.weights->biases + at)))};
}

using Words = hn::RebindToUnsigned<Floats>;

// The value of each code. Where a vector holds 16, all values of the group are formed at once and
// looked up.
template <int bits>
struct Dequantizer {
  static constexpr bool looks_up = HWY_MAX_BYTES / 4 >= 16;
  AffineScale group;
  VFloats table;

  explicit HWY_INLINE Dequantizer(const AffineScale& affine)
      : group(affine), table(hn::MulAdd(hn::Iota(Floats(), 0), affine.scale, affine.bias)) {}

  HWY_INLINE VFloats value(hn::Vec<Words> codes) const {
    const auto signed_codes = hn::BitCast(hn::RebindToSigned<Floats>(), codes);
    if constexpr (looks_up) {
      return hn::TableLookupLanes(table, hn::IndicesFromVec(Floats(), signed_codes));
    } else {
      return hn::MulAdd(hn::ConvertTo(Floats(), signed_codes), group.scale, group.bias);
    }
  }
  template <int T>
  HWY_INLINE void add(hn::Vec<Words> codes, const float* x, Index x_stride,
                      VFloats (&sums)[T]) const {
    const VFloats w = value(codes);
    for (int t = 0; t < T; ++t) {
      sums[t] = hn::MulAdd(w, hn::LoadU(Floats(), x + t * x_stride), sums[t]);
    }
  }
};

// q * (scale * x) + (bias * x).
template <int bits>
struct FusedMultiplyAdd {
  AffineScale group;

  explicit HWY_INLINE FusedMultiplyAdd(const AffineScale& affine) : group(affine) {}

  template <int T>
  HWY_INLINE void add(hn::Vec<Words> codes, const float* x, Index x_stride,
                      VFloats (&sums)[T]) const {
    const VFloats q = hn::ConvertTo(Floats(), hn::BitCast(hn::RebindToSigned<Floats>(), codes));
    for (int t = 0; t < T; ++t) {
      const VFloats x_part = hn::LoadU(Floats(), x + t * x_stride);
      const VFloats scaled = hn::Mul(group.scale, x_part);
      sums[t] = hn::Add(sums[t], hn::MulAdd(q, scaled, hn::Mul(group.bias, x_part)));
    }
  }
};

// Adds the codes of as many bytes as a vector has floats, phase by phase.
template <int bits, int phase, class Form, int T>
HWY_INLINE void add_phases(const Form& form, hn::Vec<Words> bytes, const float* x, Index x_stride,
                           VFloats (&sums)[T]) {
  if constexpr (phase < 8 / bits) {
    const auto mask = hn::Set(Words(), (std::uint32_t{1} << bits) - 1);
    const auto codes = hn::And(hn::ShiftRight<phase * bits>(bytes), mask);
    form.add(codes, x + phase * static_cast<Index>(hn::Lanes(Floats())), x_stride, sums);
    add_phases<bits, phase + 1>(form, bytes, x, x_stride, sums);
  }
}

template <int bits, class Form, int R, int T>
void affine_groups(const Tile& tile) {
  const hn::Rebind<std::uint8_t, Floats> narrow;
  const RowPointers<R> rows = row_pointers<R>(tile);
  const Index columns = tile.weights->columns;
  const Index group = tile.weights->group;
  const Index step = static_cast<Index>(hn::Lanes(Floats())) * (8 / bits);
  const float* x = tile.x->values + tile.token * columns;
  VFloats sums[R][T];
  for (auto& row : sums) {
    for (VFloats& sum : row) sum = hn::Zero(Floats());
  }
  for (Index g = 0; g < columns / group; ++g) {
    for (Index line = 0; line < group * bits / 8; line += 64) {
      prefetch_next_rows(tile, rows, g * group * bits / 8 + line);
    }
    for (int r = 0; r < R; ++r) {
      const Form form(affine_scale(tile, tile.row + r, g));
      for (Index i = g * group; i < (g + 1) * group; i += step) {
        const auto bytes = hn::PromoteTo(Words(), hn::LoadU(narrow, rows.at[r] + i * bits / 8));
        add_phases<bits, 0>(form, bytes, x + i, columns, sums[r]);
      }
    }
  }
  store_tile(Floats(), sums, tile);
}

// --- from tiles to the product
// -----------------------------------------------------------------------

using TileFunction = void (*)(const Tile&);

template <int R, int T>
TileFunction tile_function(WeightFormat format, AffineForm form) {
  const bool fused = form == AffineForm::fused_multiply_add;
  switch (format) {
    case WeightFormat::f16:
      return sixteen_bits<hwy::float16_t, R, T>;
    case WeightFormat::bf16:
      return sixteen_bits<hwy::bfloat16_t, R, T>;
    case WeightFormat::q8_0:
      return blocks_of_32<Q80, R, T>;
    case WeightFormat::q4_0:
      return blocks_of_32<Q40, R, T>;
    case WeightFormat::q4_k:
      return blocks_of_q4_k<R, T>;
    case WeightFormat::q6_k:
      return blocks_of_q6_k<R, T>;
    case WeightFormat::mxfp4:
      return blocks_of_32<Mxfp4, R, T>;
    case WeightFormat::affine4:
      return fused ? affine_groups<4, FusedMultiplyAdd<4>, R, T>
                   : affine_groups<4, Dequantizer<4>, R, T>;
    case WeightFormat::affine2:
      return fused ? affine_groups<2, FusedMultiplyAdd<2>, R, T>
                   : affine_groups<2, Dequantizer<2>, R, T>;
  }
  return nullptr;
}

constexpr Index tile_rows = 4;
constexpr Index tile_tokens = 4;
// A panel of rows stays in the second cache while the tokens pass, tile_tokens at a time, which
// stay in the first.
constexpr Index panel_rows = 64;
// What a core has to have asked memory for to be kept busy: latency times bandwidth.
constexpr Index bytes_ahead = 8192;

struct TileFunctions {
  TileFunction full;         // tile_rows x tile_tokens
  TileFunction one_token;    // tile_rows x 1
  TileFunction one_row;      // 1 x tile_tokens
  TileFunction one_of_both;  // 1 x 1
};

// One tile or less of tokens and a panel of rows.
HWY_INLINE void multiply_panel(const TileFunctions& tiles, Tile tile, Index rows, bool many) {
  const Index first = tile.row;
  float* y = tile.y;
  for (Index row = 0; row < rows;) {
    const bool whole = rows - row >= tile_rows;
    tile.row = first + row;
    tile.y = y + row;
    if (whole) {
      (many ? tiles.full : tiles.one_token)(tile);
    } else {
      (many ? tiles.one_row : tiles.one_of_both)(tile);
    }
    row += whole ? tile_rows : 1;
  }
}

// In whole tiles, at least one.
Index rows_ahead(WeightFormat format, const WeightRows& weights) {
  const reference::BlockLayout block = reference::block_of(format, weights.group);
  const Index row_bytes = weights.columns / block.values * block.bytes;
  return HWY_MAX(1, bytes_ahead / (tile_rows * row_bytes)) * tile_rows;
}

void multiply(WeightFormat format, AffineForm form, const WeightRows& weights, RowRange range,
              const PreparedActivations& x, const Product& product) {
  const TileFunctions tiles{
      tile_function<tile_rows, tile_tokens>(format, form),
      tile_function<tile_rows, 1>(format, form),
      tile_function<1, tile_tokens>(format, form),
      tile_function<1, 1>(format, form),
  };
  const Index ahead = rows_ahead(format, weights) * weights.row_bytes;
  for (Index row = range.first; row < range.last; row += panel_rows) {
    const Index rows = HWY_MIN(panel_rows, range.last - row);
    for (Index token = 0; token < product.tokens;) {
      const bool many = product.tokens - token >= tile_tokens;
      multiply_panel(tiles,
                     {.weights = &weights,
                      .row = row,
                      .x = &x,
                      .token = token,
                      .y = product.y + token * product.y_stride + (row - range.first),
                      .y_stride = product.y_stride,
                      .ahead = ahead},
                     rows, many);
      token += many ? tile_tokens : 1;
    }
  }
}

const MatrixOperations* operations() {
  static constexpr MatrixOperations table{.prepare = prepare, .multiply = multiply};
  return &table;
}

#else

const MatrixOperations* operations() {
  return nullptr;
}

#endif

}  // namespace

const MatrixOperations* matrix_operations_of_target() {
  return operations();
}

}  // namespace plimsoll::calibrate::cpu::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace plimsoll::calibrate::cpu {

HWY_EXPORT(matrix_operations_of_target);

const MatrixOperations* matrix_operations() {
  return HWY_DYNAMIC_DISPATCH(matrix_operations_of_target)();
}

}  // namespace plimsoll::calibrate::cpu
#endif

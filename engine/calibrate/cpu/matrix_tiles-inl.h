// Tiles of a few rows and tokens, whose sums stay in registers, for every weight format. Included
// once per target: no plain include guard.
#if defined(PLIMSOLL_CPU_MATRIX_TILES_INL_H_) == defined(HWY_TARGET_TOGGLE)
#ifdef PLIMSOLL_CPU_MATRIX_TILES_INL_H_
#undef PLIMSOLL_CPU_MATRIX_TILES_INL_H_
#else
#define PLIMSOLL_CPU_MATRIX_TILES_INL_H_
#endif

#include <array>
#include <hwy/cache_control.h>
#include <hwy/highway.h>

#include "calibrate/cpu/matrix_operations.h"
#include "calibrate/cpu/simd_dot-inl.h"

HWY_BEFORE_NAMESPACE();
namespace plimsoll::calibrate::cpu::HWY_NAMESPACE {

#if PLIMSOLL_SIMD_TARGET

using Index = std::int64_t;
using Floats = hn::ScalableTag<float>;
using VFloats = hn::Vec<Floats>;
using Words = hn::RebindToUnsigned<Floats>;
using VWords = hn::Vec<Words>;
constexpr Index float_lanes = hn::MaxLanes(Floats());

// How the codes of 64 columns, a part of an affine group, are taken from their words of 32 bits: as
// many as a vector has lanes at a time, or all of them in several copies, of which each gives other
// codes; one code of every lane after another.
constexpr Index affine_part = 64;
template <int bits>
struct AffineOrder {
  static constexpr Index words = affine_part * bits / 32;
  static constexpr Index loads = words > float_lanes ? words / float_lanes : 1;
  static constexpr Index copies = words < float_lanes ? float_lanes / words : 1;
  static constexpr Index phases = 32 / bits / copies;  // codes that a lane gives of one load

  static constexpr Index column(Index load, Index phase, Index lane) {
    const Index word = load * float_lanes + lane % words;
    return word * (32 / bits) + lane / words * phases + phase;
  }
};

// --- tiles of R rows and T tokens ----------------------------------------------------------------

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
  static HWY_INLINE Codes32 unsigned_codes(const std::uint8_t* block) { return codes(block); }
  static HWY_INLINE VF32 scale(const std::uint8_t* block) { return half_at(block); }
  static HWY_INLINE VI32 add(VI32 sum, VU8 weights, VI8 x) { return add_products(sum, weights, x); }
#if PLIMSOLL_PAIRS_OF_BLOCKS
  static HWY_INLINE VPairU8 codes_of_pair(const std::uint8_t* block) {
    return nibbles_of_pair(block + 2, block + bytes + 2);
  }
  static HWY_INLINE VPairF32 scales_of_pair(const std::uint8_t* block) {
    return halves_of_pair(block, block + bytes);
  }
#endif
};

struct Q80 {
  static constexpr Index bytes = 34;
  static HWY_INLINE Codes32 codes(const std::uint8_t* block) { return load_codes(block + 2); }
  static HWY_INLINE Codes32 unsigned_codes(const std::uint8_t* block) {
    Codes32 moved = codes(block);
    for (VU8& part : moved.part) part = hn::Xor(part, hn::Set(U8(), std::uint8_t{0x80}));
    return moved;
  }
  static HWY_INLINE VF32 scale(const std::uint8_t* block) { return half_at(block); }
  static HWY_INLINE VI32 add(VI32 sum, VU8 weights, VI8 x) {
    return add_signed_products(sum, weights, x);
  }
#if PLIMSOLL_PAIRS_OF_BLOCKS
  static HWY_INLINE VPairU8 codes_of_pair(const std::uint8_t* block) {
    const auto both =
        hn::Combine(PairU8(), hn::LoadU(U8(), block + bytes + 2), hn::LoadU(U8(), block + 2));
    return hn::Xor(both, hn::Set(PairU8(), std::uint8_t{0x80}));
  }
  static HWY_INLINE VPairF32 scales_of_pair(const std::uint8_t* block) {
    return halves_of_pair(block, block + bytes);
  }
#endif
};

struct Mxfp4 {
  static constexpr Index bytes = 17;
  // Twice the values of E2M1, plus 16.
  alignas(16) static constexpr std::uint8_t doubled[16] = {16, 17, 18, 19, 20, 22, 24, 28,
                                                           16, 15, 14, 13, 12, 10, 8,  4};
  static HWY_INLINE Codes32 codes(const std::uint8_t* block) {
    const VU8 table = hn::LoadDup128(U8(), doubled);
    Codes32 codes = nibbles_in_turn(block + 1);
    for (VU8& part : codes.part) part = hn::TableLookupBytes(table, part);
    return codes;
  }
  static HWY_INLINE Codes32 unsigned_codes(const std::uint8_t* block) { return codes(block); }
  // Half of 2^(bits - 127), because the table is doubled; below 2 it is subnormal.
  static HWY_INLINE std::uint32_t scale_bits(const std::uint8_t* block) {
    const std::uint32_t e = block[0];
    return e < 2 ? 0x00200000U << e : (e - 1) << 23;
  }
  static HWY_INLINE VF32 scale(const std::uint8_t* block) {
    return hn::BitCast(F32(), hn::Set(hn::RebindToUnsigned<F32>(), scale_bits(block)));
  }
  static HWY_INLINE VI32 add(VI32 sum, VU8 weights, VI8 x) { return add_products(sum, weights, x); }
#if PLIMSOLL_PAIRS_OF_BLOCKS
  static HWY_INLINE VPairU8 codes_of_pair(const std::uint8_t* block) {
    return hn::TableLookupBytes(hn::LoadDup128(PairU8(), doubled),
                                nibbles_of_pair(block + 1, block + bytes + 1));
  }
  static HWY_INLINE VPairF32 scales_of_pair(const std::uint8_t* block) {
    const hn::RebindToUnsigned<PairF32> words;
    return hn::BitCast(PairF32(), of_pair(words, scale_bits(block), scale_bits(block + bytes)));
  }
#endif
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

#if PLIMSOLL_PAIRS_OF_BLOCKS
// One row and one token, two blocks at a time; an even number of them.
template <class Format>
void pairs_of_blocks(const Tile& tile) {
  const RowPointers<1> rows = row_pointers<1>(tile);
  const Index blocks = tile.weights->columns / 32;
  const std::int8_t* x = tile.x->codes + tile.token * tile.x->columns;
  const float* scales = tile.x->scales + tile.token * blocks;
  const std::int32_t* offsets = tile.x->offsets + tile.token * blocks;
  VPairF32 total = hn::Zero(PairF32());
  for (Index b = 0; b < blocks; b += 2) {
    const Index at = b * Format::bytes;
    prefetch_next_rows(tile, rows, at);
    if (2 * Format::bytes > 64) prefetch_next_rows(tile, rows, at + 64);
    const std::uint8_t* block = rows.at[0] + at;
    const auto start = of_pair(PairI32(), offsets[b], offsets[b + 1]);
    const auto x_codes = hn::LoadU(PairI8(), x + 32 * b);
    const hn::Vec<PairI32> sum{
        dot_of_bytes(start.raw, Format::codes_of_pair(block).raw, x_codes.raw)};
    const VPairF32 factor =
        hn::Mul(Format::scales_of_pair(block), of_pair(PairF32(), scales[b], scales[b + 1]));
    total = hn::MulAdd(hn::ConvertTo(PairF32(), sum), factor, total);
  }
  *tile.y = hn::GetLane(hn::SumOfLanes(PairF32(), total));
}
#endif

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

// --- weights of 16 bits --------------------------------------------------------------------------

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

// One row and one token, in as many sums as it takes not to wait for the last addition.
template <class Number>
void row_of_16_bits(const Tile& tile) {
  constexpr Index chains = 4;
  const Floats d;
  const hn::Rebind<Number, Floats> narrow;
  const RowPointers<1> rows = row_pointers<1>(tile);
  const auto* w = reinterpret_cast<const Number*>(rows.at[0]);
  const float* x = tile.x->values + tile.token * tile.x->columns;
  VFloats sums[chains];
  for (VFloats& sum : sums) sum = hn::Zero(d);
  for (Index i = 0; i < tile.weights->columns; i += chains * float_lanes) {
    for (Index line = 0; line < 2 * chains * float_lanes; line += 64) {
      prefetch_next_rows(tile, rows, 2 * i + line);
    }
    for (Index c = 0; c < chains; ++c) {
      const Index at = i + c * float_lanes;
      sums[c] =
          hn::MulAdd(hn::PromoteTo(d, hn::LoadU(narrow, w + at)), hn::LoadU(d, x + at), sums[c]);
    }
  }
  const VFloats sum = hn::Add(hn::Add(sums[0], sums[1]), hn::Add(sums[2], sums[3]));
  *tile.y = hn::GetLane(hn::SumOfLanes(d, sum));
}

// --- affine groups -------------------------------------------------------------------------------

// Scales and biases of R rows as floats, of some groups at a time.
template <int R>
struct AffineGroups {
  static constexpr Index most = 16;
  HWY_ALIGN float scales[R][most];
  HWY_ALIGN float biases[R][most];

  HWY_INLINE void load(const Tile& tile, Index first) {
    const Index groups = tile.weights->columns / tile.weights->group;
    const Index count = HWY_MIN(most, groups - first);
    for (int r = 0; r < R; ++r) {
      const Index at = (tile.row + r) * groups + first;
      to_floats(tile.weights->scales + at, count, scales[r]);
      to_floats(tile.weights->biases + at, count, biases[r]);
    }
  }

 private:
  static HWY_INLINE void to_floats(const std::uint16_t* bits, Index count, float* out) {
    const hn::Rebind<hwy::float16_t, Floats> halves;
    Index i = 0;
    for (; i + float_lanes <= count; i += float_lanes) {
      const auto* at = reinterpret_cast<const hwy::float16_t*>(bits + i);
      hn::StoreU(hn::PromoteTo(Floats(), hn::LoadU(halves, at)), Floats(), out + i);
    }
    for (; i < count; ++i) out[i] = hn::GetLane(half_at(bits + i));
  }
};

// The words of one load, every copy shifted to its own codes.
template <int bits>
HWY_INLINE VWords load_affine(const std::uint8_t* codes) {
  using Order = AffineOrder<bits>;
  const auto* words = reinterpret_cast<const std::uint32_t*>(codes);
  if constexpr (Order::copies == 1) {
    return hn::LoadU(Words(), words);
  } else {
    alignas(64) static constexpr auto shifts = [] {
      std::array<std::uint32_t, float_lanes> each{};
      for (Index lane = 0; lane < float_lanes; ++lane) {
        each[static_cast<std::size_t>(lane)] =
            static_cast<std::uint32_t>(lane / Order::words * Order::phases * bits);
      }
      return each;
    }();
    VWords repeated;
    if constexpr (Order::words == 4) {
      repeated = hn::LoadDup128(Words(), words);
    } else {
      const hn::Half<Words> half;
      const auto once = hn::LoadU(half, words);
      repeated = hn::Combine(Words(), once, once);
    }
    return hn::Shr(repeated, hn::Load(Words(), shifts.data()));
  }
}

// scale * q + bias for the codes q in the lowest bits of the words, or q itself. Where a vector
// holds 16 of them, all values are formed at once and looked up.
template <int bits>
struct AffineValues {
  static constexpr bool looks_up = PLIMSOLL_LOOKS_UP_16;
  static constexpr std::uint32_t mask = (1U << bits) - 1;

  // Of every code that four bits may hold, of which those above are none of ours.
  static HWY_INLINE VFloats all_codes() {
    const auto all = hn::And(hn::Iota(Words(), 0), hn::Set(Words(), mask));
    return to_float(all);
  }
  static HWY_INLINE VFloats to_float(VWords codes) {
    return hn::ConvertTo(Floats(), hn::BitCast(hn::RebindToSigned<Floats>(), codes));
  }
  static HWY_INLINE VFloats code(VWords words) {
    if constexpr (looks_up) return look_up_16(all_codes(), words);
    return to_float(hn::And(words, hn::Set(Words(), mask)));
  }
};

// (scale * q + bias) * x.
template <int bits>
struct Dequantizer {
  using Values = AffineValues<bits>;
  VFloats scale;
  VFloats bias;
  VFloats table;

  HWY_INLINE Dequantizer(float group_scale, float group_bias)
      : scale(hn::Set(Floats(), group_scale)),
        bias(hn::Set(Floats(), group_bias)),
        table(hn::MulAdd(Values::all_codes(), scale, bias)) {}

  template <int T>
  HWY_INLINE void add(VWords words, const float* x, Index x_stride, VFloats (&sums)[T]) const {
    VFloats w;
    if constexpr (Values::looks_up) {
      w = look_up_16(table, words);
    } else {
      w = hn::MulAdd(Values::code(words), scale, bias);
    }
    for (int t = 0; t < T; ++t) {
      sums[t] = hn::MulAdd(w, hn::LoadU(Floats(), x + t * x_stride), sums[t]);
    }
  }
  template <int T>
  HWY_INLINE void add_bias(const VFloats (&)[T], VFloats (&)[T]) const {}
};

// q * (scale * x) + bias * x, the latter for all x of the part.
template <int bits>
struct FusedMultiplyAdd {
  VFloats scale;
  VFloats bias;

  HWY_INLINE FusedMultiplyAdd(float group_scale, float group_bias)
      : scale(hn::Set(Floats(), group_scale)), bias(hn::Set(Floats(), group_bias)) {}

  template <int T>
  HWY_INLINE void add(VWords words, const float* x, Index x_stride, VFloats (&sums)[T]) const {
    const VFloats q = AffineValues<bits>::code(words);
    for (int t = 0; t < T; ++t) {
      const VFloats scaled = hn::Mul(scale, hn::LoadU(Floats(), x + t * x_stride));
      sums[t] = hn::MulAdd(q, scaled, sums[t]);
    }
  }
  template <int T>
  HWY_INLINE void add_bias(const VFloats (&x_sums)[T], VFloats (&sums)[T]) const {
    for (int t = 0; t < T; ++t) sums[t] = hn::MulAdd(bias, x_sums[t], sums[t]);
  }
};

// Adds the codes of one load, phase by phase.
template <int bits, Index phase, class Form, int T>
HWY_INLINE void add_phases(const Form& form, VWords words, const float* x, Index x_stride,
                           VFloats (&sums)[T]) {
  if constexpr (phase < AffineOrder<bits>::phases) {
    form.add(hn::ShiftRight<static_cast<int>(phase) * bits>(words), x + phase * float_lanes,
             x_stride, sums);
    add_phases<bits, phase + 1>(form, words, x, x_stride, sums);
  }
}

// Lane by lane over a part of x.
template <int T>
HWY_INLINE void sum_part(const float* x, Index x_stride, VFloats (&sums)[T]) {
  for (int t = 0; t < T; ++t) {
    sums[t] = hn::LoadU(Floats(), x + t * x_stride);
    for (Index i = float_lanes; i < affine_part; i += float_lanes) {
      sums[t] = hn::Add(sums[t], hn::LoadU(Floats(), x + t * x_stride + i));
    }
  }
}

template <int bits, class Form, int R, int T>
void affine_groups(const Tile& tile) {
  using Order = AffineOrder<bits>;
  constexpr Index part_bytes = affine_part * bits / 8;
  const RowPointers<R> rows = row_pointers<R>(tile);
  const Index columns = tile.weights->columns;
  const Index group_parts = tile.weights->group / affine_part;
  const float* x = tile.x->values + tile.token * columns;
  AffineGroups<R> groups;
  VFloats sums[R][T];
  for (auto& row : sums) {
    for (VFloats& sum : row) sum = hn::Zero(Floats());
  }
  for (Index part = 0; part < columns / affine_part; ++part) {
    const Index group = part / group_parts;
    const Index at = group % groups.most;
    if (at == 0 && part % group_parts == 0) groups.load(tile, group);
    if (part * part_bytes % 64 == 0) prefetch_next_rows(tile, rows, part * part_bytes);
    const float* x_part = x + part * affine_part;
    VFloats x_sums[T];
    sum_part(x_part, columns, x_sums);
    for (int r = 0; r < R; ++r) {
      const Form form(groups.scales[r][at], groups.biases[r][at]);
      form.add_bias(x_sums, sums[r]);
      for (Index load = 0; load < Order::loads; ++load) {
        const std::uint8_t* codes = rows.at[r] + part * part_bytes + load * 4 * float_lanes;
        add_phases<bits, 0>(form, load_affine<bits>(codes),
                            x_part + load * Order::phases * float_lanes, columns, sums[r]);
      }
    }
  }
  store_tile(Floats(), sums, tile);
}

#endif  // PLIMSOLL_SIMD_TARGET

}  // namespace plimsoll::calibrate::cpu::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#endif  // per target

// Sums of products of bytes, for whichever SIMD target is being compiled. Highway 1.0.3 has none.
// Included once per target: no plain include guard.
#if defined(PLIMSOLL_CPU_SIMD_DOT_INL_H_) == defined(HWY_TARGET_TOGGLE)
#ifdef PLIMSOLL_CPU_SIMD_DOT_INL_H_
#undef PLIMSOLL_CPU_SIMD_DOT_INL_H_
#else
#define PLIMSOLL_CPU_SIMD_DOT_INL_H_
#endif

#include <hwy/highway.h>

HWY_BEFORE_NAMESPACE();
namespace plimsoll::calibrate::cpu::HWY_NAMESPACE {
namespace hn = hwy::HWY_NAMESPACE;

#undef PLIMSOLL_SIMD_TARGET
// The target's vectors have at least 16 bytes, and its dot products are written below.
#if HWY_TARGET == HWY_SCALAR || HWY_TARGET == HWY_EMU128 || !(HWY_ARCH_X86 || HWY_ARCH_ARM)
#define PLIMSOLL_SIMD_TARGET 0
#else
#define PLIMSOLL_SIMD_TARGET 1
#endif

#if PLIMSOLL_SIMD_TARGET

// Codes are worked on 32 at a time, a block of ggml's: in one vector where it has 32 bytes, else in
// two parts of 16.
using U8 = hn::CappedTag<std::uint8_t, 32>;
using I8 = hn::Repartition<std::int8_t, U8>;
using I16 = hn::Repartition<std::int16_t, U8>;
using I32 = hn::Repartition<std::int32_t, U8>;
using F32 = hn::Repartition<float, U8>;
using U16 = hn::Repartition<std::uint16_t, U8>;
using VU8 = hn::Vec<U8>;
using VI8 = hn::Vec<I8>;
using VI16 = hn::Vec<I16>;
using VI32 = hn::Vec<I32>;
using VF32 = hn::Vec<F32>;

constexpr int part_codes = HWY_MAX_BYTES >= 32 ? 32 : 16;
constexpr int parts = 32 / part_codes;
constexpr std::int32_t int_lanes = part_codes / 4;

// g++ gives members of its own making no target: what holds vectors has its constructor written.
struct Codes32 {
  HWY_INLINE Codes32() {}
  VU8 part[parts];
};

#if HWY_TARGET == HWY_AVX3_DL
// As AVX-512 encodes them. Highway 1.0.3 compiles this target for AVX-VNNI, whose own encoding
// processors with AVX-512 VNNI need not have (Ice Lake, Zen 4), and which intrinsics would become.
template <class V>
HWY_INLINE V dot_of_bytes(V sum, V weights, V x) {
  asm("vpdpbusd %2, %1, %0" : "+v"(sum) : "v"(weights), "v"(x));
  return sum;
}
template <class V>
HWY_INLINE V dot_of_words(V sum, V a, V b) {
  asm("vpdpwssd %2, %1, %0" : "+v"(sum) : "v"(a), "v"(b));
  return sum;
}
#endif

// sum + products of adjacent bytes, four to a lane. Weights up to 127: where there is no
// instruction for it, pairs of products are added in 16 bits.
HWY_INLINE VI32 add_products(VI32 sum, VU8 weights, VI8 x) {
#if HWY_TARGET == HWY_AVX3_DL
  return VI32{dot_of_bytes(sum.raw, weights.raw, x.raw)};
#elif HWY_TARGET == HWY_AVX2 || HWY_TARGET == HWY_AVX3
  const __m256i pairs = _mm256_maddubs_epi16(weights.raw, x.raw);
  return VI32{_mm256_add_epi32(sum.raw, _mm256_madd_epi16(pairs, _mm256_set1_epi16(1)))};
#elif HWY_ARCH_X86
  const __m128i pairs = _mm_maddubs_epi16(weights.raw, x.raw);
  return VI32{_mm_add_epi32(sum.raw, _mm_madd_epi16(pairs, _mm_set1_epi16(1)))};
#elif defined(__ARM_FEATURE_DOTPROD)
  return VI32{vdotq_s32(sum.raw, vreinterpretq_s8_u8(weights.raw), x.raw)};
#else
  const int8x16_t w = vreinterpretq_s8_u8(weights.raw);
  const int16x8_t low = vmull_s8(vget_low_s8(w), vget_low_s8(x.raw));
  const int16x8_t high = vmull_s8(vget_high_s8(w), vget_high_s8(x.raw));
  return VI32{vaddq_s32(sum.raw, vpaddq_s32(vpaddlq_s16(low), vpaddlq_s16(high)))};
#endif
}

// The same for weights of a sign. What an unsigned product needs instead is the offset 128 of every
// weight, taken off beforehand: signed_offset says which of the two this target does.
#if HWY_TARGET == HWY_AVX3_DL
constexpr std::int32_t signed_offset = 128;
#else
constexpr std::int32_t signed_offset = 0;
#endif

HWY_INLINE VI32 add_signed_products(VI32 sum, VU8 weights, VI8 x) {
#if HWY_TARGET == HWY_AVX3_DL
  return add_products(sum, hn::Xor(weights, hn::Set(U8(), std::uint8_t{0x80})), x);
#elif HWY_TARGET == HWY_AVX2 || HWY_TARGET == HWY_AVX3
  const VU8 magnitudes{_mm256_abs_epi8(weights.raw)};
  return add_products(sum, magnitudes, VI8{_mm256_sign_epi8(x.raw, weights.raw)});
#elif HWY_ARCH_X86
  const VU8 magnitudes{_mm_abs_epi8(weights.raw)};
  return add_products(sum, magnitudes, VI8{_mm_sign_epi8(x.raw, weights.raw)});
#else
  return add_products(sum, weights, x);
#endif
}

// sum + products of adjacent bytes times a 16-bit scale, one for each pair of bytes but the same
// for the four bytes of a lane. Weights up to 63.
HWY_INLINE VI32 add_scaled_products(VI32 sum, VU8 weights, VI8 x, VI16 scales) {
#if HWY_TARGET == HWY_AVX3_DL
  const __m256i pairs = _mm256_maddubs_epi16(weights.raw, x.raw);
  return VI32{dot_of_words(sum.raw, pairs, scales.raw)};
#elif HWY_TARGET == HWY_AVX2 || HWY_TARGET == HWY_AVX3
  const __m256i pairs = _mm256_maddubs_epi16(weights.raw, x.raw);
  return VI32{_mm256_add_epi32(sum.raw, _mm256_madd_epi16(pairs, scales.raw))};
#elif HWY_ARCH_X86
  const __m128i pairs = _mm_maddubs_epi16(weights.raw, x.raw);
  return VI32{_mm_add_epi32(sum.raw, _mm_madd_epi16(pairs, scales.raw))};
#else
  const VI32 products = add_products(hn::Zero(I32()), weights, x);
  const VI32 wide_scales{vshrq_n_s32(vreinterpretq_s32_s16(scales.raw), 16)};
  return hn::Add(sum, hn::Mul(products, wide_scales));
#endif
}

// sum + products of adjacent 16-bit numbers, two to a lane.
HWY_INLINE VI32 add_wide_products(VI32 sum, VI16 a, VI16 b) {
  VI32 rest = hn::Zero(I32());
  const VI32 total = hn::ReorderWidenMulAccumulate(I32(), a, b, sum, rest);
  return hn::Add(total, rest);
}

// Low nibbles of 16 bytes, then their high nibbles.
HWY_INLINE Codes32 nibbles_in_turn(const std::uint8_t* bytes) {
  const VU8 mask = hn::Set(U8(), std::uint8_t{0xf});
  const hn::FixedTag<std::uint8_t, 16> d16;
  const hn::Repartition<std::uint16_t, decltype(d16)> words;
  const auto packed = hn::LoadU(d16, bytes);
  const auto shifted = hn::BitCast(d16, hn::ShiftRight<4>(hn::BitCast(words, packed)));
  Codes32 codes;
#if HWY_MAX_BYTES >= 32
  codes.part[0] = hn::And(hn::Combine(U8(), shifted, packed), mask);
#else
  codes.part[0] = hn::And(packed, mask);
  codes.part[1] = hn::And(shifted, mask);
#endif
  return codes;
}

HWY_INLINE Codes32 load_codes(const std::uint8_t* bytes) {
  Codes32 codes;
  for (int p = 0; p < parts; ++p) codes.part[p] = hn::LoadU(U8(), bytes + p * part_codes);
  return codes;
}

// Bits [shift, shift + width of mask) of every byte.
template <int shift>
HWY_INLINE VU8 bits_of(VU8 bytes, VU8 mask) {
  return hn::And(hn::BitCast(U8(), hn::ShiftRight<shift>(hn::BitCast(U16(), bytes))), mask);
}

// A table of 16 floats by the lowest four bits of each word.
#undef PLIMSOLL_LOOKS_UP_16
#if HWY_ARCH_X86 && HWY_MAX_BYTES >= 64
#define PLIMSOLL_LOOKS_UP_16 1
#else
#define PLIMSOLL_LOOKS_UP_16 0
#endif

template <class V, class W>
HWY_INLINE V look_up_16([[maybe_unused]] V table, [[maybe_unused]] W words) {
#if PLIMSOLL_LOOKS_UP_16
  return V{_mm512_permutexvar_ps(words.raw, table.raw)};
#else
  return table;
#endif
}

// Two blocks of 32 codes in one vector, where it has 64 bytes and the products of bytes that go
// with it.
#undef PLIMSOLL_PAIRS_OF_BLOCKS
#if HWY_TARGET == HWY_AVX3_DL
#define PLIMSOLL_PAIRS_OF_BLOCKS 1
#else
#define PLIMSOLL_PAIRS_OF_BLOCKS 0
#endif

#if PLIMSOLL_PAIRS_OF_BLOCKS
using PairU8 = hn::CappedTag<std::uint8_t, 64>;
using PairI8 = hn::Repartition<std::int8_t, PairU8>;
using PairU64 = hn::Repartition<std::uint64_t, PairU8>;
using PairI32 = hn::Repartition<std::int32_t, PairU8>;
using PairF32 = hn::Repartition<float, PairU8>;
using VPairU8 = hn::Vec<PairU8>;
using VPairF32 = hn::Vec<PairF32>;

// A value for each of two blocks.
template <class D, typename T>
HWY_INLINE hn::Vec<D> of_pair(D d, T first, T second) {
  const hn::Half<D> half;
  return hn::Combine(d, hn::Set(half, second), hn::Set(half, first));
}

// Low nibbles of 16 bytes, then their high nibbles, of both.
HWY_INLINE VPairU8 nibbles_of_pair(const std::uint8_t* first, const std::uint8_t* second) {
  alignas(64) static constexpr std::uint64_t twice[8] = {0, 1, 0, 1, 2, 3, 2, 3};
  alignas(64) static constexpr std::uint64_t shifts[8] = {0, 0, 4, 4, 0, 0, 4, 4};
  const PairU64 d;
  const hn::Half<PairU8> half;
  const hn::Half<decltype(half)> quarter;
  const auto both = hn::Combine(half, hn::LoadU(quarter, second), hn::LoadU(quarter, first));
  const auto repeated = hn::TableLookupLanes(hn::BitCast(d, hn::ZeroExtendVector(PairU8(), both)),
                                             hn::IndicesFromVec(d, hn::Load(d, twice)));
  const auto shifted = hn::BitCast(PairU8(), hn::Shr(repeated, hn::Load(d, shifts)));
  return hn::And(shifted, hn::Set(PairU8(), std::uint8_t{0xf}));
}

HWY_INLINE VPairF32 halves_of_pair(const void* first, const void* second) {
  std::uint16_t bits[2];
  hwy::CopyBytes<2>(first, &bits[0]);
  hwy::CopyBytes<2>(second, &bits[1]);
  const hn::Rebind<std::uint16_t, PairF32> words;
  const hn::Rebind<hwy::float16_t, PairF32> narrow;
  return hn::PromoteTo(PairF32(), hn::BitCast(narrow, of_pair(words, bits[0], bits[1])));
}
#endif

HWY_INLINE VF32 half_at(const void* at) {
  const hn::FixedTag<float, 1> one;
  const hn::Rebind<hwy::float16_t, decltype(one)> one_half;
  hwy::float16_t bits;
  hwy::CopyBytes<2>(at, &bits);
  return hn::Set(F32(), hn::GetLane(hn::PromoteTo(one, hn::LoadU(one_half, &bits))));
}

#endif  // PLIMSOLL_SIMD_TARGET

}  // namespace plimsoll::calibrate::cpu::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#endif  // per target

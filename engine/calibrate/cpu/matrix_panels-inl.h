// Products with many tokens: a panel of rows is unpacked once, with rows across the lanes of
// vectors, and then multiplied with all tokens, several at a time. Included once per target, after
// the formats of blocks: no plain include guard.
#if defined(PLIMSOLL_CPU_MATRIX_PANELS_INL_H_) == defined(HWY_TARGET_TOGGLE)
#ifdef PLIMSOLL_CPU_MATRIX_PANELS_INL_H_
#undef PLIMSOLL_CPU_MATRIX_PANELS_INL_H_
#else
#define PLIMSOLL_CPU_MATRIX_PANELS_INL_H_
#endif

#include <hwy/highway.h>

#include "calibrate/cpu/matrix_tiles-inl.h"

HWY_BEFORE_NAMESPACE();
namespace plimsoll::calibrate::cpu::HWY_NAMESPACE {

#if PLIMSOLL_SIMD_TARGET

// Unpacked rows.
struct Panel {
  float* floats;                  // weights [column][row], or scales of codes [run][row]
  float* minima = nullptr;        // of codes [run][row]
  std::uint8_t* codes = nullptr;  // [four columns][row][4]
};

// Two vectors of rows.
constexpr Index vector_rows = hn::MaxLanes(Floats());
constexpr Index panel_rows = 2 * vector_rows;
static_assert(most_panel_rows % panel_rows == 0);

// Four words of each of a vector's rows, for turning: row r lies at (r % 4) * vector_rows / 4 +
// r / 4.
struct TurningWords {
  HWY_ALIGN std::uint32_t words[4 * vector_rows];

  HWY_INLINE std::uint32_t* of_row(Index row) {
    return words + (row % 4 * (vector_rows / 4) + row / 4) * 4;
  }
  // Word j of all rows to out + j * stride.
  HWY_INLINE void turn(std::uint32_t* out, Index stride) const {
    const hn::Repartition<std::uint64_t, Words> pairs;
    const VWords row0 = hn::Load(Words(), words);
    const VWords row1 = hn::Load(Words(), words + vector_rows);
    const VWords row2 = hn::Load(Words(), words + 2 * vector_rows);
    const VWords row3 = hn::Load(Words(), words + 3 * vector_rows);
    const auto low01 = hn::BitCast(pairs, hn::InterleaveLower(Words(), row0, row1));
    const auto high01 = hn::BitCast(pairs, hn::InterleaveUpper(Words(), row0, row1));
    const auto low23 = hn::BitCast(pairs, hn::InterleaveLower(Words(), row2, row3));
    const auto high23 = hn::BitCast(pairs, hn::InterleaveUpper(Words(), row2, row3));
    const auto put = [&](Index j, auto v) {
      hn::StoreU(hn::BitCast(Words(), v), Words(), out + j * stride);
    };
    put(0, hn::InterleaveLower(pairs, low01, low23));
    put(1, hn::InterleaveUpper(pairs, low01, low23));
    put(2, hn::InterleaveLower(pairs, high01, high23));
    put(3, hn::InterleaveUpper(pairs, high01, high23));
  }
};

// --- floats: [column][row] -----------------------------------------------------------------------

template <class Number>
void unpack_floats(const WeightRows& weights, Index first, float* panel) {
  const hn::FixedTag<float, 4> four;
  const hn::Rebind<Number, decltype(four)> narrow;
  auto* out = reinterpret_cast<std::uint32_t*>(panel);
  TurningWords turning;
  for (Index v = 0; v < panel_rows; v += vector_rows) {
    for (Index column = 0; column < weights.columns; column += 4) {
      for (Index row = 0; row < vector_rows; ++row) {
        const std::uint8_t* at = weights.codes + (first + v + row) * weights.row_bytes + 2 * column;
        const auto values =
            hn::PromoteTo(four, hn::LoadU(narrow, reinterpret_cast<const Number*>(at)));
        hn::Store(values, four, reinterpret_cast<float*>(turning.of_row(row)));
      }
      turning.turn(out + column * panel_rows + v, panel_rows);
    }
  }
}

template <int T>
void multiply_floats(const Panel& panel, const PreparedActivations& x, Index token, float* y,
                     Index y_stride) {
  const float* values = x.values + token * x.columns;
  VFloats low[T];
  VFloats high[T];
  for (int t = 0; t < T; ++t) low[t] = high[t] = hn::Zero(Floats());
  for (Index column = 0; column < x.columns; ++column) {
    const VFloats w_low = hn::LoadU(Floats(), panel.floats + column * panel_rows);
    const VFloats w_high = hn::LoadU(Floats(), panel.floats + column * panel_rows + vector_rows);
    for (int t = 0; t < T; ++t) {
      const VFloats value = hn::Set(Floats(), values[t * x.columns + column]);
      low[t] = hn::MulAdd(w_low, value, low[t]);
      high[t] = hn::MulAdd(w_high, value, high[t]);
    }
  }
  for (int t = 0; t < T; ++t) {
    hn::StoreU(low[t], Floats(), y + t * y_stride);
    hn::StoreU(high[t], Floats(), y + t * y_stride + vector_rows);
  }
}

// --- codes, with a scale and a minimum for each run of columns and row ---------------------------

#if HWY_TARGET == HWY_AVX3_DL

using WideInts = hn::RebindToSigned<Words>;
using VWideInts = hn::Vec<WideInts>;

// sum + products of adjacent bytes, four to a lane.
HWY_INLINE VWideInts add_wide_codes(VWideInts sum, VWords weights, VWords x) {
  return VWideInts{dot_of_bytes(sum.raw, weights.raw, x.raw)};
}

// Blocks of 32, one run each.
template <class Format>
struct BlockRuns {
  static constexpr Index run = 32, values = 32;
  static constexpr bool has_minima = false;
  static HWY_INLINE void unpack(const std::uint8_t* block, Codes32* codes, float* scales, float*) {
    codes[0] = Format::unsigned_codes(block);
    scales[0] = hn::GetLane(Format::scale(block));
  }
  static constexpr Index bytes = Format::bytes;
};

struct Q4KRuns {
  static constexpr Index run = 32, values = 256, bytes = 144;
  static constexpr bool has_minima = true;
  static HWY_INLINE void unpack(const std::uint8_t* block, Codes32* codes, float* scales,
                                float* minima) {
    const VU8 nibble = hn::Set(U8(), std::uint8_t{0xf});
    for (int pair = 0; pair < 4; ++pair) {
      const VU8 packed = load_codes(block + 16 + 32 * pair).part[0];
      codes[2 * pair].part[0] = hn::And(packed, nibble);
      codes[2 * pair + 1].part[0] = bits_of<4>(packed, nibble);
    }
    const hn::FixedTag<float, 8> eight;
    const hn::Rebind<std::int32_t, decltype(eight)> ints;
    const KScales k = unpack_k_scales(block);
    const auto put = [&](hn::Vec<Words8> words, const void* factor, float* out) {
      const auto all = hn::ConvertTo(eight, hn::PromoteTo(ints, words));
      hn::StoreU(hn::Mul(all, hn::Set(eight, hn::GetLane(half_at(factor)))), eight, out);
    };
    put(k.scales, block, scales);
    put(k.minima, block + 2, minima);
  }
};

struct Q6KRuns {
  static constexpr Index run = 16, values = 256, bytes = 210;
  static constexpr bool has_minima = false;
  static HWY_INLINE void unpack(const std::uint8_t* block, Codes32* codes, float* scales, float*) {
    for (int half = 0; half < 2; ++half) {
      const Codes32 low_a = load_codes(block + 64 * half);
      const Codes32 low_b = load_codes(block + 64 * half + 32);
      const Codes32 high = load_codes(block + 128 + 32 * half);
      codes[4 * half] = q6_k_quarter<0>(low_a, high);
      codes[4 * half + 1] = q6_k_quarter<1>(low_b, high);
      codes[4 * half + 2] = q6_k_quarter<2>(low_a, high);
      codes[4 * half + 3] = q6_k_quarter<3>(low_b, high);
    }
    const float d = hn::GetLane(half_at(block + 208));
    const auto* sub_scales = reinterpret_cast<const std::int8_t*>(block + 192);
    for (int i = 0; i < 16; ++i) scales[i] = d * static_cast<float>(sub_scales[i]);
  }
};

// A block of each row of one vector of them.
template <class Runs>
HWY_INLINE void unpack_blocks(const std::uint8_t* first, Index row_bytes, Index block, Index v,
                              const Panel& panel) {
  constexpr Index parts32 = Runs::values / 32;
  constexpr Index runs = Runs::values / Runs::run;
  TurningWords turning[2 * parts32];
  for (Index row = 0; row < vector_rows; ++row) {
    Codes32 codes[parts32];
    float scales[runs];
    float minima[runs];
    Runs::unpack(first + row * row_bytes + block * Runs::bytes, codes, scales, minima);
    const hn::Half<U8> half;
    for (Index part = 0; part < parts32; ++part) {
      auto* low = reinterpret_cast<std::uint8_t*>(turning[2 * part].of_row(row));
      auto* high = reinterpret_cast<std::uint8_t*>(turning[2 * part + 1].of_row(row));
      hn::Store(hn::LowerHalf(half, codes[part].part[0]), half, low);
      hn::Store(hn::UpperHalf(half, codes[part].part[0]), half, high);
    }
    for (Index i = 0; i < runs; ++i) {
      const Index at = (block * runs + i) * panel_rows + v + row;
      panel.floats[at] = scales[i];
      if (Runs::has_minima) panel.minima[at] = minima[i];
    }
  }
  auto* out = reinterpret_cast<std::uint32_t*>(panel.codes) + block * Runs::values / 4 * panel_rows;
  for (Index i = 0; i < 2 * parts32; ++i) {
    turning[i].turn(out + 4 * i * panel_rows + v, panel_rows);
  }
}

template <class Runs>
void unpack_codes(const WeightRows& weights, Index first, const Panel& panel) {
  for (Index v = 0; v < panel_rows; v += vector_rows) {
    const std::uint8_t* rows = weights.codes + (first + v) * weights.row_bytes;
    for (Index block = 0; block < weights.columns / Runs::values; ++block) {
      unpack_blocks<Runs>(rows, weights.row_bytes, block, v, panel);
    }
  }
}

template <class Runs, int T>
void multiply_codes(const Panel& panel, const PreparedActivations& x, Index token, float* y,
                    Index y_stride) {
  const Index runs = x.columns / Runs::run;
  const std::int8_t* codes = x.codes + token * x.columns;
  const float* x_scales = x.run_scales + token * runs;
  const float* x_minima = x.run_minima + token * runs;
  const std::int32_t* starts = x.run_starts + token * runs;
  VFloats low[T];
  VFloats high[T];
  for (int t = 0; t < T; ++t) low[t] = high[t] = hn::Zero(Floats());
  for (Index run = 0; run < runs; ++run) {
    VWideInts low_sums[T];
    VWideInts high_sums[T];
    for (int t = 0; t < T; ++t) {
      low_sums[t] = high_sums[t] = hn::Set(WideInts(), starts[t * runs + run]);
    }
    for (Index column = run * Runs::run; column < (run + 1) * Runs::run; column += 4) {
      const auto* w = reinterpret_cast<const std::uint32_t*>(panel.codes + column * panel_rows);
      const VWords w_low = hn::LoadU(Words(), w);
      const VWords w_high = hn::LoadU(Words(), w + vector_rows);
      for (int t = 0; t < T; ++t) {
        std::uint32_t four = 0;
        hwy::CopyBytes<4>(codes + t * x.columns + column, &four);
        const VWords value = hn::Set(Words(), four);
        low_sums[t] = add_wide_codes(low_sums[t], w_low, value);
        high_sums[t] = add_wide_codes(high_sums[t], w_high, value);
      }
    }
    const VFloats s_low = hn::LoadU(Floats(), panel.floats + run * panel_rows);
    const VFloats s_high = hn::LoadU(Floats(), panel.floats + run * panel_rows + vector_rows);
    for (int t = 0; t < T; ++t) {
      const VFloats factor = hn::Set(Floats(), x_scales[t * runs + run]);
      low[t] = hn::MulAdd(hn::Mul(hn::ConvertTo(Floats(), low_sums[t]), s_low), factor, low[t]);
      high[t] = hn::MulAdd(hn::Mul(hn::ConvertTo(Floats(), high_sums[t]), s_high), factor, high[t]);
    }
    if constexpr (Runs::has_minima) {
      const VFloats m_low = hn::LoadU(Floats(), panel.minima + run * panel_rows);
      const VFloats m_high = hn::LoadU(Floats(), panel.minima + run * panel_rows + vector_rows);
      for (int t = 0; t < T; ++t) {
        const VFloats sum = hn::Set(Floats(), x_minima[t * runs + run]);
        low[t] = hn::NegMulAdd(m_low, sum, low[t]);
        high[t] = hn::NegMulAdd(m_high, sum, high[t]);
      }
    }
  }
  for (int t = 0; t < T; ++t) {
    hn::StoreU(low[t], Floats(), y + t * y_stride);
    hn::StoreU(high[t], Floats(), y + t * y_stride + vector_rows);
  }
}

#endif  // HWY_AVX3_DL

// --- from panels to the product ------------------------------------------------------------------

// As many sums as there are registers for, with those of the products before they are scaled.
constexpr int float_tokens = HWY_TARGET == HWY_AVX2 || HWY_TARGET == HWY_SSE4 ? 6 : 12;
constexpr int code_tokens = 6;

// A few tokens with an unpacked panel.
using PanelTile = void (*)(const Panel&, const PreparedActivations&, Index token, float* y,
                           Index y_stride);

// As many tokens at a time as fit, then what is left in fours and ones.
struct PanelTiles {
  int most;
  PanelTile many;
  PanelTile four;
  PanelTile one;
};

HWY_INLINE void multiply_tokens(const PanelTiles& tiles, const Panel& panel,
                                const PreparedActivations& x, const Product& product) {
  for (Index token = 0; token < product.tokens;) {
    const Index left = product.tokens - token;
    float* y = product.y + token * product.y_stride;
    if (left >= tiles.most) {
      tiles.many(panel, x, token, y, product.y_stride);
      token += tiles.most;
    } else if (left >= 4) {
      tiles.four(panel, x, token, y, product.y_stride);
      token += 4;
    } else {
      tiles.one(panel, x, token, y, product.y_stride);
      token += 1;
    }
  }
}

template <class Number>
void float_panel(const WeightRows& weights, Index first, const PreparedActivations& x,
                 const Product& product) {
  auto* floats = reinterpret_cast<float*>(panel_memory(4 * panel_rows * weights.columns));
  unpack_floats<Number>(weights, first, floats);
  multiply_tokens({.most = float_tokens,
                   .many = multiply_floats<float_tokens>,
                   .four = multiply_floats<4>,
                   .one = multiply_floats<1>},
                  {.floats = floats}, x, product);
}

#if HWY_TARGET == HWY_AVX3_DL
template <class Runs>
void code_panel(const WeightRows& weights, Index first, const PreparedActivations& x,
                const Product& product) {
  const Index codes_bytes = panel_rows * weights.columns;
  const Index scales = panel_rows * weights.columns / Runs::run;
  std::uint8_t* memory = panel_memory(codes_bytes + 8 * scales);
  auto* floats = reinterpret_cast<float*>(memory + codes_bytes);
  const Panel panel{.floats = floats, .minima = floats + scales, .codes = memory};
  unpack_codes<Runs>(weights, first, panel);
  multiply_tokens({.most = code_tokens,
                   .many = multiply_codes<Runs, code_tokens>,
                   .four = multiply_codes<Runs, 4>,
                   .one = multiply_codes<Runs, 1>},
                  panel, x, product);
}
#endif

using PanelFunction = void (*)(const WeightRows&, Index first, const PreparedActivations&,
                               const Product&);

// Null where tiles are as good.
HWY_INLINE PanelFunction panel_function(WeightFormat format) {
  switch (format) {
    case WeightFormat::f16:
      return float_panel<hwy::float16_t>;
    case WeightFormat::bf16:
      return float_panel<hwy::bfloat16_t>;
#if HWY_TARGET == HWY_AVX3_DL
    case WeightFormat::q8_0:
      return code_panel<BlockRuns<Q80>>;
    case WeightFormat::q4_0:
      return code_panel<BlockRuns<Q40>>;
    case WeightFormat::mxfp4:
      return code_panel<BlockRuns<Mxfp4>>;
    case WeightFormat::q4_k:
      return code_panel<Q4KRuns>;
    case WeightFormat::q6_k:
      return code_panel<Q6KRuns>;
#endif
    default:
      return nullptr;
  }
}

#endif  // PLIMSOLL_SIMD_TARGET

}  // namespace plimsoll::calibrate::cpu::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#endif  // per target

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

#include "calibrate/cpu/matrix_panels-inl.h"
#include "calibrate/cpu/matrix_tiles-inl.h"
#include "calibrate/reference/floating_point.h"

HWY_BEFORE_NAMESPACE();
namespace plimsoll::calibrate::cpu::HWY_NAMESPACE {
namespace {

#if PLIMSOLL_SIMD_TARGET

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
    const std::int32_t sum = sum_of_codes(codes, 32);
    out.offsets[block] = per_lane * sum;
    out.run_scales[block] = out.scales[block];
    out.run_starts[block] = -offset_of(format) * sum;
  }
}

void prepare_q8_k(WeightFormat format, const float* x, Index begin, Index end,
                  const PreparedActivations& out) {
  const Index sum_length = format == WeightFormat::q6_k ? 16 : 32;
  const std::int32_t offset = format == WeightFormat::q6_k ? 32 : 0;
  for (Index block = begin / 256; block < end / 256; ++block) {
    const float* values = x + 256 * block;
    const float largest = largest_magnitude(values, 256);
    const float extreme = largest_value(values, 256) == largest ? largest : -largest;
    const float inverse = largest == 0.0F ? 0.0F : -127.0F / extreme;
    std::int8_t* codes = out.codes + 256 * block;
    for (int i = 0; i < 256; i += 32) round_32(values + i, inverse, codes + i);
    out.scales[block] = largest == 0.0F ? 0.0F : 1.0F / inverse;
    for (Index i = 0; i < 256; i += sum_length) {
      const Index run = (256 * block + i) / sum_length;
      const std::int32_t sum = sum_of_codes(codes + i, static_cast<int>(sum_length));
      out.sums[run] = static_cast<std::int16_t>(sum);
      out.run_scales[run] = out.scales[block];
      out.run_starts[run] = -offset * sum;
      out.run_minima[run] = out.scales[block] * static_cast<float>(sum);
    }
  }
}

// Into the order of the codes.
template <int bits>
void prepare_affine(const float* x, Index begin, Index end, float* out) {
  using Order = AffineOrder<bits>;
  for (Index part = begin; part < end; part += affine_part) {
    float* to = out + part;
    for (Index load = 0; load < Order::loads; ++load) {
      for (Index phase = 0; phase < Order::phases; ++phase) {
        for (Index lane = 0; lane < float_lanes; ++lane) {
          *to++ = x[part + Order::column(load, phase, lane)];
        }
      }
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
      return prepare_q8_k(format, x, begin, end, out);
    case reference::ActivationFormat::f32:
      break;
  }
  if (!reference::is_affine(format)) {
    std::memcpy(out.values + begin, x + begin,
                static_cast<std::size_t>(end - begin) * sizeof(float));
  } else {
    const auto in_order =
        reference::affine_bits(format) == 4 ? prepare_affine<4> : prepare_affine<2>;
    in_order(x, begin, end, out.values);
  }
}

// --- from tiles and panels to the product --------------------------------------------------------

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
// Rows that stay in the second cache while the tokens pass, tile_tokens at a time, which stay in
// the first.
constexpr Index strip_rows = 64;
// What a core has to have asked memory for to be kept busy: latency times bandwidth.
constexpr Index bytes_ahead = 8192;
// Rows of a stream have so many bytes at least: what begins and ends a row has to pay.
constexpr Index least_stream_row = 512;
// The columns that all functions for streams take at a time, or a multiple.
constexpr Index stream_columns = 64;

Index packed_row_bytes(WeightFormat format, const WeightRows& weights) {
  const reference::BlockLayout block = reference::block_of(format, weights.group);
  return weights.columns / block.values * block.bytes;
}

// For one token: one row after another, so that a core reads one stream, which its prefetchers
// follow better than several. Null where it would wait for its instructions then, or where rows
// are short or lie apart.
TileFunction stream_function(WeightFormat format, const WeightRows& weights) {
  const Index row_bytes = packed_row_bytes(format, weights);
  if (row_bytes != weights.row_bytes || row_bytes < least_stream_row ||
      weights.columns % stream_columns != 0) {
    return nullptr;
  }
  switch (format) {
    case WeightFormat::f16:
      return row_of_16_bits<hwy::float16_t>;
    case WeightFormat::bf16:
      return row_of_16_bits<hwy::bfloat16_t>;
    case WeightFormat::q4_k:
      return blocks_of_q4_k<1, 1>;
    case WeightFormat::q6_k:
      return blocks_of_q6_k<1, 1>;
#if PLIMSOLL_PAIRS_OF_BLOCKS
    case WeightFormat::q8_0:
      return pairs_of_blocks<Q80>;
    case WeightFormat::q4_0:
      return pairs_of_blocks<Q40>;
    case WeightFormat::mxfp4:
      return pairs_of_blocks<Mxfp4>;
#else
    case WeightFormat::q8_0:
      return blocks_of_32<Q80, 1, 1>;
#endif
    default:
      return nullptr;
  }
}

struct TileFunctions {
  TileFunction full;         // tile_rows x tile_tokens
  TileFunction one_token;    // tile_rows x 1
  TileFunction one_row;      // 1 x tile_tokens
  TileFunction one_of_both;  // 1 x 1
};

// One tile or less of tokens and a strip of rows.
HWY_INLINE void multiply_strip(const TileFunctions& tiles, Tile tile, Index rows, bool many) {
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
  const Index row_bytes = packed_row_bytes(format, weights);
  return HWY_MAX(1, bytes_ahead / (tile_rows * row_bytes)) * tile_rows;
}

void multiply_stream(TileFunction row_function, const WeightRows& weights, RowRange range,
                     const PreparedActivations& x, const Product& product) {
  Tile tile{.weights = &weights,
            .row = range.first,
            .x = &x,
            .token = 0,
            .y = product.y,
            .y_stride = product.y_stride,
            .ahead = bytes_ahead};
  for (; tile.row < range.last; ++tile.row, ++tile.y) row_function(tile);
}

void multiply_tiles(WeightFormat format, AffineForm form, const WeightRows& weights, RowRange range,
                    const PreparedActivations& x, const Product& product) {
  const TileFunctions tiles{
      tile_function<tile_rows, tile_tokens>(format, form),
      tile_function<tile_rows, 1>(format, form),
      tile_function<1, tile_tokens>(format, form),
      tile_function<1, 1>(format, form),
  };
  const Index ahead = rows_ahead(format, weights) * weights.row_bytes;
  for (Index row = range.first; row < range.last; row += strip_rows) {
    const Index rows = HWY_MIN(strip_rows, range.last - row);
    for (Index token = 0; token < product.tokens;) {
      const bool many = product.tokens - token >= tile_tokens;
      multiply_strip(tiles,
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

void multiply(WeightFormat format, AffineForm form, const WeightRows& weights, RowRange range,
              const PreparedActivations& x, const Product& product) {
  if (product.tokens == 1) {
    if (const TileFunction row_function = stream_function(format, weights))
      return multiply_stream(row_function, weights, range, x, product);
  }
  const PanelFunction panel = product.tokens < panel_tokens ? nullptr : panel_function(format);
  Product rest = product;
  for (; panel != nullptr && range.last - range.first >= panel_rows; range.first += panel_rows) {
    panel(weights, range.first, x, rest);
    rest.y += panel_rows;
  }
  multiply_tiles(format, form, weights, range, x, rest);
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

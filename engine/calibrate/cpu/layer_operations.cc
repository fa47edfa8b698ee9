#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "calibrate/cpu/layer_operations.cc"
// The first compiles this file once per SIMD target.
// clang-format off
#include <hwy/foreach_target.h>
#include <hwy/cache_control.h>
#include <hwy/highway.h>
#include <hwy/contrib/math/math-inl.h>
// clang-format on

#include "calibrate/cpu/layer_operations.h"

#include "calibrate/cpu/simd_dot-inl.h"

HWY_BEFORE_NAMESPACE();
namespace plimsoll::calibrate::cpu::HWY_NAMESPACE {
namespace {

#if PLIMSOLL_SIMD_TARGET

using Index = std::int64_t;
using Floats = hn::ScalableTag<float>;
using VFloats = hn::Vec<Floats>;

HWY_INLINE Index lanes() {
  return static_cast<Index>(hn::Lanes(Floats()));
}

// Independent sums, so that additions do not wait for each other.
constexpr int chains = 8;
// Of which as many floats further on are asked for: hardware prefetchers stop at the end of a page.
constexpr Index floats_ahead = 2048;

// --- streams
// ---------------------------------------------------------------------------------------

float read(const float* from, Index count) {
  const Floats d;
  VFloats sums[chains];
  for (VFloats& sum : sums) sum = hn::Zero(d);
  for (Index i = 0; i < count; i += chains * lanes()) {
    for (int c = 0; c < chains; ++c) {
      hwy::Prefetch(from + i + c * lanes() + floats_ahead);
      sums[c] = hn::Add(sums[c], hn::Load(d, from + i + c * lanes()));
    }
  }
  for (int c = 1; c < chains; ++c) sums[0] = hn::Add(sums[0], sums[c]);
  return hn::GetLane(hn::SumOfLanes(d, sums[0]));
}

void copy(const float* from, float* to, Index count) {
  const Floats d;
  for (Index i = 0; i < count; i += lanes()) hn::Stream(hn::Load(d, from + i), d, to + i);
  hwy::FlushStream();
}

void triad(const float* a, const float* b, float factor, float* out, Index count) {
  const Floats d;
  const VFloats f = hn::Set(d, factor);
  for (Index i = 0; i < count; i += lanes()) {
    hn::Stream(hn::MulAdd(hn::Load(d, b + i), f, hn::Load(d, a + i)), d, out + i);
  }
  hwy::FlushStream();
}

// --- elements
// --------------------------------------------------------------------------------------

void swiglu(const float* gate, const float* up, float* out, Index count) {
  const Floats d;
  const VFloats one = hn::Set(d, 1.0F);
  for (Index i = 0; i < count; i += lanes()) {
    const VFloats g = hn::LoadU(d, gate + i);
    const VFloats logistic = hn::Div(g, hn::Add(one, hn::Exp(d, hn::Neg(g))));
    hn::StoreU(hn::Mul(logistic, hn::LoadU(d, up + i)), d, out + i);
  }
}

float sum_of_squares(const float* x, Index count) {
  const Floats d;
  constexpr int few = 4;
  VFloats sums[few];
  for (VFloats& sum : sums) sum = hn::Zero(d);
  Index i = 0;
  for (; i + few * lanes() <= count; i += few * lanes()) {
    for (int c = 0; c < few; ++c) {
      const VFloats part = hn::LoadU(d, x + i + c * lanes());
      sums[c] = hn::MulAdd(part, part, sums[c]);
    }
  }
  for (; i < count; i += lanes()) {
    const VFloats part = hn::LoadU(d, x + i);
    sums[0] = hn::MulAdd(part, part, sums[0]);
  }
  for (int c = 1; c < few; ++c) sums[0] = hn::Add(sums[0], sums[c]);
  return hn::GetLane(hn::SumOfLanes(d, sums[0]));
}

void scale_elements(const float* x, const float* weight, float factor, float* out, Index count) {
  const Floats d;
  const VFloats f = hn::Set(d, factor);
  for (Index i = 0; i < count; i += lanes()) {
    const VFloats scaled = hn::Mul(hn::LoadU(d, x + i), f);
    hn::StoreU(hn::Mul(scaled, hn::LoadU(d, weight + i)), d, out + i);
  }
}

void rotate(const float* first, const float* second, const float* cosines, const float* sines,
            float* out_first, float* out_second, Index count) {
  const Floats d;
  for (Index i = 0; i < count; i += lanes()) {
    const VFloats a = hn::LoadU(d, first + i);
    const VFloats b = hn::LoadU(d, second + i);
    const VFloats cosine = hn::LoadU(d, cosines + i);
    const VFloats sine = hn::LoadU(d, sines + i);
    hn::StoreU(hn::NegMulAdd(b, sine, hn::Mul(a, cosine)), d, out_first + i);
    hn::StoreU(hn::MulAdd(b, cosine, hn::Mul(a, sine)), d, out_second + i);
  }
}

void combine(const float* residual, const float* outputs, Index stride, const float* weights,
             Index experts, float* out, Index count) {
  const Floats d;
  for (Index i = 0; i < count; i += lanes()) {
    VFloats sum = hn::LoadU(d, residual + i);
    for (Index e = 0; e < experts; ++e) {
      sum = hn::MulAdd(hn::Set(d, weights[e]), hn::LoadU(d, outputs + e * stride + i), sum);
    }
    hn::StoreU(sum, d, out + i);
  }
}

// --- gated delta rule
// ------------------------------------------------------------------------------

// Rows at a time, so that the sums over a row do not wait for each other.
constexpr int delta_tile = 4;

struct DeltaScale {
  float decay;
  float beta;
  float output;  // 1 / sqrt(key_dim)
};

template <int R>
void delta_tile_of(const DeltaRows& rows, const DeltaScale& scale, Index row) {
  const Floats d;
  const Index dim = rows.key_dim;
  float* state = rows.state + row * dim;
  const VFloats decay = hn::Set(d, scale.decay);
  VFloats recalled[R];
  for (VFloats& each : recalled) each = hn::Zero(d);
  for (Index i = 0; i < dim; i += lanes()) {
    const VFloats key = hn::LoadU(d, rows.key + i);
    for (int r = 0; r < R; ++r) {
      recalled[r] = hn::MulAdd(hn::LoadU(d, state + r * dim + i), key, recalled[r]);
    }
  }
  VFloats delta[R];
  VFloats output[R];
  for (int r = 0; r < R; ++r) {
    const float sum = hn::GetLane(hn::SumOfLanes(d, recalled[r]));
    delta[r] = hn::Set(d, scale.beta * (rows.value[row + r] - scale.decay * sum));
    output[r] = hn::Zero(d);
  }
  for (Index i = 0; i < dim; i += lanes()) {
    const VFloats key = hn::LoadU(d, rows.key + i);
    const VFloats query = hn::LoadU(d, rows.query + i);
    for (int r = 0; r < R; ++r) {
      const VFloats kept = hn::Mul(decay, hn::LoadU(d, state + r * dim + i));
      const VFloats now = hn::MulAdd(delta[r], key, kept);
      hn::StoreU(now, d, state + r * dim + i);
      output[r] = hn::MulAdd(now, query, output[r]);
    }
  }
  for (int r = 0; r < R; ++r) {
    rows.output[row + r] = scale.output * hn::GetLane(hn::SumOfLanes(d, output[r]));
  }
}

void delta_rows(const DeltaRows& rows) {
  const float root =
      hn::GetLane(hn::Sqrt(hn::Set(hn::FixedTag<float, 1>(), static_cast<float>(rows.key_dim))));
  const DeltaScale scale{.decay = rows.decay, .beta = rows.beta, .output = 1.0F / root};
  Index row = 0;
  for (; row + delta_tile <= rows.rows; row += delta_tile) {
    delta_tile_of<delta_tile>(rows, scale, row);
  }
  for (; row < rows.rows; ++row) delta_tile_of<1>(rows, scale, row);
}

// --- softmax
// ---------------------------------------------------------------------------------------

float largest(const float* x, Index count) {
  float most = x[0];
  Index i = 0;
  if (count >= lanes()) {
    const Floats d;
    VFloats mosts = hn::LoadU(d, x);
    for (; i + lanes() <= count; i += lanes()) mosts = hn::Max(mosts, hn::LoadU(d, x + i));
    most = hn::GetLane(hn::MaxOfLanes(d, mosts));
  }
  for (; i < count; ++i) most = HWY_MAX(most, x[i]);
  return most;
}

float exponentiate(float* x, Index count, float most) {
  const Floats d;
  const VFloats top = hn::Set(d, most);
  VFloats sum = hn::Zero(d);
  Index i = 0;
  for (; i + lanes() <= count; i += lanes()) {
    const VFloats power = hn::Exp(d, hn::Sub(hn::LoadU(d, x + i), top));
    hn::StoreU(power, d, x + i);
    sum = hn::Add(sum, power);
  }
  float total = hn::GetLane(hn::SumOfLanes(d, sum));
  const hn::FixedTag<float, 1> one;
  for (; i < count; ++i) {
    x[i] = hn::GetLane(hn::Exp(one, hn::Set(one, x[i] - most)));
    total += x[i];
  }
  return total;
}

void scale(float* x, float factor, Index count) {
  const Floats d;
  const VFloats f = hn::Set(d, factor);
  Index i = 0;
  for (; i + lanes() <= count; i += lanes()) hn::StoreU(hn::Mul(hn::LoadU(d, x + i), f), d, x + i);
  for (; i < count; ++i) x[i] *= factor;
}

// --- sums of rows
// ----------------------------------------------------------------------------------

// `lanes` elements of a row from element i.
struct HalfRow {
  static HWY_INLINE VFloats part(const std::uint8_t* row, Index i) {
    const hn::Rebind<hwy::float16_t, Floats> narrow;
    return hn::PromoteTo(Floats(),
                         hn::LoadU(narrow, reinterpret_cast<const hwy::float16_t*>(row) + i));
  }
};

struct ByteRow {
  static HWY_INLINE VFloats part(const std::uint8_t* row, Index i) {
    const std::uint8_t* block = row + i / 32 * 34;
    const hn::Rebind<std::int8_t, Floats> narrow;
    const hn::RebindToSigned<Floats> wide;
    const auto* codes = reinterpret_cast<const std::int8_t*>(block + 2) + i % 32;
    const VFloats values = hn::ConvertTo(Floats(), hn::PromoteTo(wide, hn::LoadU(narrow, codes)));
    return hn::Mul(values, hn::Set(Floats(), hn::GetLane(half_at(block))));
  }
};

// H heads, two vectors of elements.
template <class Row, int H>
void add_rows_tile(const WeightedRows& rows, Index head, Index element) {
  const Floats d;
  float* sums = rows.sums + head * rows.dim + element;
  const float* weights = rows.weights + head * rows.weight_stride;
  VFloats totals[H][2];
  for (int h = 0; h < H; ++h) {
    for (int e = 0; e < 2; ++e) totals[h][e] = hn::LoadU(d, sums + h * rows.dim + e * lanes());
  }
  for (Index i = 0; i < rows.count; ++i) {
    const std::uint8_t* row = rows.first + i * rows.row_bytes;
    const VFloats first = Row::part(row, element);
    const VFloats second = Row::part(row, element + lanes());
    for (int h = 0; h < H; ++h) {
      const VFloats weight = hn::Set(d, weights[h * rows.weight_stride + i]);
      totals[h][0] = hn::MulAdd(weight, first, totals[h][0]);
      totals[h][1] = hn::MulAdd(weight, second, totals[h][1]);
    }
  }
  for (int h = 0; h < H; ++h) {
    for (int e = 0; e < 2; ++e) hn::StoreU(totals[h][e], d, sums + h * rows.dim + e * lanes());
  }
}

// Rows of a block stay in the first cache while their elements are passed in turn; those of the
// next are on their way meanwhile.
constexpr Index block_rows = 16;

template <class Row>
void add_rows(const WeightedRows& all) {
  const Index row_bytes = all.format == WeightFormat::q8_0 ? all.dim / 32 * 34 : 2 * all.dim;
  for (Index first = 0; first < all.count; first += block_rows) {
    WeightedRows rows = all;
    rows.first += first * all.row_bytes;
    rows.weights += first;
    rows.count = HWY_MIN(block_rows, all.count - first);
    for (Index i = block_rows; i < 2 * block_rows; ++i) {
      for (Index line = 0; line < row_bytes; line += 64) {
        hwy::Prefetch(rows.first + i * all.row_bytes + line);
      }
    }
    for (Index element = 0; element < rows.dim; element += 2 * lanes()) {
      Index head = 0;
      for (; head + 4 <= rows.heads; head += 4) add_rows_tile<Row, 4>(rows, head, element);
      for (; head < rows.heads; ++head) add_rows_tile<Row, 1>(rows, head, element);
    }
  }
}

void add_weighted_rows(const WeightedRows& rows) {
  return rows.format == WeightFormat::q8_0 ? add_rows<ByteRow>(rows) : add_rows<HalfRow>(rows);
}

const LayerOperations* operations() {
  static constexpr LayerOperations table{.read = read,
                                         .copy = copy,
                                         .triad = triad,
                                         .swiglu = swiglu,
                                         .sum_of_squares = sum_of_squares,
                                         .scale_elements = scale_elements,
                                         .rotate = rotate,
                                         .combine = combine,
                                         .delta_rows = delta_rows,
                                         .largest = largest,
                                         .exponentiate = exponentiate,
                                         .scale = scale,
                                         .add_weighted_rows = add_weighted_rows};
  return &table;
}

#else

const LayerOperations* operations() {
  return nullptr;
}

#endif

}  // namespace

const LayerOperations* layer_operations_of_target() {
  return operations();
}

}  // namespace plimsoll::calibrate::cpu::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace plimsoll::calibrate::cpu {

HWY_EXPORT(layer_operations_of_target);

const LayerOperations* layer_operations() {
  return HWY_DYNAMIC_DISPATCH(layer_operations_of_target)();
}

}  // namespace plimsoll::calibrate::cpu
#endif

// y = W x for one token, W streamed once, x in f16. A simdgroup sums several rows at a time, so
// that what it knows of x serves all of them.

template <uint COUNT>
void put_sums(thread const float* sums, device float* y, uint first_row, uint rows, uint lane) {
  for (uint r = 0; r < COUNT; ++r) {
    const float sum = simd_sum(sums[r]);
    if (lane == 0 && first_row + r < rows) y[first_row + r] = sum;
  }
}

// COUNT values of x as floats, and their sum. Codes that are masked but not shifted are too large
// by where they stand in a word; so x is smaller by as much: by `first`, and by `falling` from one
// to the next in each RUN of them.
template <uint COUNT, uint RUN>
float load_scaled(device const half* x, float first, float falling, thread float* out) {
  float sum = 0.0f;
  float factor = first;
  for (uint i = 0; i < COUNT; ++i) {
    if (i % RUN == 0) factor = first;
    const float value = float(x[i]);
    sum += value;
    out[i] = value * factor;
    factor *= falling;
  }
  return sum;
}

// --- ggml's blocks -------------------------------------------------------------------------------
// A lane takes a part of a block: `columns` of them, the same of every row.

struct Q8_0 {
  enum : uint { values = 32, bytes = 34, columns = 8, rows = WIDE_ROWS };
  struct Input {
    float x[8];
  };
  void load(device const half* x, uint part, thread Input& in) const {
    load_scaled<8, 8>(x + 8 * part, 1.0f, 1.0f, in.x);
  }
  float dot(device const uchar* row, uint part, thread const Input& in) const {
    device const uchar* block = row + part / 4 * bytes;
    device const char* codes = (device const char*)(block + 2) + 8 * (part % 4);
    float sum = 0.0f;
    for (uint i = 0; i < 8; ++i) sum += in.x[i] * float(codes[i]);
    return sum * float(*(device const half*)block);
  }
};

// Half of a block of 32, whose bytes have value i low and value i + 16 high.
struct LowAndHigh {
  float low[8];
  float high[8];
  float sum;
};

struct Q4_0 {
  enum : uint { values = 32, bytes = 18, columns = 16, rows = NARROW_ROWS };
  typedef LowAndHigh Input;
  void load(device const half* x, uint part, thread Input& in) const {
    device const half* from = x + part / 2 * values + 8 * (part % 2);
    in.sum = load_scaled<8, 2>(from, 1.0f, 1.0f / 256, in.low);
    in.sum += load_scaled<8, 2>(from + 16, 1.0f / 16, 1.0f / 256, in.high);
  }
  float dot(device const uchar* row, uint part, thread const Input& in) const {
    device const ushort* block = (device const ushort*)(row + part / 2 * bytes);
    device const ushort* codes = block + 1 + 4 * (part % 2);
    float sum = -8.0f * in.sum;
    for (uint i = 0; i < 4; ++i) {
      const uint word = codes[i];
      sum += in.low[2 * i] * float(word & 0x000fu) + in.low[2 * i + 1] * float(word & 0x0f00u);
      sum += in.high[2 * i] * float(word & 0x00f0u) + in.high[2 * i + 1] * float(word & 0xf000u);
    }
    return sum * float(*(device const half*)block);
  }
};

// The values of E2M1, twice: in threadgroup memory, where lanes may look up different ones at once.
struct Mxfp4 {
  enum : uint { values = 32, bytes = 17, columns = 16, rows = NARROW_ROWS };
  typedef LowAndHigh Input;
  threadgroup const float* e2m1;

  void load(device const half* x, uint part, thread Input& in) const {
    device const half* from = x + part / 2 * values + 8 * (part % 2);
    load_scaled<8, 8>(from, 1.0f, 1.0f, in.low);
    load_scaled<8, 8>(from + 16, 1.0f, 1.0f, in.high);
  }
  float dot(device const uchar* row, uint part, thread const Input& in) const {
    device const uchar* block = row + part / 2 * bytes;
    device const uchar* codes = block + 1 + 8 * (part % 2);
    float sum = 0.0f;
    for (uint i = 0; i < 8; ++i)
      sum += in.low[i] * e2m1[codes[i] & 15u] + in.high[i] * e2m1[codes[i] >> 4];
    // 2^(exponent - 127); that of exponent 0 is too small a float for a GPU, which has 0 instead.
    return 0.5f * sum * as_type<float>(uint(block[0]) << 23);
  }
};

// 64 columns of a block of 256 are two of its eight sub-blocks; a lane has half of each.
struct Q4_K {
  enum : uint { values = 256, bytes = 144, columns = 32, rows = NARROW_ROWS };
  struct Input {
    float low[16];
    float high[16];
    float low_sum;
    float high_sum;
  };
  void load(device const half* x, uint part, thread Input& in) const {
    device const half* from = x + part / 8 * values + 64 * (part % 8 / 2) + 16 * (part % 2);
    in.low_sum = load_scaled<16, 4>(from, 1.0f, 1.0f / 256, in.low);
    in.high_sum = load_scaled<16, 4>(from + 32, 1.0f / 16, 1.0f / 256, in.high);
  }

  // The 6-bit scale (at 0) or minimum (at 1) of sub-block j, as ggml packs them in 12 bytes.
  float six_bits(uint4 head, uint j, uint minimum) const {
    const uint first = (minimum == 0 ? head.y : head.z) >> (8 * (j & 3));
    if (j < 4) return float(first & 0x3fu);
    const uint low = head.w >> (8 * (j & 3) + 4 * minimum);
    return float((low & 0xfu) | ((first >> 2) & 0x30u));
  }

  float dot(device const uchar* row, uint part, thread const Input& in) const {
    device const uint4* block = (device const uint4*)(row + part / 8 * bytes);
    const uint4 head = block[0];
    const uint4 codes = block[1 + part % 8];
    const uint words[4] = {codes.x, codes.y, codes.z, codes.w};
    float low = 0.0f;
    float high = 0.0f;
    for (uint i = 0; i < 4; ++i) {
      for (uint b = 0; b < 4; ++b) {
        low += in.low[4 * i + b] * float(words[i] & (0x0fu << (8 * b)));
        high += in.high[4 * i + b] * float(words[i] & (0xf0u << (8 * b)));
      }
    }
    const uint j = part % 8 / 2 * 2;
    const float scaled = low * six_bits(head, j, 0) + high * six_bits(head, j + 1, 0);
    const float minima = in.low_sum * six_bits(head, j, 1) + in.high_sum * six_bits(head, j + 1, 1);
    const half2 factors = as_type<half2>(head.x);
    return float(factors.x) * scaled - float(factors.y) * minima;
  }
};

// 256 columns have 128 + 64 bytes of codes, 16 scales and an f16; a lane has four columns of each
// quarter of one half.
struct Q6_K {
  enum : uint { values = 256, bytes = 210, columns = 16, rows = NARROW_ROWS };
  struct Input {
    float x[16];
  };
  void load(device const half* x, uint part, thread Input& in) const {
    device const half* from = x + part / 8 * 128 + 4 * (part % 8);
    for (uint quarter = 0; quarter < 4; ++quarter)
      load_scaled<4, 4>(from + 32 * quarter, 1.0f, 1.0f, in.x + 4 * quarter);
  }
  // Four bytes at an even address.
  uint load_word(device const uchar* from) const {
    device const ushort* halves = (device const ushort*)from;
    return uint(halves[0]) | (uint(halves[1]) << 16);
  }
  float dot(device const uchar* row, uint part, thread const Input& in) const {
    device const uchar* block = row + part / 16 * bytes;
    const uint upper_half = part % 16 / 8;
    const uint begin = 4 * (part % 8);
    const uint low[2] = {load_word(block + 64 * upper_half + begin),
                         load_word(block + 64 * upper_half + 32 + begin)};
    const uint high = load_word(block + 128 + 32 * upper_half + begin);
    device const char* scales = (device const char*)(block + 192 + 8 * upper_half + begin / 16);
    float sum = 0.0f;
    for (uint quarter = 0; quarter < 4; ++quarter) {
      const uint nibbles = (low[quarter % 2] >> (quarter / 2 * 4)) & 0x0f0f0f0fu;
      const uint codes = nibbles | (((high >> (2 * quarter)) & 0x03030303u) << 4);
      float dots = 0.0f;
      for (uint i = 0; i < 4; ++i)
        dots += in.x[4 * quarter + i] * float(int((codes >> (8 * i)) & 0xffu) - 32);
      sum += dots * float(scales[2 * quarter]);
    }
    return sum * float(*(device const half*)(block + 208));
  }
};

template <class Format>
void blocked_matrix_vector(Format format, device const uchar* weights, device const half* x,
                           device float* y, uint rows, uint columns, uint first_row, uint lane) {
  const uint row_bytes = columns / Format::values * Format::bytes;
  device const uchar* row[Format::rows];
  float sums[Format::rows];
  for (uint r = 0; r < Format::rows; ++r) {
    row[r] = weights + ulong(min(first_row + r, rows - 1)) * row_bytes;
    sums[r] = 0.0f;
  }
  for (uint part = lane; part < columns / Format::columns; part += SIMD_LANES) {
    typename Format::Input in;
    format.load(x, part, in);
    for (uint r = 0; r < Format::rows; ++r) sums[r] += format.dot(row[r], part, in);
  }
  put_sums<Format::rows>(sums, y, first_row, rows, lane);
}

#define BLOCKED_KERNEL(NAME, FORMAT)                                                              \
  kernel void NAME(device const uchar* weights [[buffer(0)]], device const half* x [[buffer(1)]], \
                   device float* y [[buffer(2)]], constant uint& rows [[buffer(3)]],              \
                   constant uint& columns [[buffer(4)]], PLACE) {                                 \
    FORMAT format;                                                                                \
    blocked_matrix_vector(format, weights, x, y, rows, columns,                                   \
                          (block.x * MATRIX_GROUPS + simd) * FORMAT::rows, lane);                 \
  }
BLOCKED_KERNEL(matrix_vector_q8_0, Q8_0)
BLOCKED_KERNEL(matrix_vector_q4_0, Q4_0)
BLOCKED_KERNEL(matrix_vector_q4_k, Q4_K)
BLOCKED_KERNEL(matrix_vector_q6_k, Q6_K)

kernel void matrix_vector_mxfp4(device const uchar* weights [[buffer(0)]],
                                device const half* x [[buffer(1)]], device float* y [[buffer(2)]],
                                constant uint& rows [[buffer(3)]],
                                constant uint& columns [[buffer(4)]], PLACE) {
  SHARED float e2m1[16];
  if (index < 16) {
    const uint magnitude = index & 7;
    const uint twice = magnitude < 4 ? magnitude : (2 + (magnitude & 1)) << (magnitude / 2 - 1);
    e2m1[index] = index < 8 ? float(twice) : -float(twice);
  }
  threadgroup_barrier(mem_flags::mem_threadgroup);
  Mxfp4 format;
  format.e2m1 = e2m1;
  blocked_matrix_vector(format, weights, x, y, rows, columns,
                        (block.x * MATRIX_GROUPS + simd) * Mxfp4::rows, lane);
}

// --- 16-bit weights ------------------------------------------------------------------------------

struct F16 {
  float4 unpack(uint2 bits) const { return float4(as_type<half4>(bits)); }
};
struct Bf16 {
  float4 unpack(uint2 bits) const {
    return float4(as_type<float>(bits.x << 16), as_type<float>(bits.x & 0xffff0000u),
                  as_type<float>(bits.y << 16), as_type<float>(bits.y & 0xffff0000u));
  }
};

// A simdgroup reads 128 columns of a row at a time.
template <class Format>
void half_matrix_vector(Format format, device const uint2* weights, device const half4* x,
                        device float* y, uint rows, uint columns, uint first_row, uint lane) {
  device const uint2* row[WIDE_ROWS];
  float sums[WIDE_ROWS];
  for (uint r = 0; r < WIDE_ROWS; ++r) {
    row[r] = weights + ulong(min(first_row + r, rows - 1)) * (columns / 4);
    sums[r] = 0.0f;
  }
  for (uint at = lane; at < columns / 4; at += SIMD_LANES) {
    const float4 values = float4(x[at]);
    for (uint r = 0; r < WIDE_ROWS; ++r) sums[r] += dot(format.unpack(row[r][at]), values);
  }
  put_sums<WIDE_ROWS>(sums, y, first_row, rows, lane);
}

#define HALF_KERNEL(NAME, FORMAT)                                                                  \
  kernel void NAME(device const uint2* weights [[buffer(0)]], device const half4* x [[buffer(1)]], \
                   device float* y [[buffer(2)]], constant uint& rows [[buffer(3)]],               \
                   constant uint& columns [[buffer(4)]], PLACE) {                                  \
    FORMAT format;                                                                                 \
    half_matrix_vector(format, weights, x, y, rows, columns,                                       \
                       (block.x * MATRIX_GROUPS + simd) * WIDE_ROWS, lane);                        \
  }
HALF_KERNEL(matrix_vector_f16, F16)
HALF_KERNEL(matrix_vector_bf16, Bf16)

// --- affine groups of 64 -------------------------------------------------------------------------
// w = scale q + bias. Codes are packed from the lowest bit of a word on; a lane takes 32 columns.
enum Form { dequantize, fused_multiply_add, sum_per_group };

// A code in its place, as a float, and by how much that is too large.
template <uint BITS>
float code_in_place(thread const uint* words, uint column) {
  const uint per_word = 32 / BITS;
  return float(words[column / per_word] & (((1u << BITS) - 1) << (BITS * (column % per_word))));
}

template <uint BITS, Form FORM>
float affine_dot(thread const uint* words, thread const float* x, float x_sum, float scale,
                 float bias) {
  float sum = 0.0f;
  if (FORM == dequantize) {
    const float falling = 1.0f / (1u << BITS);
    float step = scale;
    for (uint i = 0; i < SLICE_COLUMNS; ++i) {
      if (i % (32 / BITS) == 0) step = scale;
      sum += (code_in_place<BITS>(words, i) * step + bias) * x[i];
      step *= falling;
    }
    return sum;
  }
  for (uint i = 0; i < SLICE_COLUMNS; ++i) {
    if (FORM == fused_multiply_add) {
      sum += code_in_place<BITS>(words, i) * (scale * x[i]);
    } else {
      sum += code_in_place<BITS>(words, i) * x[i];
    }
  }
  return (FORM == fused_multiply_add ? sum : scale * sum) + bias * x_sum;
}

template <uint BITS, Form FORM>
void affine_matrix_vector(device const uint* weights, device const half* scales,
                          device const half* biases, device const half* x, device float* y,
                          uint rows, uint columns, uint first_row, uint lane) {
  const uint slices = columns / SLICE_COLUMNS;
  const float falling = FORM == dequantize ? 1.0f : 1.0f / (1u << BITS);
  float sums[NARROW_ROWS];
  for (uint r = 0; r < NARROW_ROWS; ++r) sums[r] = 0.0f;
  for (uint slice = lane; slice < slices; slice += SIMD_LANES) {
    float values[SLICE_COLUMNS];
    const float x_sum =
        load_scaled<SLICE_COLUMNS, 32 / BITS>(x + SLICE_COLUMNS * slice, 1.0f, falling, values);
    for (uint r = 0; r < NARROW_ROWS; ++r) {
      const ulong at = ulong(min(first_row + r, rows - 1)) * slices + slice;
      uint words[BITS];
      for (uint i = 0; i < BITS; ++i) words[i] = weights[at * BITS + i];
      sums[r] += affine_dot<BITS, FORM>(words, values, x_sum, float(scales[at / 2]),
                                        float(biases[at / 2]));
    }
  }
  put_sums<NARROW_ROWS>(sums, y, first_row, rows, lane);
}

#define AFFINE_KERNEL(BITS, FORM)                                                           \
  kernel void matrix_vector_affine##BITS##_##FORM(                                          \
      device const uint* weights [[buffer(0)]], device const half* scales [[buffer(1)]],    \
      device const half* biases [[buffer(2)]], device const half* x [[buffer(3)]],          \
      device float* y [[buffer(4)]], constant uint& rows [[buffer(5)]],                     \
      constant uint& columns [[buffer(6)]], PLACE) {                                        \
    affine_matrix_vector<BITS, FORM>(weights, scales, biases, x, y, rows, columns,          \
                                     (block.x * MATRIX_GROUPS + simd) * NARROW_ROWS, lane); \
  }
AFFINE_KERNEL(4, dequantize)
AFFINE_KERNEL(4, fused_multiply_add)
AFFINE_KERNEL(4, sum_per_group)
AFFINE_KERNEL(2, dequantize)
AFFINE_KERNEL(2, fused_multiply_add)
AFFINE_KERNEL(2, sum_per_group)

// y = W x for one token, W streamed once. A group of lanes sums several rows at a time, so that
// what it knows of x serves all of them.

template <u32 COUNT>
DEVICE void put_sums(const float (&sums)[COUNT], u32 first_row, u32 rows, float* y) {
#pragma unroll
  for (u32 r = 0; r < COUNT; ++r) {
    const float sum = group_sum(sums[r]);
    if (lane_of_group() == 0 && first_row + r < rows) y[first_row + r] = sum;
  }
}

// --- ggml's blocks, with activations of 8 bits ---------------------------------------------------
// As ggml does: x in blocks of 32 int8 with a float scale each, products by 4-way integer dot
// products. Blocks have sizes like 18 or 210 bytes; so a group copies 2048 columns of its rows to
// shared memory, while it works on the 2048 before, and every lane takes its 64 columns from there,
// at any byte.

// 64 columns of x, in four runs of 16.
struct Activations {
  u32 codes[16];
  float scales[4];  // of each run
  int sums[4];      // of the codes of each run
};

// `columns[run]` is where the run begins in x.
template <class Format>
DEVICE void load_activations(const u32* codes, const float* scales, u32 chunk_column,
                             Activations& x) {
#pragma unroll
  for (u32 run = 0; run < 4; ++run) {
    const u32 column = chunk_column + Format::column(lane_of_group(), run);
    const Quad quad = reinterpret_cast<const Quad*>(codes)[column / 16];
    x.codes[4 * run] = quad.x;
    x.codes[4 * run + 1] = quad.y;
    x.codes[4 * run + 2] = quad.z;
    x.codes[4 * run + 3] = quad.w;
    x.scales[run] = scales[column / 32];
    int sum = 0;
#pragma unroll
    for (u32 i = 0; i < 4; ++i) sum = dot4(x.codes[4 * run + i], 0x01010101u, sum);
    x.sums[run] = sum;
  }
}

// COUNT words from any byte on; reads one aligned word more.
template <int COUNT>
DEVICE void load_words(const u32* words, u32 byte, u32* out) {
  const u32* from = words + byte / 4;
  const u32 shift = 8 * (byte % 4);
  u32 low = from[0];
#pragma unroll
  for (int i = 0; i < COUNT; ++i) {
    const u32 high = from[i + 1];
    out[i] = funnel(low, high, shift);
    low = high;
  }
}
DEVICE u32 load_word(const u32* words, u32 byte) {
  u32 word;
  load_words<1>(words, byte, &word);
  return word;
}

DEVICE int dot16(const u32* weights, const u32* x) {
  int sum = 0;
#pragma unroll
  for (int i = 0; i < 4; ++i) sum = dot4(weights[i], x[i], sum);
  return sum;
}

// Formats whose blocks of 32 follow one another: a lane has two of them.
struct TwoBlocks {
  DEVICE_MEMBER u32 column(u32 lane, u32 run) { return 64 * lane + 16 * run; }
};

struct Q8_0 : TwoBlocks {
  static constexpr u32 unit_bytes = 68, rows = WIDE_ROWS;
  DEVICE_MEMBER float dot(const u32* stage, const Activations& x) {
    const u32* unit = stage + 17 * lane_of_group();
    float sum = 0.0f;
#pragma unroll
    for (u32 b = 0; b < 2; ++b) {
      u32 q[8];
      load_words<8>(unit, 34 * b + 2, q);
      const int dots = dot16(q, x.codes + 8 * b) + dot16(q + 4, x.codes + 8 * b + 4);
      sum += low_f16(load_word(unit, 34 * b)) * x.scales[2 * b] * static_cast<float>(dots);
    }
    return sum;
  }
};

struct Q4_0 : TwoBlocks {
  static constexpr u32 unit_bytes = 36, rows = NARROW_ROWS;
  DEVICE_MEMBER float dot(const u32* stage, const Activations& x) {
    const u32* unit = stage + 9 * lane_of_group();
    float sum = 0.0f;
#pragma unroll
    for (u32 b = 0; b < 2; ++b) {
      u32 q[4];
      load_words<4>(unit, 18 * b + 2, q);
      int dots = -8 * (x.sums[2 * b] + x.sums[2 * b + 1]);
#pragma unroll
      for (u32 i = 0; i < 4; ++i) {
        dots = dot4(q[i] & 0x0f0f0f0fu, x.codes[8 * b + i], dots);
        dots = dot4((q[i] >> 4) & 0x0f0f0f0fu, x.codes[8 * b + 4 + i], dots);
      }
      sum += low_f16(load_word(unit, 18 * b)) * x.scales[2 * b] * static_cast<float>(dots);
    }
    return sum;
  }
};

// 34 bytes: every other lane begins in the middle of a word.
struct Mxfp4 : TwoBlocks {
  static constexpr u32 unit_bytes = 34, rows = NARROW_ROWS;
  DEVICE_MEMBER float dot(const u32* stage, const Activations& x) {
    const u32 odd = lane_of_group() & 1;
    const u32* unit = stage + (17 * lane_of_group() - odd) / 2;
    // Bytes 1 to 16 and 18 to 33, and the scales' before them: 0 is in the first word, 17 in the
    // fifth.
    u32 words[5];
#pragma unroll
    for (u32 i = 0; i < 5; ++i) words[i] = unit[i];
    u32 first[4], second[4];
#pragma unroll
    for (u32 i = 0; i < 4; ++i) first[i] = funnel(words[i], words[i + 1], 8 + 16 * odd);
    load_words<4>(unit, 18 + 2 * odd, second);
    return product(words[0] >> (16 * odd), first, x, 0) +
           product(words[4] >> (8 + 16 * odd), second, x, 1);
  }
  DEVICE_MEMBER float product(u32 scale_byte, const u32* codes, const Activations& x, u32 which) {
    const int dots = e2m1_dot(codes, x.codes + 8 * which);
    const u32 exponent = scale_byte & 0xffu;
    const float scale = exponent == 0 ? as_float(0x00400000u) : as_float(exponent << 23);
    return 0.5f * scale * x.scales[2 * which] * static_cast<float>(dots);
  }
};

// Blocks of 256, a quarter of them for a lane.
struct Q4_K : TwoBlocks {
  static constexpr u32 unit_bytes = 36, rows = NARROW_ROWS;

  // The 6-bit scale (at 0) or minimum (at 1) of sub-block j, as ggml packs them in 12 bytes.
  DEVICE_MEMBER u32 six_bits(const u32* packed, u32 j, u32 minimum) {
    const u32 from = j & 3;
    const u32 first = packed[minimum] >> (8 * from);
    if (j < 4) return first & 0x3fu;
    const u32 low = packed[2] >> (8 * from + 4 * minimum);
    return (low & 0xfu) | ((first >> 2) & 0x30u);
  }

  DEVICE_MEMBER float dot(const u32* stage, const Activations& x) {
    const u32 part = lane_of_group() & 3;
    const Quad* super_block = reinterpret_cast<const Quad*>(stage + 36 * (lane_of_group() >> 2));
    const Quad head = super_block[0];
    const u32 packed[3] = {head.y, head.z, head.w};
    const Quad first = super_block[1 + 2 * part];
    const Quad second = super_block[2 + 2 * part];
    const u32 q[8] = {first.x, first.y, first.z, first.w, second.x, second.y, second.z, second.w};
    int low = 0;
    int high = 0;
#pragma unroll
    for (u32 i = 0; i < 8; ++i) {
      low = dot4(q[i] & 0x0f0f0f0fu, x.codes[i], low);
      high = dot4((q[i] >> 4) & 0x0f0f0f0fu, x.codes[8 + i], high);
    }
    const u32 j = 2 * part;
    const float scaled =
        x.scales[0] * static_cast<float>(low * static_cast<int>(six_bits(packed, j, 0))) +
        x.scales[2] * static_cast<float>(high * static_cast<int>(six_bits(packed, j + 1, 0)));
    const float minima =
        x.scales[0] *
            static_cast<float>((x.sums[0] + x.sums[1]) * static_cast<int>(six_bits(packed, j, 1))) +
        x.scales[2] * static_cast<float>((x.sums[2] + x.sums[3]) *
                                         static_cast<int>(six_bits(packed, j + 1, 1)));
    return low_f16(head.x) * scaled - high_f16(head.x) * minima;
  }
};

struct Q6_K {
  // 256 columns have 128 + 64 bytes of codes, 16 scales and an f16; a lane has a sixteenth of each
  // quarter of one half.
  static constexpr u32 unit_bytes = 52, rows = NARROW_ROWS;
  DEVICE_MEMBER u32 column(u32 lane, u32 run) {
    return 256 * (lane >> 2) + 128 * ((lane >> 1) & 1) + 32 * run + 16 * (lane & 1);
  }
  DEVICE_MEMBER float dot(const u32* stage, const Activations& x) {
    const u32 begin = 210 * (lane_of_group() >> 2);
    const u32 half = (lane_of_group() >> 1) & 1;
    const u32 which = lane_of_group() & 1;
    u32 low[8], high[4], scales[2];
    load_words<4>(stage, begin + 64 * half + 16 * which, low);
    load_words<4>(stage, begin + 64 * half + 16 * which + 32, low + 4);
    load_words<4>(stage, begin + 128 + 32 * half + 16 * which, high);
    load_words<2>(stage, begin + 192 + 8 * half, scales);
    float sum = 0.0f;
#pragma unroll
    for (u32 run = 0; run < 4; ++run) {
      int dots = -32 * x.sums[run];
#pragma unroll
      for (u32 i = 0; i < 4; ++i) {
        const u32 nibbles = (low[4 * (run & 1) + i] >> (4 * (run >> 1))) & 0x0f0f0f0fu;
        // Bits 2 run and 2 run + 1 of each byte to bits 4 and 5.
        const u32 moved = run < 2 ? high[i] << (4 - 2 * run) : high[i] >> (2 * run - 4);
        dots = dot4(nibbles | (moved & 0x30303030u), x.codes[4 * run + i], dots);
      }
      const u32 shift = 16 * (run % 2) + 8 * which;
      const int scale = static_cast<signed char>(scales[run / 2] >> shift);
      sum += x.scales[run] * static_cast<float>(scale * dots);
    }
    return low_f16(load_word(stage, begin + 208)) * sum;
  }
};

// Words of 2048 columns.
template <class Format>
struct Chunk {
  static constexpr u32 words = Format::unit_bytes * 8;
};
template <>
struct Chunk<Q6_K> {
  static constexpr u32 words = 8 * 210 / 4;
};

// Two of them: one is worked on while the other fills.
template <class Format>
struct Stages {
  static constexpr u32 pitch =
      (Chunk<Format>::words + 1 + 3) / 4 * 4;  // the word more, whole Quads
  static constexpr u32 words = Format::rows * pitch;
  static constexpr u32 quads = MATRIX_GROUPS * 2 * words / 4;
};

// A row is a whole number of T.
template <class Format, class T>
DEVICE void blocked_rows(const T* weights, const u32* codes, const float* scales, float* y,
                         u32 rows, u32 columns, u32* stages) {
  constexpr u32 count = Format::rows;
  constexpr u32 of_unit = sizeof(T) / 4;
  constexpr u32 chunk = Chunk<Format>::words / of_unit;
  constexpr u32 per_lane = (chunk + 31) / 32;
  const u32 lane = lane_of_group();
  const u32 first_row = (block() * MATRIX_GROUPS + group_of_block()) * count;
  const u32 row_units = columns / 64 * Chunk<Format>::words / 32 / of_unit;
  const T* row[count];
  float sums[count] = {};
#pragma unroll
  for (u32 r = 0; r < count; ++r)
    row[r] = weights + static_cast<u64>(least(first_row + r, rows - 1)) * row_units + lane;

  Landing<T, count * per_lane> landing;
  // One step of all the lane's copies to a stage: to begin them or to land them.
  auto step = [&](bool begin_them, bool whole, u32 begin, u32* stage) {
#pragma unroll
    for (u32 r = 0; r < count; ++r) {
      T* to = reinterpret_cast<T*>(stage + r * Stages<Format>::pitch) + lane;
#pragma unroll
      for (u32 i = 0; i < per_lane; ++i) {
        const u32 at = lane + 32 * i;
        if (at >= chunk || (!whole && begin + at >= row_units)) continue;
        if (begin_them) {
          landing.fetch(r * per_lane + i, to + 32 * i, row[r] + begin + 32 * i);
        } else {
          landing.land(r * per_lane + i, to + 32 * i);
        }
      }
    }
  };
  // Nearly all chunks are whole: no copy of these is compared with the row's end.
  auto copies = [&](bool begin_them, u32 begin, u32* stage) {
    if (begin + chunk <= row_units) {
      step(begin_them, true, begin, stage);
    } else {
      step(begin_them, false, begin, stage);
    }
  };

  copies(true, 0, stages);
  u32* stage = stages;
  u32* next = stages + Stages<Format>::words;
  for (u32 column = 0, begin = 0; column < columns; column += 2048, begin += chunk) {
    copies(false, begin, stage);
    landing.wait();
    group_sync();
    copies(true, begin + chunk, next);
    if (column + Format::column(lane, 0) < columns) {
      Activations x;
      load_activations<Format>(codes, scales, column, x);
#pragma unroll
      for (u32 r = 0; r < count; ++r) sums[r] += Format::dot(stage + r * Stages<Format>::pitch, x);
    }
    u32* done = stage;
    stage = next;
    next = done;
  }
  put_sums(sums, first_row, rows, y);
}

template <class Format>
DEVICE void blocked_matrix_vector(const u32* weights, const u32* codes, const float* scales,
                                  float* y, u32 rows, u32 columns) {
  __shared__ Quad memory[Stages<Format>::quads];
  u32* stages = reinterpret_cast<u32*>(memory) + group_of_block() * 2 * Stages<Format>::words;
  if (columns / 64 * Chunk<Format>::words / 32 % 4 == 0) {
    blocked_rows<Format>(reinterpret_cast<const Quad*>(weights), codes, scales, y, rows, columns,
                         stages);
  } else {
    blocked_rows<Format>(weights, codes, scales, y, rows, columns, stages);
  }
}

#define BLOCKED_KERNEL(NAME, FORMAT)                                                      \
  KERNEL __launch_bounds__(32 * MATRIX_GROUPS)                                            \
      NAME(const u32* weights, const u32* codes, const float* scales, float* y, u32 rows, \
           u32 columns) {                                                                 \
    blocked_matrix_vector<FORMAT>(weights, codes, scales, y, rows, columns);              \
  }
BLOCKED_KERNEL(matrix_vector_q8_0, Q8_0)
BLOCKED_KERNEL(matrix_vector_q4_0, Q4_0)
BLOCKED_KERNEL(matrix_vector_mxfp4, Mxfp4)
BLOCKED_KERNEL(matrix_vector_q4_k, Q4_K)
BLOCKED_KERNEL(matrix_vector_q6_k, Q6_K)

// --- 16-bit weights, with f16 activations --------------------------------------------------------

template <bool IS_BF16>
DEVICE void unpack_weights(const Quad& quad, float* out) {
  if (!IS_BF16) return unpack_f16(quad, out);
  const u32 words[4] = {quad.x, quad.y, quad.z, quad.w};
#pragma unroll
  for (int i = 0; i < 4; ++i) {
    out[2 * i] = as_float(words[i] << 16);
    out[2 * i + 1] = as_float(words[i] & 0xffff0000u);
  }
}

template <bool IS_BF16>
DEVICE void half_matrix_vector(const Quad* weights, const Quad* x, float* y, u32 rows,
                               u32 columns) {
  constexpr u32 count = WIDE_ROWS, ahead = 4;
  const u32 first_row = (block() * (threads() / 32) + group_of_block()) * count;
  const u32 row_quads = columns / 8;
  float sums[count] = {};
  for (u32 base = lane_of_group(); base < row_quads; base += 32 * ahead) {
    Quad held[ahead][count];
#pragma unroll
    for (u32 u = 0; u < ahead; ++u)
#pragma unroll
      for (u32 r = 0; r < count; ++r) {
        const u64 row = least(first_row + r, rows - 1);
        held[u][r] = stream(weights + row * row_quads + least(base + 32 * u, row_quads - 1));
      }
#pragma unroll
    for (u32 u = 0; u < ahead; ++u) {
      if (base + 32 * u >= row_quads) continue;
      float values[8];
      unpack_f16(x[base + 32 * u], values);
#pragma unroll
      for (u32 r = 0; r < count; ++r) {
        float w[8];
        unpack_weights<IS_BF16>(held[u][r], w);
#pragma unroll
        for (int i = 0; i < 8; ++i) sums[r] += w[i] * values[i];
      }
    }
  }
  put_sums(sums, first_row, rows, y);
}

KERNEL __launch_bounds__(128)
    matrix_vector_f16(const Quad* weights, const Quad* x, float* y, u32 rows, u32 columns) {
  half_matrix_vector<false>(weights, x, y, rows, columns);
}
KERNEL __launch_bounds__(128)
    matrix_vector_bf16(const Quad* weights, const Quad* x, float* y, u32 rows, u32 columns) {
  half_matrix_vector<true>(weights, x, y, rows, columns);
}

// --- affine groups of 64, with f16 activations ---------------------------------------------------
// w = scale q + bias. Two f16 at a time, as decode kernels for such weights have it; of 16 columns
// products are summed in f16, eight to each half of a word, and everything else in float. A code
// becomes an f16 without a conversion: or-ed into the mantissa of 1024, which is then subtracted,
// or, where only their sums are scaled, left where it is, as a subnormal number. For these the
// activations are prepared, once for all rows (paired_activations.h).
enum Form { dequantize, fused_multiply_add, sum_per_group };

// 0x6400 is 1024. Codes at bit `place` of both halves of a word, as two f16.
template <int BITS>
DEVICE u32 codes_at(u32 word, u32 place) {
  const u32 mask = ((1u << BITS) - 1) << place;
  const u32 biased = (word & (mask | (mask << 16))) | 0x64006400u;
  const u32 factor = (15u - place) << 10;              // 2^-place
  const u32 offset = 0x8000u | ((25u - place) << 10);  // -1024 2^-place
  return multiply_add_f16(biased, factor * 0x10001u, offset * 0x10001u);
}

// Columns n and n + 16 / BITS are at the same place of a word's halves: the words of x are paired
// like that.
template <int BITS>
struct Pairs {
  static constexpr u32 per_word = 16 / BITS;
};

// What a lane has of x: 32 columns, two f16 in a word; and their sum. Prepared, what sums of codes
// times pairs are multiplied with.
struct Slice {
  u32 pairs[SLICE_COLUMNS / 2];
  float sum;
  float factor;
};

DEVICE u32 pair_of_low(u32 first, u32 second) {
  return pick_bytes(first, second, 0x5410);
}
DEVICE u32 pair_of_high(u32 first, u32 second) {
  return pick_bytes(first, second, 0x7632);
}

DEVICE void load_words_of(const Quad* x, u32 slice, u32* words) {
#pragma unroll
  for (u32 i = 0; i < SLICE_COLUMNS / 8; ++i) {
    const Quad quad = x[4 * slice + i];
    words[4 * i] = quad.x;
    words[4 * i + 1] = quad.y;
    words[4 * i + 2] = quad.z;
    words[4 * i + 3] = quad.w;
  }
}

template <int BITS, bool SUMMED>
DEVICE void load_slice(const Quad* x, u32 slice, Slice& out) {
  u32 words[SLICE_COLUMNS / 2];
  load_words_of(x, slice, words);
  out.sum = 0.0f;
  if (SUMMED) {
    const u32 one = 0x3c003c00u;
#pragma unroll
    for (u32 i = 0; i < SLICE_COLUMNS / 2; i += 2) {
      const u32 pair = multiply_add_f16(words[i], one, words[i + 1]);
      out.sum += low_f16(pair) + high_f16(pair);
    }
  }
  constexpr u32 per_word =
      Pairs<BITS>::per_word;  // pairs, and words of x in half a word's columns * 2
#pragma unroll
  for (u32 i = 0; i < SLICE_COLUMNS / 2; i += 2) {
    const u32 word = i / per_word;
    const u32 first = word * per_word + i % per_word / 2;
    out.pairs[i] = pair_of_low(words[first], words[first + per_word / 2]);
    out.pairs[i + 1] = pair_of_high(words[first], words[first + per_word / 2]);
  }
}

// As paired_activations.h has them, and of every slice the factor and the sum.
DEVICE void load_prepared(const Quad* x, const Pair* parts, u32 slice, Slice& out) {
  load_words_of(x, slice, out.pairs);
  const Pair part = parts[slice];
  out.factor = as_float(part.x);
  out.sum = as_float(part.y);
}

// Eight pairs of codes of x's slice from `first` on; BITS / 2 words have them.
template <int BITS, Form FORM>
DEVICE float sixteen_columns(const u32* words, const Slice& x, u32 first, u32 scale, u32 bias) {
  constexpr u32 per_word = Pairs<BITS>::per_word;
  u32 sum = 0;
#pragma unroll
  for (u32 i = 0; i < 8; ++i) {
    const u32 place = BITS * (i % per_word);
    const u32 word = place < 8 ? words[i / per_word] : words[i / per_word] >> 8;
    const u32 value = x.pairs[first + i];
    if (FORM == dequantize) {
      const u32 weights = multiply_add_f16(codes_at<BITS>(word, place % 8), scale, bias);
      sum = multiply_add_f16(weights, value, sum);
    } else if (FORM == fused_multiply_add) {
      const u32 scaled = multiply_add_f16(scale, value, 0);
      sum = multiply_add_f16(codes_at<BITS>(word, place % 8), scaled, sum);
    } else {
      const u32 mask = (((1u << BITS) - 1) << (place % 8)) * 0x10001u;
      sum = multiply_add_f16(word & mask, value, sum);
    }
  }
  return low_f16(sum) + high_f16(sum);
}

// A lane's codes of 32 columns: four words of 4 bits, two of 2 bits.
template <int BITS>
DEVICE void load_codes(const u32* from, u32* words) {
  if (BITS == 4) {
    const Quad quad = stream(reinterpret_cast<const Quad*>(from));
    words[0] = quad.x;
    words[1] = quad.y;
    words[BITS - 2] = quad.z;
    words[BITS - 1] = quad.w;
  } else {
    const Pair pair = stream(reinterpret_cast<const Pair*>(from));
    words[0] = pair.x;
    words[1] = pair.y;
  }
}

template <int BITS, Form FORM>
DEVICE void affine_matrix_vector(const u32* weights, const u16* scales, const u16* biases,
                                 const Quad* x, const Pair* parts, float* y, u32 rows,
                                 u32 columns) {
  constexpr u32 count = NARROW_ROWS;
  // At a time: prepared activations leave less to wait for.
  [[maybe_unused]] constexpr u32 turns = FORM == sum_per_group ? 1 : 2;
  const u32 first_row = (block() * (threads() / 32) + group_of_block()) * count;
  const u32 slices = columns / SLICE_COLUMNS;
  float sums[count] = {};
  // Where the lane is in each row: to go on is cheaper than to multiply rows with columns again.
  const u32* codes[count];
  const u16* scale_at[count];
  const u16* bias_at[count];
#pragma unroll
  for (u32 r = 0; r < count; ++r) {
    const u64 at = static_cast<u64>(least(first_row + r, rows - 1)) * slices + lane_of_group();
    codes[r] = weights + at * BITS;
    scale_at[r] = scales + at / 2;
    bias_at[r] = biases + at / 2;
  }
#pragma unroll turns
  for (u32 at = lane_of_group(); at < slices; at += 32) {
    u32 words[count][BITS];
    u32 scale[count], bias[count];
#pragma unroll
    for (u32 r = 0; r < count; ++r) {
      load_codes<BITS>(codes[r], words[r]);
      scale[r] = *scale_at[r];
      bias[r] = *bias_at[r];
      codes[r] += 32 * BITS;
      scale_at[r] += 16;
      bias_at[r] += 16;
    }
    Slice slice;
    if (FORM == sum_per_group) {
      load_prepared(x, parts, at, slice);
    } else {
      load_slice<BITS, FORM == fused_multiply_add>(x, at, slice);
    }
#pragma unroll
    for (u32 r = 0; r < count; ++r) {
      const u32 s = scale[r] * 0x10001u;
      const u32 b = bias[r] * 0x10001u;
      const float sum = sixteen_columns<BITS, FORM>(words[r], slice, 0, s, b) +
                        sixteen_columns<BITS, FORM>(words[r] + BITS / 2, slice, 8, s, b);
      sums[r] += FORM == sum_per_group ? low_f16(s) * slice.factor * sum : sum;
      if (FORM != dequantize) sums[r] += low_f16(b) * slice.sum;
    }
  }
  put_sums(sums, first_row, rows, y);
}

// Eight blocks leave the registers for loads of two turns at a time, which is worth more than more
// blocks.
#define AFFINE_KERNEL(BITS, FORM)                                                                  \
  KERNEL __launch_bounds__(32 * MATRIX_GROUPS, 8) matrix_vector_affine##BITS##_##FORM(             \
      const u32* weights, const u16* scales, const u16* biases, const Quad* x, float* y, u32 rows, \
      u32 columns) {                                                                               \
    affine_matrix_vector<BITS, FORM>(weights, scales, biases, x, nullptr, y, rows, columns);       \
  }
AFFINE_KERNEL(4, dequantize)
AFFINE_KERNEL(4, fused_multiply_add)
AFFINE_KERNEL(2, dequantize)
AFFINE_KERNEL(2, fused_multiply_add)

#define PREPARED_KERNEL(BITS)                                                                     \
  KERNEL __launch_bounds__(32 * MATRIX_GROUPS, 8) matrix_vector_affine##BITS##_sum_per_group(     \
      const u32* weights, const u16* scales, const u16* biases, const Quad* x, const Pair* parts, \
      float* y, u32 rows, u32 columns) {                                                          \
    affine_matrix_vector<BITS, sum_per_group>(weights, scales, biases, x, parts, y, rows,         \
                                              columns);                                           \
  }
PREPARED_KERNEL(4)
PREPARED_KERNEL(2)

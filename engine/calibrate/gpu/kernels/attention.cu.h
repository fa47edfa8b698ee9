// Attention of one new token: heads of 128 values, GROUP of them to one head of keys and values,
// whose cache is [context][kv_heads][128]. The context is split over blocks; a block goes through
// its part in tiles, with the running maximum and sum of the softmax; a second kernel joins parts.
#define BATCH 16  // loads of values under way

// What sixteen lanes load of a token's head, eight values each, and what they are; what sixty-four
// load, two values each. Loads stand apart from their use, so that many are under way.
struct F16Cache {
  const Quad* values;
  typedef Quad Eight;
  typedef u32 Two;
  DEVICE_METHOD Eight load_eight(u64 head, u32 lane) const {
    return stream(values + head * (HEAD_DIM / 8) + lane);
  }
  DEVICE_METHOD Two load_two(u64 head, u32 i) const {
    return stream(reinterpret_cast<const u32*>(values) + head * (HEAD_DIM / 2) + i);
  }
  DEVICE_MEMBER void unpack_eight(const Eight& raw, float* out) { unpack_f16(raw, out); }
  DEVICE_MEMBER void unpack_two(const Two& raw, float* out) {
    out[0] = low_f16(raw);
    out[1] = high_f16(raw);
  }
};

DEVICE float signed_byte(u32 word, u32 i) {
  const u32 biased = ((word >> (8 * i)) & 0xffu) ^ 0x80u;
  return as_float(biased | 0x4b000000u) - 8388736.0f;  // 2^23 + 128
}

// int8 with an f16 scale for each 32, as Q8_0 has them, but apart from one another.
struct Q8Cache {
  const Pair* codes;
  const u16* scales;
  struct Eight {
    Pair codes;
    u16 scale;
  };
  struct Two {
    u16 codes;
    u16 scale;
  };
  DEVICE_METHOD Eight load_eight(u64 head, u32 lane) const {
    return {stream(codes + head * (HEAD_DIM / 8) + lane),
            scales[head * (HEAD_DIM / 32) + lane / 4]};
  }
  DEVICE_METHOD Two load_two(u64 head, u32 i) const {
    return {reinterpret_cast<const u16*>(codes)[head * (HEAD_DIM / 2) + i],
            scales[head * (HEAD_DIM / 32) + i / 16]};
  }
  DEVICE_MEMBER void unpack_eight(const Eight& raw, float* out) {
    const float scale = f16_to_float(raw.scale);
#pragma unroll
    for (u32 i = 0; i < 4; ++i) {
      out[i] = scale * signed_byte(raw.codes.x, i);
      out[4 + i] = scale * signed_byte(raw.codes.y, i);
    }
  }
  DEVICE_MEMBER void unpack_two(const Two& raw, float* out) {
    const float scale = f16_to_float(raw.scale);
    out[0] = scale * signed_byte(raw.codes, 0);
    out[1] = scale * signed_byte(raw.codes, 1);
  }
};

struct AttentionPart {
  u32 kv_heads, kv_head;
  u32 begin, end;  // tokens
};

// scores[token][query] = q k / sqrt(128) of a tile; minus infinity behind the end. Sixteen lanes
// take a token, a block eight at a time.
template <class Cache, u32 GROUP>
DEVICE void score_tile(const Cache& keys, const AttentionPart& part, u32 tile,
                       const float (&query)[GROUP][8], float (*scores)[GROUP]) {
  const u32 lane = thread() & 15;
  typename Cache::Eight held[TILE / 8];
#pragma unroll
  for (u32 i = 0; i < TILE / 8; ++i) {
    const u32 token = least(tile + 8 * i + (thread() >> 4), part.end - 1);
    held[i] = keys.load_eight(static_cast<u64>(token) * part.kv_heads + part.kv_head, lane);
  }
#pragma unroll
  for (u32 i = 0; i < TILE / 8; ++i) {
    const u32 slot = 8 * i + (thread() >> 4);
    float key[8];
    Cache::unpack_eight(held[i], key);
#pragma unroll
    for (u32 g = 0; g < GROUP; ++g) {
      float sum = 0.0f;
#pragma unroll
      for (int d = 0; d < 8; ++d) sum += query[g][d] * key[d];
      for (u32 mask = 8; mask > 0; mask >>= 1) sum += exchange_float(sum, mask);
      if (lane == 0) scores[slot][g] = tile + slot < part.end ? sum : -INFINITY_F;
    }
  }
}

// Scores become exp(score - running maximum); every query has its maximum, sum and the factor for
// what was summed before.
template <u32 GROUP>
DEVICE void soften_tile(float (*scores)[GROUP], float* largest, float* sums, float* factors) {
  const u32 lane = lane_of_group();
  for (u32 g = group_of_block(); g < GROUP; g += 4) {
    float first = scores[lane][g];
    float second = scores[lane + 32][g];
    const float before = largest[g];
    const float now = fmaxf(before, group_max(fmaxf(first, second)));
    first = expf(first - now);
    second = expf(second - now);
    scores[lane][g] = first;
    scores[lane + 32][g] = second;
    const float sum = group_sum(first + second);
    const float factor = expf(before - now);
    group_sync();
    if (lane == 0) {
      largest[g] = now;
      factors[g] = factor;
      sums[g] = sums[g] * factor + sum;
    }
  }
}

// parts: [split][head] of maximum and sum; outputs: [split][head][128], not yet divided by the sum.
template <class Cache, u32 GROUP>
DEVICE void attend(const float* query, const Cache& keys, const Cache& values, float* parts,
                   float* outputs, u32 kv_heads, u32 context, u32 per_split) {
  __shared__ float scores[TILE][GROUP];
  __shared__ float largest[GROUP], sums[GROUP], factors[GROUP];
  __shared__ float other_half[GROUP][HEAD_DIM];
  AttentionPart part;
  part.kv_heads = kv_heads;
  part.kv_head = block_y();
  part.begin = block() * per_split;
  part.end = least(part.begin + per_split, context);

  float q[GROUP][8];
#pragma unroll
  for (u32 g = 0; g < GROUP; ++g)
#pragma unroll
    for (u32 d = 0; d < 8; ++d)
      q[g][d] = query[(part.kv_head * GROUP + g) * HEAD_DIM + 8 * (thread() & 15) + d] *
                0.08838834764831845f;  // 1 / sqrt(128)
  if (thread() < GROUP) {
    largest[thread()] = -INFINITY_F;
    sums[thread()] = 0.0f;
  }
  const u32 pair = thread() & 63;
  const u32 stream_of_tokens = thread() >> 6;
  float result[GROUP][2] = {};
  for (u32 tile = part.begin; tile < part.end; tile += TILE) {
    score_tile<Cache, GROUP>(keys, part, tile, q, scores);
    block_sync();
    soften_tile<GROUP>(scores, largest, sums, factors);
    block_sync();
#pragma unroll
    for (u32 g = 0; g < GROUP; ++g) {
      result[g][0] *= factors[g];
      result[g][1] *= factors[g];
    }
    for (u32 first = stream_of_tokens; first < TILE; first += 2 * BATCH) {
      typename Cache::Two held[BATCH];
#pragma unroll
      for (u32 i = 0; i < BATCH; ++i) {
        const u32 token = least(tile + first + 2 * i, part.end - 1);
        held[i] = values.load_two(static_cast<u64>(token) * kv_heads + part.kv_head, pair);
      }
#pragma unroll
      for (u32 i = 0; i < BATCH; ++i) {
        float value[2];
        Cache::unpack_two(held[i], value);
#pragma unroll
        for (u32 g = 0; g < GROUP; ++g) {
          const float score = scores[first + 2 * i][g];
          result[g][0] += score * value[0];
          result[g][1] += score * value[1];
        }
      }
    }
    block_sync();
  }
#pragma unroll
  for (u32 g = 0; g < GROUP; ++g) {
    if (stream_of_tokens == 0) continue;
    other_half[g][2 * pair] = result[g][0];
    other_half[g][2 * pair + 1] = result[g][1];
  }
  block_sync();
  const u64 head = (static_cast<u64>(block()) * kv_heads + part.kv_head) * GROUP;
#pragma unroll
  for (u32 g = 0; g < GROUP; ++g) {
    if (stream_of_tokens == 1) continue;
    outputs[(head + g) * HEAD_DIM + 2 * pair] = result[g][0] + other_half[g][2 * pair];
    outputs[(head + g) * HEAD_DIM + 2 * pair + 1] = result[g][1] + other_half[g][2 * pair + 1];
  }
  if (thread() < GROUP) {
    parts[2 * (head + thread())] = largest[thread()];
    parts[2 * (head + thread()) + 1] = sums[thread()];
  }
}

#define ATTENTION_KERNELS(GROUP)                                                               \
  KERNEL __launch_bounds__(128) decode_attention_f16_##GROUP(                                  \
      const float* query, const Quad* keys, const Quad* values, float* parts, float* outputs,  \
      u32 kv_heads, u32 context, u32 per_split) {                                              \
    const F16Cache key_cache = {keys};                                                         \
    const F16Cache value_cache = {values};                                                     \
    attend<F16Cache, GROUP>(query, key_cache, value_cache, parts, outputs, kv_heads, context,  \
                            per_split);                                                        \
  }                                                                                            \
  KERNEL __launch_bounds__(128)                                                                \
      decode_attention_q8_##GROUP(const float* query, const Pair* keys, const u16* key_scales, \
                                  const Pair* values, const u16* value_scales, float* parts,   \
                                  float* outputs, u32 kv_heads, u32 context, u32 per_split) {  \
    const Q8Cache key_cache = {keys, key_scales};                                              \
    const Q8Cache value_cache = {values, value_scales};                                        \
    attend<Q8Cache, GROUP>(query, key_cache, value_cache, parts, outputs, kv_heads, context,   \
                           per_split);                                                         \
  }
ATTENTION_KERNELS(1)
ATTENTION_KERNELS(4)
ATTENTION_KERNELS(8)

// A block of 128 threads for a head.
KERNEL __launch_bounds__(128)
    join_attention(const float* parts, const float* outputs, float* out, u32 heads, u32 splits) {
  float largest = -INFINITY_F;
  for (u32 s = 0; s < splits; ++s) largest = fmaxf(largest, parts[2 * (s * heads + block())]);
  float sum = 0.0f;
  float value = 0.0f;
  for (u32 s = 0; s < splits; ++s) {
    const u64 at = static_cast<u64>(s) * heads + block();
    const float factor = expf(parts[2 * at] - largest);
    sum += factor * parts[2 * at + 1];
    value += factor * outputs[at * HEAD_DIM + thread()];
  }
  out[block() * HEAD_DIM + thread()] = value / sum;
}

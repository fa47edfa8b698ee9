// Attention of one new token: heads of 128 values, GROUP of them to one head of keys and values,
// whose cache is [context][kv_heads][128]. The context is split over threadgroups; each of its four
// simdgroups takes a quarter of every tile, with its own running maximum and sum of the softmax,
// and they join at the end. A second kernel joins the splits.
#define QUARTER (TILE / 4)

struct F16Cache {
  device const half4* values;
  float4 load(ulong head, uint lane) const { return float4(values[head * (HEAD_DIM / 4) + lane]); }
};

// int8 with an f16 scale for each 32, as Q8_0 has them, but apart from one another.
struct Q8Cache {
  device const char4* codes;
  device const half* scales;
  float4 load(ulong head, uint lane) const {
    return float(scales[head * (HEAD_DIM / 32) + lane / 8]) *
           float4(codes[head * (HEAD_DIM / 4) + lane]);
  }
};

// What a simdgroup has found: of each query the maximum, the sum, and the values, four for a lane.
template <uint GROUP>
struct Found {
  float largest[GROUP];
  float sums[GROUP];
  float4 values[GROUP][SIMD_LANES];
};

struct AttentionPart {
  uint kv_heads, kv_head;
  uint begin, end;  // tokens
};

// Lanes t and t + 16 have the score of token t: q k / sqrt(128), minus infinity behind the end.
template <class Cache, uint GROUP>
void score_quarter(Cache keys, AttentionPart part, uint tile, thread const float4* query,
                   thread float* scores, uint lane) {
  for (uint g = 0; g < GROUP; ++g) scores[g] = -INFINITY;
  for (uint t = 0; t < QUARTER && tile + t < part.end; ++t) {
    const float4 key = keys.load(ulong(tile + t) * part.kv_heads + part.kv_head, lane);
    for (uint g = 0; g < GROUP; ++g) {
      const float score = simd_sum(dot(query[g], key));
      if (lane % QUARTER == t) scores[g] = score;
    }
  }
}

template <class Cache, uint GROUP>
void attend_quarters(Cache keys, Cache values, AttentionPart part, thread const float4* query,
                     threadgroup Found<GROUP>& found, uint lane, uint simd) {
  float largest[GROUP], sums[GROUP];
  float4 result[GROUP];
  for (uint g = 0; g < GROUP; ++g) {
    largest[g] = -INFINITY;
    sums[g] = 0.0f;
    result[g] = float4(0.0f);
  }
  for (uint tile = part.begin + QUARTER * simd; tile < part.end; tile += TILE) {
    float scores[GROUP];
    score_quarter<Cache, GROUP>(keys, part, tile, query, scores, lane);
    for (uint g = 0; g < GROUP; ++g) {
      const float now = max(largest[g], simd_max(scores[g]));
      const float factor = exp(largest[g] - now);
      scores[g] = exp(scores[g] - now);
      sums[g] = sums[g] * factor + 0.5f * simd_sum(scores[g]);  // every token has two lanes
      result[g] *= factor;
      largest[g] = now;
    }
    for (uint t = 0; t < QUARTER && tile + t < part.end; ++t) {
      const float4 value = values.load(ulong(tile + t) * part.kv_heads + part.kv_head, lane);
      for (uint g = 0; g < GROUP; ++g) result[g] += simd_broadcast(scores[g], ushort(t)) * value;
    }
  }
  for (uint g = 0; g < GROUP; ++g) {
    if (lane == 0) {
      found.largest[g] = largest[g];
      found.sums[g] = sums[g];
    }
    found.values[g][lane] = result[g];
  }
}

// parts: [split][head] of maximum and sum; outputs: [split][head][128], not yet divided by the sum.
template <uint GROUP>
void join_quarters(threadgroup const Found<GROUP>* found, device float2* parts,
                   device float4* outputs, ulong first_head, uint lane, uint simd) {
  for (uint g = simd; g < GROUP; g += 4) {
    float largest = found[0].largest[g];
    for (uint s = 1; s < 4; ++s) largest = max(largest, found[s].largest[g]);
    float sum = 0.0f;
    float4 value = float4(0.0f);
    for (uint s = 0; s < 4; ++s) {
      const float factor = exp(found[s].largest[g] - largest);
      sum += factor * found[s].sums[g];
      value += factor * found[s].values[g][lane];
    }
    outputs[(first_head + g) * SIMD_LANES + lane] = value;
    if (lane == 0) parts[first_head + g] = float2(largest, sum);
  }
}

template <class Cache, uint GROUP>
void attend(Cache keys, Cache values, device const float4* query, device float2* parts,
            device float4* outputs, threadgroup Found<GROUP>* found, uint2 block, uint kv_heads,
            uint context, uint per_split, uint lane, uint simd) {
  AttentionPart part;
  part.kv_heads = kv_heads;
  part.kv_head = block.y;
  part.begin = block.x * per_split;
  part.end = min(part.begin + per_split, context);
  float4 q[GROUP];
  for (uint g = 0; g < GROUP; ++g)
    q[g] = query[(part.kv_head * GROUP + g) * SIMD_LANES + lane] *
           0.08838834764831845f;  // 1 / sqrt(128)
  attend_quarters<Cache, GROUP>(keys, values, part, q, found[simd], lane, simd);
  threadgroup_barrier(mem_flags::mem_threadgroup);
  const ulong first_head = (ulong(block.x) * kv_heads + part.kv_head) * GROUP;
  join_quarters<GROUP>(found, parts, outputs, first_head, lane, simd);
}

#define ATTENTION_KERNELS(GROUP)                                                                   \
  kernel void decode_attention_f16_##GROUP(                                                        \
      device const float4* query [[buffer(0)]], device const half4* keys [[buffer(1)]],            \
      device const half4* values [[buffer(2)]], device float2* parts [[buffer(3)]],                \
      device float4* outputs [[buffer(4)]], constant uint& kv_heads [[buffer(5)]],                 \
      constant uint& context [[buffer(6)]], constant uint& per_split [[buffer(7)]], PLACE) {       \
    SHARED Found<GROUP> found[4];                                                                  \
    const F16Cache key_cache = {keys};                                                             \
    const F16Cache value_cache = {values};                                                         \
    attend<F16Cache, GROUP>(key_cache, value_cache, query, parts, outputs, found, block, kv_heads, \
                            context, per_split, lane, simd);                                       \
  }                                                                                                \
  kernel void decode_attention_q8_##GROUP(                                                         \
      device const float4* query [[buffer(0)]], device const char4* keys [[buffer(1)]],            \
      device const half* key_scales [[buffer(2)]], device const char4* values [[buffer(3)]],       \
      device const half* value_scales [[buffer(4)]], device float2* parts [[buffer(5)]],           \
      device float4* outputs [[buffer(6)]], constant uint& kv_heads [[buffer(7)]],                 \
      constant uint& context [[buffer(8)]], constant uint& per_split [[buffer(9)]], PLACE) {       \
    SHARED Found<GROUP> found[4];                                                                  \
    const Q8Cache key_cache = {keys, key_scales};                                                  \
    const Q8Cache value_cache = {values, value_scales};                                            \
    attend<Q8Cache, GROUP>(key_cache, value_cache, query, parts, outputs, found, block, kv_heads,  \
                           context, per_split, lane, simd);                                        \
  }
ATTENTION_KERNELS(1)
ATTENTION_KERNELS(4)
ATTENTION_KERNELS(8)

// A threadgroup of 128 threads for a head.
kernel void join_attention(device const float2* parts [[buffer(0)]],
                           device const float* outputs [[buffer(1)]],
                           device float* out [[buffer(2)]], constant uint& heads [[buffer(3)]],
                           constant uint& splits [[buffer(4)]], PLACE) {
  float largest = -INFINITY;
  for (uint s = 0; s < splits; ++s) largest = max(largest, parts[s * heads + block.x].x);
  float sum = 0.0f;
  float value = 0.0f;
  for (uint s = 0; s < splits; ++s) {
    const ulong at = ulong(s) * heads + block.x;
    const float factor = exp(parts[at].x - largest);
    sum += factor * parts[at].y;
    value += factor * outputs[at * HEAD_DIM + index];
  }
  out[block.x * HEAD_DIM + index] = value / sum;
}

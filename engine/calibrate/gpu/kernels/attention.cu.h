// Attention of one new token: heads of 128 values, GROUP of them to one head of keys and values,
// whose cache is [context][kv_heads][128]. The context is split over blocks, and in a block over
// its groups of lanes. A group goes through its tokens a batch at a time, without waiting for any
// other, with the running maxima and sums of the softmax; the block joins its groups, a second
// kernel the blocks.
#define ATTENTION_GROUPS 4

// How a group deals out its work. So many lanes have a token's head that each of them keeps one
// score of a batch.
template <u32 GROUP>
struct Walk {
  static constexpr u32 lanes = GROUP > 4 ? 32 : 16;
  static constexpr u32 values = HEAD_DIM / lanes;  // of a lane
  static constexpr u32 streams = 32 / lanes;       // tokens at a time
  static constexpr u32 batch = GROUP == 1 ? 8 : 4;
  static constexpr u32 scores = batch * GROUP;   // of a stream
  static constexpr u32 copies = lanes / scores;  // neighbouring lanes that keep the same one
  static constexpr u32 round = batch * streams;  // tokens
};

template <u32 COUNT>
DEVICE void stream_words(const u8* from, u32 (&words)[COUNT]) {
  if constexpr (COUNT == 4) {
    const Quad quad = stream(reinterpret_cast<const Quad*>(from));
    words[0] = quad.x;
    words[1] = quad.y;
    words[2] = quad.z;
    words[3] = quad.w;
  } else if constexpr (COUNT == 2) {
    const Pair pair = stream(reinterpret_cast<const Pair*>(from));
    words[0] = pair.x;
    words[1] = pair.y;
  } else {
    words[0] = stream(reinterpret_cast<const u32*>(from));
  }
}

// What a lane loads of tokens' heads: loads stand apart from their use, so that many are under way.
// What is unpacked is a multiple of scale().
template <u32 VALUES>
struct F16Cache {
  struct Raw {
    u32 words[VALUES / 2];
  };
  const u8* values;  // the lane's of token 0
  u32 stride;        // bytes of a token

  DEVICE_METHOD F16Cache(const Quad* all, u32 kv_heads, u32 kv_head, u32 lane)
      : values(reinterpret_cast<const u8*>(all) + 2 * (kv_head * HEAD_DIM + lane * VALUES)),
        stride(2 * kv_heads * HEAD_DIM) {}
  DEVICE_METHOD void load(u32 token, Raw& raw) const {
    stream_words(values + static_cast<u64>(token) * stride, raw.words);
  }
  DEVICE_MEMBER void unpack(const Raw& raw, float (&out)[VALUES]) {
#pragma unroll
    for (u32 i = 0; i < VALUES / 2; ++i) {
      out[2 * i] = low_f16(raw.words[i]);
      out[2 * i + 1] = high_f16(raw.words[i]);
    }
  }
  DEVICE_MEMBER float scale(const Raw&) {
    return 1.0f;
  }
};

// int8 with an f16 scale for each 32, as Q8_0 has them, but apart from one another.
template <u32 VALUES>
struct Q8Cache {
  struct Raw {
    u32 words[VALUES / 4];
    u16 scale;
  };
  const u8* codes;
  const u8* scales;
  u32 stride;  // bytes of a token's codes; its scales have a sixteenth

  DEVICE_METHOD Q8Cache(const Pair* all, const u16* all_scales, u32 kv_heads, u32 kv_head, u32 lane)
      : codes(reinterpret_cast<const u8*>(all) + kv_head * HEAD_DIM + lane * VALUES),
        scales(reinterpret_cast<const u8*>(all_scales + kv_head * (HEAD_DIM / 32) +
                                           lane * VALUES / 32)),
        stride(kv_heads * HEAD_DIM) {}
  DEVICE_METHOD void load(u32 token, Raw& raw) const {
    stream_words(codes + static_cast<u64>(token) * stride, raw.words);
    raw.scale = *reinterpret_cast<const u16*>(scales + static_cast<u64>(token) * (stride / 16));
  }
  // Moved by 128 a code is the lowest byte of the float 2^23 + code.
  DEVICE_MEMBER void unpack(const Raw& raw, float (&out)[VALUES]) {
#pragma unroll
    for (u32 i = 0; i < VALUES; ++i) {
      const u32 moved = raw.words[i / 4] ^ 0x80808080u;
      out[i] = as_float(pick_bytes(moved, 0x4b000000u, 0x7440u | (i % 4))) - 8388736.0f;
    }
  }
  DEVICE_MEMBER float scale(const Raw& raw) {
    return f16_to_float(raw.scale);
  }
};

// Sums of COUNT values over so many lanes: with every step a lane keeps half of them and hands the
// others' sums on; with one value left both keep it.
template <u32 COUNT, u32 LANES, u32 SIZE>
DEVICE void scatter_sums(float (&values)[SIZE]) {
  constexpr u32 mask = LANES / 2;
  constexpr u32 half = COUNT / 2;
  if constexpr (half > 0) {
    const bool upper = (lane_of_group() & mask) != 0;
#pragma unroll
    for (u32 i = 0; i < half; ++i) {
      const float kept = upper ? values[half + i] : values[i];
      const float given = upper ? values[i] : values[half + i];
      values[i] = kept + exchange_float(given, mask);
    }
  } else {
    values[0] += exchange_float(values[0], mask);
  }
  if constexpr (mask > 1) scatter_sums<(half > 0 ? half : 1), mask>(values);
}

template <u32 COUNT>
DEVICE void load_floats(const float* from, float (&out)[COUNT]) {
  if constexpr (COUNT % 4 == 0) {
#pragma unroll
    for (u32 i = 0; i < COUNT / 4; ++i) {
      const Quad quad = reinterpret_cast<const Quad*>(from)[i];
      out[4 * i] = as_float(quad.x);
      out[4 * i + 1] = as_float(quad.y);
      out[4 * i + 2] = as_float(quad.z);
      out[4 * i + 3] = as_float(quad.w);
    }
  } else {
#pragma unroll
    for (u32 i = 0; i < COUNT; ++i) out[i] = from[i];
  }
}

// What the lanes of a group tell one another.
template <u32 GROUP>
struct Told {
  alignas(16) float weights[Walk<GROUP>::streams][Walk<GROUP>::scores];  // [token][query]
  alignas(16) float factors[GROUP];  // of what was summed before
};

// What a group knows of its tokens: each lane its values' sums for all queries, and of the query
// whose scores it keeps the maximum and its share of the sum.
template <u32 GROUP>
struct Running {
  float result[GROUP][Walk<GROUP>::values] = {};
  float largest = -INFINITY_F;
  float sum = 0.0f;
};

// The lane's score among those of its stream.
template <u32 GROUP>
DEVICE u32 score_of_lane() {
  return lane_of_group() % Walk<GROUP>::lanes / Walk<GROUP>::copies;
}

// q k of a batch, and one of them for each lane.
template <class Cache, u32 GROUP>
DEVICE float score_of_batch(const typename Cache::Raw (&keys)[Walk<GROUP>::batch],
                            const float (&query)[GROUP][Walk<GROUP>::values]) {
  using W = Walk<GROUP>;
  float scores[W::scores];
#pragma unroll
  for (u32 t = 0; t < W::batch; ++t) {
    float key[W::values];
    Cache::unpack(keys[t], key);
    const float scale = Cache::scale(keys[t]);
#pragma unroll
    for (u32 g = 0; g < GROUP; ++g) {
      float sum = 0.0f;
#pragma unroll
      for (u32 d = 0; d < W::values; ++d) sum += query[g][d] * key[d];
      scores[t * GROUP + g] = scale * sum;
    }
  }
  scatter_sums<W::scores, W::lanes>(scores);
  return scores[0];
}

// The lane's score becomes exp(score - maximum), for all lanes to see.
template <u32 GROUP>
DEVICE void soften(float score, Running<GROUP>& running, Told<GROUP>& told) {
  using W = Walk<GROUP>;
  float largest = fmaxf(running.largest, score);
  for (u32 mask = GROUP * W::copies; mask < 32; mask *= 2)
    largest = fmaxf(largest, exchange_float(largest, mask));
  const float factor = expf(running.largest - largest);
  const float weight = expf(score - largest);
  running.largest = largest;
  running.sum = running.sum * factor + weight;
  const u32 at = score_of_lane<GROUP>();
  told.weights[lane_of_group() / W::lanes][at] = weight;
  if (lane_of_group() < GROUP * W::copies) told.factors[at] = factor;
}

template <class Cache, u32 GROUP>
DEVICE void add_values(const typename Cache::Raw (&values)[Walk<GROUP>::batch],
                       const Told<GROUP>& told, Running<GROUP>& running) {
  using W = Walk<GROUP>;
  float factors[GROUP];
  load_floats(told.factors, factors);
  bool grown = false;
#pragma unroll
  for (u32 g = 0; g < GROUP; ++g) grown = grown || factors[g] != 1.0f;
  if (grown) {  // seldom after the first tokens, and for all lanes alike
#pragma unroll
    for (u32 g = 0; g < GROUP; ++g)
#pragma unroll
      for (u32 d = 0; d < W::values; ++d) running.result[g][d] *= factors[g];
  }
  const float* weights = told.weights[lane_of_group() / W::lanes];
#pragma unroll
  for (u32 t = 0; t < W::batch; ++t) {
    float weight[GROUP];
    load_floats(weights + t * GROUP, weight);
    float value[W::values];
    Cache::unpack(values[t], value);
    const float scale = Cache::scale(values[t]);
#pragma unroll
    for (u32 g = 0; g < GROUP; ++g) {
      const float scaled = scale * weight[g];
#pragma unroll
      for (u32 d = 0; d < W::values; ++d) running.result[g][d] += scaled * value[d];
    }
  }
}

// What the groups of a block found, for the block to join.
template <u32 GROUP>
struct Found {
  float largest[ATTENTION_GROUPS][GROUP];
  float sums[ATTENTION_GROUPS][GROUP];
  float results[ATTENTION_GROUPS][GROUP][HEAD_DIM];
};

template <u32 GROUP>
DEVICE void put_found(const Running<GROUP>& running, Found<GROUP>& found) {
  using W = Walk<GROUP>;
  const u32 group = group_of_block();
  float sum = running.sum;
  for (u32 mask = GROUP * W::copies; mask < 32; mask *= 2) sum += exchange_float(sum, mask);
  if (lane_of_group() < GROUP * W::copies) {
    found.largest[group][score_of_lane<GROUP>()] = running.largest;
    found.sums[group][score_of_lane<GROUP>()] = sum;
  }
#pragma unroll
  for (u32 g = 0; g < GROUP; ++g)
#pragma unroll
    for (u32 d = 0; d < W::values; ++d) {
      float result = running.result[g][d];
      for (u32 mask = W::lanes; mask < 32; mask *= 2) result += exchange_float(result, mask);
      if (lane_of_group() < W::lanes)
        found.results[group][g][lane_of_group() * W::values + d] = result;
    }
}

// parts: [head] of maximum and sum; outputs: [head][128], not yet divided by the sum. A thread has
// one of the 128 values.
template <u32 GROUP>
DEVICE void join_groups(const Found<GROUP>& found, float* parts, float* outputs) {
#pragma unroll
  for (u32 g = 0; g < GROUP; ++g) {
    float largest = found.largest[0][g];
    for (u32 i = 1; i < ATTENTION_GROUPS; ++i) largest = fmaxf(largest, found.largest[i][g]);
    float sum = 0.0f;
    float result = 0.0f;
#pragma unroll
    for (u32 i = 0; i < ATTENTION_GROUPS; ++i) {
      const float factor = expf(found.largest[i][g] - largest);
      sum += factor * found.sums[i][g];
      result += factor * found.results[i][g][thread()];
    }
    outputs[g * HEAD_DIM + thread()] = result;
    if (thread() == 0) {
      parts[2 * g] = largest;
      parts[2 * g + 1] = sum;
    }
  }
}

// parts and outputs: [split][head]...
template <class Cache, u32 GROUP>
DEVICE void attend(const float* query, const Cache& keys, const Cache& values, float* parts,
                   float* outputs, u32 kv_heads, u32 context, u32 per_split) {
  using W = Walk<GROUP>;
  __shared__ Told<GROUP> told[ATTENTION_GROUPS];
  __shared__ Found<GROUP> found;
  const u32 kv_head = block_y();
  const u32 end = least((block() + 1) * per_split, context);
  const u32 stream_of_lane = lane_of_group() / W::lanes;

  float q[GROUP][W::values];
  const u32 first_value = lane_of_group() % W::lanes * W::values;
#pragma unroll
  for (u32 g = 0; g < GROUP; ++g)
#pragma unroll
    for (u32 d = 0; d < W::values; ++d)
      q[g][d] = query[(kv_head * GROUP + g) * HEAD_DIM + first_value + d] *
                0.08838834764831845f;  // 1 / sqrt(128)

  // Behind the end the last token stands in; its scores do not count.
  auto load = [&](const Cache& cache, u32 first, typename Cache::Raw(&raw)[W::batch]) {
#pragma unroll
    for (u32 t = 0; t < W::batch; ++t)
      cache.load(least(first + t * W::streams + stream_of_lane, end - 1), raw[t]);
  };
  Running<GROUP> running;
  typename Cache::Raw key[W::batch], value[W::batch];
  u32 first = block() * per_split + group_of_block() * W::round;
  if (first < end) load(keys, first, key);
  for (; first < end; first += ATTENTION_GROUPS * W::round) {
    load(values, first, value);
    const u32 token = first + score_of_lane<GROUP>() / GROUP * W::streams + stream_of_lane;
    const float score = score_of_batch<Cache, GROUP>(key, q);
    const u32 next = first + ATTENTION_GROUPS * W::round;
    if (next < end) load(keys, next, key);
    soften<GROUP>(token < end ? score : -INFINITY_F, running, told[group_of_block()]);
    group_sync();
    add_values<Cache, GROUP>(value, told[group_of_block()], running);
    group_sync();
  }
  put_found<GROUP>(running, found);
  block_sync();
  const u64 head = (static_cast<u64>(block()) * kv_heads + kv_head) * GROUP;
  join_groups<GROUP>(found, parts + 2 * head, outputs + head * HEAD_DIM);
}

// Four blocks on a multiprocessor, as many as the host gives it: 128 registers for a thread.
#define ATTENTION_KERNELS(GROUP)                                                               \
  KERNEL __launch_bounds__(32 * ATTENTION_GROUPS, 4) decode_attention_f16_##GROUP(             \
      const float* query, const Quad* keys, const Quad* values, float* parts, float* outputs,  \
      u32 kv_heads, u32 context, u32 per_split) {                                              \
    using Cache = F16Cache<Walk<GROUP>::values>;                                               \
    const u32 lane = lane_of_group() % Walk<GROUP>::lanes;                                     \
    const Cache key_cache(keys, kv_heads, block_y(), lane);                                    \
    const Cache value_cache(values, kv_heads, block_y(), lane);                                \
    attend<Cache, GROUP>(query, key_cache, value_cache, parts, outputs, kv_heads, context,     \
                         per_split);                                                           \
  }                                                                                            \
  KERNEL __launch_bounds__(32 * ATTENTION_GROUPS, 4)                                           \
      decode_attention_q8_##GROUP(const float* query, const Pair* keys, const u16* key_scales, \
                                  const Pair* values, const u16* value_scales, float* parts,   \
                                  float* outputs, u32 kv_heads, u32 context, u32 per_split) {  \
    using Cache = Q8Cache<Walk<GROUP>::values>;                                                \
    const u32 lane = lane_of_group() % Walk<GROUP>::lanes;                                     \
    const Cache key_cache(keys, key_scales, kv_heads, block_y(), lane);                        \
    const Cache value_cache(values, value_scales, kv_heads, block_y(), lane);                  \
    attend<Cache, GROUP>(query, key_cache, value_cache, parts, outputs, kv_heads, context,     \
                         per_split);                                                           \
  }
ATTENTION_KERNELS(1)
ATTENTION_KERNELS(4)
ATTENTION_KERNELS(8)

// A block of 128 threads for a head: threads know of splits' weights, groups of lanes add up
// splits.
KERNEL __launch_bounds__(32 * ATTENTION_GROUPS)
    join_attention(const float* parts, const float* outputs, float* out, u32 heads, u32 splits) {
  __shared__ float factors[MOST_SPLITS];
  __shared__ float scratch[ATTENTION_GROUPS];
  __shared__ Quad sums[ATTENTION_GROUPS][HEAD_DIM / 4];
  float largest = -INFINITY_F;
  for (u32 s = thread(); s < splits; s += threads())
    largest = fmaxf(largest, parts[2 * (s * heads + block())]);
  largest = block_max(largest, scratch);
  float sum = 0.0f;
  for (u32 s = thread(); s < splits; s += threads()) {
    const u32 at = s * heads + block();
    factors[s] = expf(parts[2 * at] - largest);
    sum += factors[s] * parts[2 * at + 1];
  }
  sum = block_sum(sum, scratch);  // and all factors are there
  float values[4] = {};
#pragma unroll 4
  for (u32 s = group_of_block(); s < splits; s += ATTENTION_GROUPS) {
    const u64 at = (static_cast<u64>(s) * heads + block()) * (HEAD_DIM / 4) + lane_of_group();
    const Quad quad = reinterpret_cast<const Quad*>(outputs)[at];
    values[0] += factors[s] * as_float(quad.x);
    values[1] += factors[s] * as_float(quad.y);
    values[2] += factors[s] * as_float(quad.z);
    values[3] += factors[s] * as_float(quad.w);
  }
  sums[group_of_block()][lane_of_group()] = {as_bits(values[0]), as_bits(values[1]),
                                             as_bits(values[2]), as_bits(values[3])};
  block_sync();
  float value = 0.0f;
  for (u32 group = 0; group < ATTENTION_GROUPS; ++group)
    value += reinterpret_cast<const float*>(sums[group])[thread()];
  out[block() * HEAD_DIM + thread()] = value / sum;
}

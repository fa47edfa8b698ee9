// The small operators between matrix products. Activations are f16, sums are float.

KERNEL __launch_bounds__(256) swiglu(const Quad* gate, const Quad* up, Quad* out, u32 quads) {
  const u32 at = block() * threads() + thread();
  if (at >= quads) return;
  float g[8], u[8];
  unpack_f16(gate[at], g);
  unpack_f16(up[at], u);
#pragma unroll
  for (int i = 0; i < 8; ++i) g[i] = g[i] / (1.0f + expf(-g[i])) * u[i];
  out[at] = {f16_pair(g[0], g[1]), f16_pair(g[2], g[3]), f16_pair(g[4], g[5]),
             f16_pair(g[6], g[7])};
}

// A block normalizes one token of at most 4 * 8 * 256 values, which stay in registers.
KERNEL __launch_bounds__(256)
    rms_norm(const Quad* x, const Quad* weight, float epsilon, Quad* out, u32 quads) {
  __shared__ float scratch[8];
  const u64 row = static_cast<u64>(block()) * quads;
  float values[4][8];
  float squares = 0.0f;
#pragma unroll
  for (u32 i = 0; i < 4; ++i) {
    const u32 at = thread() + 256 * i;
    unpack_f16(at < quads ? x[row + at] : Quad{0, 0, 0, 0}, values[i]);
#pragma unroll
    for (int k = 0; k < 8; ++k) squares += values[i][k] * values[i][k];
  }
  const float mean = block_sum(squares, scratch) / static_cast<float>(8 * quads);
  const float scale = 1.0f / sqrtf(mean + epsilon);
#pragma unroll
  for (u32 i = 0; i < 4; ++i) {
    const u32 at = thread() + 256 * i;
    if (at < quads) {
      float w[8];
      unpack_f16(weight[at], w);
#pragma unroll
      for (int k = 0; k < 8; ++k) w[k] *= values[i][k] * scale;
      out[row + at] = {f16_pair(w[0], w[1]), f16_pair(w[2], w[3]), f16_pair(w[4], w[5]),
                       f16_pair(w[6], w[7])};
    }
  }
}

// Pairs i and i + dim / 2 of every head; `turns` has cosine and sine of each pair's angle. A thread
// turns two pairs.
KERNEL __launch_bounds__(256) rope(const u32* x, const float* turns, u32* out, u32 heads, u32 dim) {
  const u32 pairs = dim / 4;  // of words in half a head
  const u32 index = block() * threads() + thread();
  if (index >= heads * pairs) return;
  const u32 pair = index % pairs;
  const u32 at = index / pairs * (dim / 2) + pair;
  const u32 first = x[at];
  const u32 second = x[at + pairs];
  const float* turn = turns + 4 * pair;
  const float a0 = low_f16(first), a1 = high_f16(first);
  const float b0 = low_f16(second), b1 = high_f16(second);
  out[at] = f16_pair(a0 * turn[0] - b0 * turn[1], a1 * turn[2] - b1 * turn[3]);
  out[at + pairs] = f16_pair(b0 * turn[0] + a0 * turn[1], b1 * turn[2] + a1 * turn[3]);
}

// The softmax of a token's logits, its `chosen` largest (the lower expert where they are equal) in
// falling order, and their weights scaled to the sum 1. At most 512 experts; a group for a token.
KERNEL __launch_bounds__(128)
    route(const float* logits, u32* experts, float* weights, u32 tokens, u32 count, u32 chosen) {
  const u32 token = block() * (threads() / 32) + group_of_block();
  if (token >= tokens) return;
  const u32 lane = lane_of_group();
  float values[16];
  float largest = -INFINITY_F;
#pragma unroll
  for (u32 i = 0; i < 16; ++i) {
    const u32 expert = lane + 32 * i;
    values[i] = expert < count ? logits[static_cast<u64>(token) * count + expert] : -INFINITY_F;
    largest = fmaxf(largest, values[i]);
  }
  largest = group_max(largest);
  float sum = 0.0f;
  float mine = 0.0f;  // lane k keeps the k-th choice
  u32 my_expert = 0;
  for (u32 k = 0; k < chosen; ++k) {
    float best = -INFINITY_F;
    u32 best_expert = 0xffffffffu;
#pragma unroll
    for (u32 i = 0; i < 16; ++i) {
      if (values[i] > best) {
        best = values[i];
        best_expert = lane + 32 * i;
      }
    }
    for (u32 mask = 16; mask > 0; mask >>= 1) {
      const float other = exchange_float(best, mask);
      const u32 other_expert = exchange(best_expert, mask);
      if (other > best || (other == best && other_expert < best_expert)) {
        best = other;
        best_expert = other_expert;
      }
    }
#pragma unroll
    for (u32 i = 0; i < 16; ++i)
      if (lane + 32 * i == best_expert) values[i] = -INFINITY_F;
    const float weight = expf(best - largest);
    sum += weight;
    if (lane == k) {
      mine = weight;
      my_expert = best_expert;
    }
  }
  if (lane >= chosen) return;
  experts[token * chosen + lane] = my_expert;
  weights[token * chosen + lane] = mine / sum;
}

// out = residual + sum over e of weights[e] outputs[e], of one token per block_y.
KERNEL __launch_bounds__(256) combine(const Quad* residual, const Quad* outputs,
                                      const float* weights, Quad* out, u32 quads, u32 chosen) {
  const u32 at = block() * threads() + thread();
  if (at >= quads) return;
  const u64 token = block_y();
  float sums[8];
  unpack_f16(residual[token * quads + at], sums);
  for (u32 e = 0; e < chosen; ++e) {
    const float weight = weights[token * chosen + e];
    float values[8];
    unpack_f16(outputs[(token * chosen + e) * quads + at], values);
#pragma unroll
    for (int i = 0; i < 8; ++i) sums[i] += weight * values[i];
  }
  out[token * quads + at] = {f16_pair(sums[0], sums[1]), f16_pair(sums[2], sums[3]),
                             f16_pair(sums[4], sums[5]), f16_pair(sums[6], sums[7])};
}

// Blocks of 32 values to int8 with d = largest magnitude / 127, kept with the precision of f16.
KERNEL __launch_bounds__(256)
    quantize_activations(const float* x, signed char* codes, float* scales, u32 count) {
  const u32 at = block() * threads() + thread();
  if (at >= count) return;  // whole groups: count is a multiple of 32
  const float value = x[at];
  const float largest = group_max(fabsf(value));
  const float inverse = largest == 0.0f ? 0.0f : 127.0f / largest;
  codes[at] = static_cast<signed char>(rintf(value * inverse));
  if (lane_of_group() == 0) scales[at / 32] = f16_to_float(float_to_f16(largest / 127.0f));
}

// One step of the gated delta rule for heads of 128 key elements:
// S = decay S; S += beta (v - S k) k^T; out = S q / sqrt(128). A group of lanes has four rows of S.
KERNEL __launch_bounds__(128)
    delta_net_step(const Quad* query, const Quad* key, const float* value, const float* decay,
                   const float* beta, Quad* state, float* out, u32 value_dim, u32 heads_per_key) {
  constexpr u32 count = STATE_ROWS / 4;
  const u32 lane = lane_of_group();
  const u32 first = (block() * (threads() / 32) + group_of_block()) * count;
  const u32 head = first / value_dim;
  const Quad q = query[head / heads_per_key * 32 + lane];
  const Quad k = key[head / heads_per_key * 32 + lane];
  const float queries[4] = {as_float(q.x), as_float(q.y), as_float(q.z), as_float(q.w)};
  const float keys[4] = {as_float(k.x), as_float(k.y), as_float(k.z), as_float(k.w)};
  Quad held[count];
#pragma unroll
  for (u32 r = 0; r < count; ++r) held[r] = state[static_cast<u64>(first + r) * 32 + lane];
#pragma unroll
  for (u32 r = 0; r < count; ++r) {
    float s[4] = {as_float(held[r].x), as_float(held[r].y), as_float(held[r].z),
                  as_float(held[r].w)};
    float recalled = 0.0f;
#pragma unroll
    for (int i = 0; i < 4; ++i) {
      s[i] *= decay[head];
      recalled += s[i] * keys[i];
    }
    const float delta = beta[head] * (value[first + r] - group_sum(recalled));
    float output = 0.0f;
#pragma unroll
    for (int i = 0; i < 4; ++i) {
      s[i] += delta * keys[i];
      output += s[i] * queries[i];
    }
    output = group_sum(output);
    state[static_cast<u64>(first + r) * 32 + lane] = {as_bits(s[0]), as_bits(s[1]), as_bits(s[2]),
                                                      as_bits(s[3])};
    if (lane == 0) out[first + r] = output * 0.08838834764831845f;  // 1 / sqrt(128)
  }
}

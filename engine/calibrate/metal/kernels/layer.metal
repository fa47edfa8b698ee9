// The small operators between matrix products. Activations are f16, sums are float; a "quad" of the
// host's arguments is 8 values of f16, two half4.

kernel void swiglu(device const half4* gate [[buffer(0)]], device const half4* up [[buffer(1)]],
                   device half4* out [[buffer(2)]], constant uint& quads [[buffer(3)]], PLACE) {
  const uint at = block.x * 256 + index;
  if (at >= quads) return;
  for (uint i = 2 * at; i < 2 * at + 2; ++i) {
    const float4 g = float4(gate[i]);
    out[i] = half4(g / (1.0f + exp(-g)) * float4(up[i]));
  }
}

// A threadgroup normalizes one token of at most 4 * 8 * 256 values, which stay in registers.
kernel void rms_norm(device const half4* x [[buffer(0)]], device const half4* weight [[buffer(1)]],
                     constant float& epsilon [[buffer(2)]], device half4* out [[buffer(3)]],
                     constant uint& quads [[buffer(4)]], PLACE) {
  SHARED float scratch[8];
  const ulong row = ulong(block.x) * 2 * quads;
  float4 values[8];
  float squares = 0.0f;
  for (uint i = 0; i < 8; ++i) {
    const uint at = index + 256 * i;
    values[i] = at < 2 * quads ? float4(x[row + at]) : float4(0.0f);
    squares += dot(values[i], values[i]);
  }
  squares = simd_sum(squares);
  if (lane == 0) scratch[simd] = squares;
  threadgroup_barrier(mem_flags::mem_threadgroup);
  float sum = 0.0f;
  for (uint i = 0; i < 8; ++i) sum += scratch[i];
  const float scale = 1.0f / sqrt(sum / float(8 * quads) + epsilon);
  for (uint i = 0; i < 8; ++i) {
    const uint at = index + 256 * i;
    if (at < 2 * quads) out[row + at] = half4(float4(weight[at]) * values[i] * scale);
  }
}

// Pairs i and i + dim / 2 of every head; `turns` has cosine and sine of each pair's angle. A thread
// turns two pairs.
kernel void rope(device const half2* x [[buffer(0)]], device const float4* turns [[buffer(1)]],
                 device half2* out [[buffer(2)]], constant uint& heads [[buffer(3)]],
                 constant uint& dim [[buffer(4)]], PLACE) {
  const uint pairs = dim / 4;  // of half2 in half a head
  const uint thread_in_grid = block.x * 256 + index;
  if (thread_in_grid >= heads * pairs) return;
  const uint pair = thread_in_grid % pairs;
  const uint at = thread_in_grid / pairs * (dim / 2) + pair;
  const float2 a = float2(x[at]);
  const float2 b = float2(x[at + pairs]);
  const float4 turn = turns[pair];
  const float2 cosine = float2(turn.x, turn.z);
  const float2 sine = float2(turn.y, turn.w);
  out[at] = half2(a * cosine - b * sine);
  out[at + pairs] = half2(b * cosine + a * sine);
}

// The softmax of a token's logits, its `chosen` largest (the lower expert where they are equal) in
// falling order, and their weights scaled to the sum 1. At most 512 experts; a simdgroup for a
// token.
kernel void route(device const float* logits [[buffer(0)]], device uint* experts [[buffer(1)]],
                  device float* weights [[buffer(2)]], constant uint& tokens [[buffer(3)]],
                  constant uint& count [[buffer(4)]], constant uint& chosen [[buffer(5)]], PLACE) {
  const uint token = block.x * ROUTED_TOKENS + simd;
  if (token >= tokens) return;
  float values[16];
  float largest = -INFINITY;
  for (uint i = 0; i < 16; ++i) {
    const uint expert = lane + SIMD_LANES * i;
    values[i] = expert < count ? logits[ulong(token) * count + expert] : -INFINITY;
    largest = max(largest, values[i]);
  }
  largest = simd_max(largest);
  float sum = 0.0f;
  float mine = 0.0f;  // lane k keeps the k-th choice
  uint my_expert = 0;
  for (uint k = 0; k < chosen; ++k) {
    float best = -INFINITY;
    uint best_expert = 0xffffffffu;
    for (uint i = 0; i < 16; ++i) {
      if (values[i] > best) {
        best = values[i];
        best_expert = lane + SIMD_LANES * i;
      }
    }
    const float best_of_all = simd_max(best);
    const uint winner = simd_min(best == best_of_all ? best_expert : 0xffffffffu);
    for (uint i = 0; i < 16; ++i)
      if (lane + SIMD_LANES * i == winner) values[i] = -INFINITY;
    const float weight = exp(best_of_all - largest);
    sum += weight;
    if (lane == k) {
      mine = weight;
      my_expert = winner;
    }
  }
  if (lane >= chosen) return;
  experts[token * chosen + lane] = my_expert;
  weights[token * chosen + lane] = mine / sum;
}

// out = residual + sum over e of weights[e] outputs[e], of one token per row of the grid.
kernel void combine(device const half4* residual [[buffer(0)]],
                    device const half4* outputs [[buffer(1)]],
                    device const float* weights [[buffer(2)]], device half4* out [[buffer(3)]],
                    constant uint& quads [[buffer(4)]], constant uint& chosen [[buffer(5)]],
                    PLACE) {
  const uint first = block.x * 256 + index;
  if (first >= quads) return;
  const ulong token = block.y;
  const uint width = 2 * quads;
  for (uint at = 2 * first; at < 2 * first + 2; ++at) {
    float4 sum = float4(residual[token * width + at]);
    for (uint e = 0; e < chosen; ++e) {
      const ulong row = token * chosen + e;
      sum += weights[row] * float4(outputs[row * width + at]);
    }
    out[token * width + at] = half4(sum);
  }
}

// Blocks of 32 values to int8 with d = largest magnitude / 127, kept with the precision of f16.
kernel void quantize_activations(device const float* x [[buffer(0)]],
                                 device char* codes [[buffer(1)]],
                                 device float* scales [[buffer(2)]],
                                 constant uint& count [[buffer(3)]], PLACE) {
  const uint at = block.x * 256 + index;
  if (at >= count) return;  // whole simdgroups: count is a multiple of 32
  const float value = x[at];
  const float largest = simd_max(fabs(value));
  const float inverse = largest == 0.0f ? 0.0f : 127.0f / largest;
  codes[at] = char(rint(value * inverse));
  if (lane == 0) scales[at / 32] = float(half(largest / 127.0f));
}

// One step of the gated delta rule for heads of 128 key elements:
// S = decay S; S += beta (v - S k) k^T; out = S q / sqrt(128). A simdgroup has four rows of S.
kernel void delta_net_step(device const float4* query [[buffer(0)]],
                           device const float4* key [[buffer(1)]],
                           device const float* value [[buffer(2)]],
                           device const float* decay [[buffer(3)]],
                           device const float* beta [[buffer(4)]],
                           device float4* state [[buffer(5)]], device float* out [[buffer(6)]],
                           constant uint& value_dim [[buffer(7)]],
                           constant uint& heads_per_key [[buffer(8)]], PLACE) {
  const uint count = STATE_ROWS / 4;
  const uint first = block.x * STATE_ROWS + simd * count;
  const uint head = first / value_dim;
  const float4 q = query[head / heads_per_key * SIMD_LANES + lane];
  const float4 k = key[head / heads_per_key * SIMD_LANES + lane];
  for (uint row = first; row < first + count; ++row) {
    float4 s = decay[head] * state[ulong(row) * SIMD_LANES + lane];
    const float delta = beta[head] * (value[row] - simd_sum(dot(s, k)));
    s += delta * k;
    state[ulong(row) * SIMD_LANES + lane] = s;
    const float output = simd_sum(dot(s, q));
    if (lane == 0) out[row] = output * 0.08838834764831845f;  // 1 / sqrt(128)
  }
}

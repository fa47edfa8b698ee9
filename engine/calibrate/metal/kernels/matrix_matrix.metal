// C = A B^T of f16, sums in float: what to measure beside Apple's library, and experts that have
// few tokens each.

// A threadgroup of eight simdgroups has 128 x 128 of C, a simdgroup 32 x 64 of them in tiles of
// 8 x 8; A and B come in slices of 16 columns.
#define SLICE 16
#define PITCH (SLICE + 8)
#define TILES_DOWN 4
#define TILES_ACROSS 8

// Tiles live in registers: every loop over them is unrolled.
// Of m x n, multiples of 128, with one threadgroup for each 128 x 128; k is a multiple of 16.
kernel void matrix_matrix_f16(device const half4* a [[buffer(0)]],
                              device const half4* b [[buffer(1)]], device float* c [[buffer(2)]],
                              constant uint& n [[buffer(3)]], constant uint& k [[buffer(4)]],
                              PLACE) {
  SHARED half4 slice_a[SIDE * PITCH / 4];
  SHARED half4 slice_b[SIDE * PITCH / 4];
  const uint tiles_n = n / SIDE;
  const uint row = block.x / tiles_n * SIDE;
  const uint column = block.x % tiles_n * SIDE;
  const uint quarters = k / 4;
  // A thread brings half a row of each slice.
  device const half4* from_a = a + ulong(row + index / 2) * quarters + 2 * (index % 2);
  device const half4* from_b = b + ulong(column + index / 2) * quarters + 2 * (index % 2);
  const uint place = index / 2 * (PITCH / 4) + 2 * (index % 2);
  const uint down = simd / 2 * 8 * TILES_DOWN;
  const uint across = simd % 2 * 8 * TILES_ACROSS;
  threadgroup const half* rows_a = (threadgroup const half*)slice_a + down * PITCH;
  threadgroup const half* rows_b = (threadgroup const half*)slice_b + across * PITCH;
  simdgroup_float8x8 sums[TILES_DOWN][TILES_ACROSS];
#pragma unroll
  for (uint y = 0; y < TILES_DOWN; ++y)
#pragma unroll
    for (uint x = 0; x < TILES_ACROSS; ++x)
      sums[y][x] = make_filled_simdgroup_matrix<float, 8>(0.0f);
  half4 next_a[2] = {from_a[0], from_a[1]};
  half4 next_b[2] = {from_b[0], from_b[1]};
  for (uint at = 0; at < quarters; at += SLICE / 4) {
    for (uint i = 0; i < 2; ++i) {
      slice_a[place + i] = next_a[i];
      slice_b[place + i] = next_b[i];
    }
    threadgroup_barrier(mem_flags::mem_threadgroup);
    if (at + SLICE / 4 < quarters) {
      for (uint i = 0; i < 2; ++i) {
        next_a[i] = from_a[at + SLICE / 4 + i];
        next_b[i] = from_b[at + SLICE / 4 + i];
      }
    }
#pragma unroll
    for (uint step = 0; step < SLICE; step += 8) {
      simdgroup_half8x8 tiles_a[TILES_DOWN];
#pragma unroll
      for (uint y = 0; y < TILES_DOWN; ++y)
        simdgroup_load(tiles_a[y], rows_a + 8 * y * PITCH + step, PITCH);
#pragma unroll
      for (uint x = 0; x < TILES_ACROSS; ++x) {
        simdgroup_half8x8 tile_b;
        simdgroup_load(tile_b, rows_b + 8 * x * PITCH + step, PITCH, ulong2(0, 0), true);
#pragma unroll
        for (uint y = 0; y < TILES_DOWN; ++y)
          simdgroup_multiply_accumulate(sums[y][x], tiles_a[y], tile_b, sums[y][x]);
      }
    }
    threadgroup_barrier(mem_flags::mem_threadgroup);
  }
#pragma unroll
  for (uint y = 0; y < TILES_DOWN; ++y)
#pragma unroll
    for (uint x = 0; x < TILES_ACROSS; ++x)
      simdgroup_store(sums[y][x], c + ulong(row + down + 8 * y) * n + column + across + 8 * x, n);
}

// Tokens are sorted by expert: those of expert e are first[e] up to first[e + 1]; block.y is the
// expert. A simdgroup has four rows of its weights and takes eight tokens at a time.
kernel void expert_matrix_matrix_f16(device const half4* weights [[buffer(0)]],
                                     device const half4* x [[buffer(1)]],
                                     device const uint* first [[buffer(2)]],
                                     device float* y [[buffer(3)]],
                                     constant uint& rows [[buffer(4)]],
                                     constant uint& quads [[buffer(5)]], PLACE) {
  const uint count = EXPERT_ROWS / 4;
  const uint batch = 8;
  const uint row = block.x * EXPERT_ROWS + simd * count;
  const uint width = 2 * quads;
  const uint end = first[block.y + 1];
  device const half4* w = weights + (ulong(block.y) * rows + row) * width;
  for (uint token = first[block.y]; token < end; token += batch) {
    float sums[EXPERT_ROWS / 4][8];
    for (uint r = 0; r < count; ++r)
      for (uint t = 0; t < batch; ++t) sums[r][t] = 0.0f;
    for (uint at = lane; at < width; at += SIMD_LANES) {
      float4 held[EXPERT_ROWS / 4];
      for (uint r = 0; r < count; ++r) held[r] = float4(w[ulong(r) * width + at]);
      for (uint t = 0; t < batch; ++t) {
        if (token + t >= end) continue;
        const float4 values = float4(x[ulong(token + t) * width + at]);
        for (uint r = 0; r < count; ++r) sums[r][t] += dot(held[r], values);
      }
    }
    for (uint t = 0; t < batch && token + t < end; ++t)
      for (uint r = 0; r < count; ++r) {
        const float sum = simd_sum(sums[r][t]);
        if (lane == 0) y[ulong(token + t) * rows + row + r] = sum;
      }
  }
}

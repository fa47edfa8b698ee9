// C = A B^T of f16, sums in float: what to measure where no vendor's library can be opened, and
// experts that have few tokens each.

// A block has 128 x 128 of C, a thread 8 x 8 of them; A and B come in slices of 16 columns.
#define SLICE 16
#define PITCH (SIDE + 4)

// 256 threads put 128 rows of 16 columns to shared memory, column by column.
DEVICE void put_slice(const Quad& quad, float* slice) {
  const u32 row = thread() / 2;
  const u32 column = 8 * (thread() % 2);
  float values[8];
  unpack_f16(quad, values);
#pragma unroll
  for (u32 i = 0; i < 8; ++i) slice[(column + i) * PITCH + row] = values[i];
}

DEVICE void get_edge(const float* column, u32 place, float* edge) {
#pragma unroll
  for (u32 i = 0; i < 4; ++i) {
    edge[i] = column[4 * place + i];
    edge[4 + i] = column[SIDE / 2 + 4 * place + i];
  }
}

// Of m x n, multiples of 128, with one block for each 128 x 128; k is a multiple of 16.
KERNEL __launch_bounds__(256)
    matrix_matrix_f16(const Quad* a, const Quad* b, float* c, u32 n, u32 k) {
  __shared__ Quad slices[2 * SLICE * PITCH / 4];
  float* slice_a = reinterpret_cast<float*>(slices);
  float* slice_b = slice_a + SLICE * PITCH;
  const u32 tiles_n = n / SIDE;
  const u32 row = block() / tiles_n * SIDE;
  const u32 column = block() % tiles_n * SIDE;
  const u32 quads = k / 8;
  const Quad* from_a = a + static_cast<u64>(row + thread() / 2) * quads + thread() % 2;
  const Quad* from_b = b + static_cast<u64>(column + thread() / 2) * quads + thread() % 2;
  const u32 down = thread() / 16;
  const u32 across = thread() % 16;
  float sums[8][8] = {};
  Quad next_a = from_a[0];
  Quad next_b = from_b[0];
  for (u32 at = 0; at < quads; at += 2) {
    put_slice(next_a, slice_a);
    put_slice(next_b, slice_b);
    block_sync();
    if (at + 2 < quads) {
      next_a = from_a[at + 2];
      next_b = from_b[at + 2];
    }
#pragma unroll
    for (u32 i = 0; i < SLICE; ++i) {
      float edge_a[8], edge_b[8];
      get_edge(slice_a + i * PITCH, down, edge_a);
      get_edge(slice_b + i * PITCH, across, edge_b);
#pragma unroll
      for (int y = 0; y < 8; ++y)
#pragma unroll
        for (int x = 0; x < 8; ++x) sums[y][x] += edge_a[y] * edge_b[x];
    }
    block_sync();
  }
#pragma unroll
  for (u32 y = 0; y < 8; ++y)
#pragma unroll
    for (u32 x = 0; x < 8; ++x) {
      const u32 in_tile_y = 4 * down + y % 4 + SIDE / 2 * (y / 4);
      const u32 in_tile_x = 4 * across + x % 4 + SIDE / 2 * (x / 4);
      c[static_cast<u64>(row + in_tile_y) * n + column + in_tile_x] = sums[y][x];
    }
}

// Tokens are sorted by expert: those of expert e are first[e] up to first[e + 1]; block_y is the
// expert. A group of lanes has four rows of its weights and takes eight tokens at a time.
KERNEL __launch_bounds__(128)
    expert_matrix_matrix_f16(const Quad* weights, const Quad* x, const u32* first, float* y,
                             u32 rows, u32 quads) {
  constexpr u32 count = EXPERT_ROWS / 4, batch = 8;
  const u32 lane = lane_of_group();
  const u32 row = (block() * (threads() / 32) + group_of_block()) * count;
  const u32 end = first[block_y() + 1];
  const Quad* w = weights + (static_cast<u64>(block_y()) * rows + row) * quads;
  for (u32 token = first[block_y()]; token < end; token += batch) {
    float sums[count][batch] = {};
    for (u32 at = lane; at < quads; at += 32) {
      float held[count][8];
#pragma unroll
      for (u32 r = 0; r < count; ++r)
        unpack_f16(stream(w + static_cast<u64>(r) * quads + at), held[r]);
#pragma unroll
      for (u32 t = 0; t < batch; ++t) {
        if (token + t >= end) continue;
        float values[8];
        unpack_f16(x[static_cast<u64>(token + t) * quads + at], values);
#pragma unroll
        for (u32 r = 0; r < count; ++r)
#pragma unroll
          for (int i = 0; i < 8; ++i) sums[r][t] += held[r][i] * values[i];
      }
    }
#pragma unroll
    for (u32 t = 0; t < batch; ++t)
#pragma unroll
      for (u32 r = 0; r < count; ++r) {
        const float sum = group_sum(sums[r][t]);
        if (lane == 0 && token + t < end) y[static_cast<u64>(token + t) * rows + row + r] = sum;
      }
  }
}

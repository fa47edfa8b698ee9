// Reading, copying, and a = b + s c: every thread has eight accesses of 16 bytes in flight, a block
// works on one piece of memory.

// The exclusive or of all words, one per block, so that each of them must really be read.
KERNEL __launch_bounds__(256) read_words(const Quad* from, u32* sums) {
  __shared__ u32 scratch[8];
  const Quad* piece = from + static_cast<u64>(block()) * PIECE_QUADS + thread();
  Quad held[8];
#pragma unroll
  for (int i = 0; i < 8; ++i) held[i] = stream(piece + 256 * i);
  u32 sum = 0;
#pragma unroll
  for (int i = 0; i < 8; ++i) sum ^= held[i].x ^ held[i].y ^ held[i].z ^ held[i].w;
  for (u32 mask = 16; mask > 0; mask >>= 1) sum ^= exchange(sum, mask);
  if (lane_of_group() == 0) scratch[group_of_block()] = sum;
  block_sync();
  if (thread() != 0) return;
  for (int i = 1; i < 8; ++i) sum ^= scratch[i];
  sums[block()] = sum;
}

KERNEL __launch_bounds__(256) copy_words(const Quad* from, Quad* to) {
  const u64 at = static_cast<u64>(block()) * PIECE_QUADS + thread();
  Quad held[8];
#pragma unroll
  for (int i = 0; i < 8; ++i) held[i] = stream(from + at + 256 * i);
#pragma unroll
  for (int i = 0; i < 8; ++i) to[at + 256 * i] = held[i];
}

DEVICE u32 scaled_add(u32 b, float s, u32 c) {
  return as_bits(as_float(b) + s * as_float(c));
}

KERNEL __launch_bounds__(256) triad(const Quad* b, const Quad* c, float s, Quad* a) {
  const u64 at = static_cast<u64>(block()) * PIECE_QUADS + thread();
#pragma unroll
  for (int half = 0; half < 2; ++half) {
    Quad held_b[4], held_c[4];
#pragma unroll
    for (int i = 0; i < 4; ++i) {
      held_b[i] = stream(b + at + 256 * (4 * half + i));
      held_c[i] = stream(c + at + 256 * (4 * half + i));
    }
#pragma unroll
    for (int i = 0; i < 4; ++i) {
      a[at + 256 * (4 * half + i)] = {
          scaled_add(held_b[i].x, s, held_c[i].x), scaled_add(held_b[i].y, s, held_c[i].y),
          scaled_add(held_b[i].z, s, held_c[i].z), scaled_add(held_b[i].w, s, held_c[i].w)};
    }
  }
}

// to[i] = from[i mod period]: large operands from few that the CPU has packed.
KERNEL __launch_bounds__(256) repeat_words(const u32* from, u32 period, u32* to, u32 count) {
  const u64 stride = static_cast<u64>(blocks()) * threads();
  for (u64 i = static_cast<u64>(block()) * threads() + thread(); i < count; i += stride)
    to[i] = from[i % period];
}

// A launch that does next to nothing, but leaves a trace.
KERNEL count_launch(u32* counter) {
  if (thread() == 0 && block() == 0) *counter += 1;
}

// Reading, copying, and a = b + s c: every thread has eight accesses of 16 bytes under way, a
// threadgroup of 256 works on one piece of memory.

// The exclusive or of all words, one per threadgroup, so that each of them must really be read.
kernel void read_words(device const uint4* from [[buffer(0)]], device uint* sums [[buffer(1)]],
                       PLACE) {
  SHARED uint scratch[8];
  device const uint4* piece = from + ulong(block.x) * PIECE_QUADS + index;
  uint4 held[8];
  for (uint i = 0; i < 8; ++i) held[i] = piece[256 * i];
  uint sum = 0;
  for (uint i = 0; i < 8; ++i) sum ^= held[i].x ^ held[i].y ^ held[i].z ^ held[i].w;
  sum = simd_xor(sum);
  if (lane == 0) scratch[simd] = sum;
  threadgroup_barrier(mem_flags::mem_threadgroup);
  if (index != 0) return;
  for (uint i = 1; i < 8; ++i) sum ^= scratch[i];
  sums[block.x] = sum;
}

kernel void copy_words(device const uint4* from [[buffer(0)]], device uint4* to [[buffer(1)]],
                       PLACE) {
  const ulong at = ulong(block.x) * PIECE_QUADS + index;
  uint4 held[8];
  for (uint i = 0; i < 8; ++i) held[i] = from[at + 256 * i];
  for (uint i = 0; i < 8; ++i) to[at + 256 * i] = held[i];
}

kernel void triad(device const float4* b [[buffer(0)]], device const float4* c [[buffer(1)]],
                  constant float& s [[buffer(2)]], device float4* a [[buffer(3)]], PLACE) {
  const ulong at = ulong(block.x) * PIECE_QUADS + index;
  for (uint part = 0; part < 8; part += 4) {
    float4 held_b[4], held_c[4];
    for (uint i = 0; i < 4; ++i) {
      held_b[i] = b[at + 256 * (part + i)];
      held_c[i] = c[at + 256 * (part + i)];
    }
    for (uint i = 0; i < 4; ++i) a[at + 256 * (part + i)] = held_b[i] + s * held_c[i];
  }
}

// to[i] = from[i mod period]: large operands from few that the CPU has packed.
kernel void repeat_words(device const uint* from [[buffer(0)]], constant uint& period [[buffer(1)]],
                         device uint* to [[buffer(2)]], constant uint& count [[buffer(3)]], PLACE) {
  const ulong stride = ulong(blocks.x) * 256;
  for (ulong i = ulong(block.x) * 256 + index; i < count; i += stride) to[i] = from[i % period];
}

// A launch that does next to nothing, but leaves a trace.
kernel void count_launch(device uint* counter [[buffer(0)]], PLACE) {
  if (index == 0 && block.x == 0) *counter += 1;
}

// What several kernels share, once for all platforms.

#define INFINITY_F as_float(0x7f800000u)

DEVICE u32 least(u32 a, u32 b) {
  return a < b ? a : b;
}

DEVICE u32 lane_of_group() {
  return thread() & 31u;
}
DEVICE u32 group_of_block() {
  return thread() >> 5;
}

DEVICE float exchange_float(float value, u32 mask) {
  return as_float(exchange(as_bits(value), mask));
}

// Over the lanes of a group; every lane gets the result.
DEVICE float group_sum(float value) {
  for (u32 mask = 16; mask > 0; mask >>= 1) value += exchange_float(value, mask);
  return value;
}
DEVICE float group_max(float value) {
  for (u32 mask = 16; mask > 0; mask >>= 1) value = fmaxf(value, exchange_float(value, mask));
  return value;
}

// Over a block of at most 32 groups; `scratch` has a place for each, and is free again afterwards.
DEVICE float block_sum(float value, float* scratch) {
  value = group_sum(value);
  if (lane_of_group() == 0) scratch[group_of_block()] = value;
  block_sync();
  float sum = 0.0f;
  for (u32 group = 0; group < threads() / 32; ++group) sum += scratch[group];
  block_sync();
  return sum;
}
DEVICE float block_max(float value, float* scratch) {
  value = group_max(value);
  if (lane_of_group() == 0) scratch[group_of_block()] = value;
  block_sync();
  float largest = scratch[0];
  for (u32 group = 1; group < threads() / 32; ++group) largest = fmaxf(largest, scratch[group]);
  block_sync();
  return largest;
}

DEVICE float low_f16(u32 pair) {
  return f16_to_float(static_cast<u16>(pair & 0xffffu));
}
DEVICE float high_f16(u32 pair) {
  return f16_to_float(static_cast<u16>(pair >> 16));
}
DEVICE u32 f16_pair(float low, float high) {
  return static_cast<u32>(float_to_f16(low)) | (static_cast<u32>(float_to_f16(high)) << 16);
}

// Eight f16 as floats.
DEVICE void unpack_f16(const Quad& quad, float* out) {
  const u32 words[4] = {quad.x, quad.y, quad.z, quad.w};
#pragma unroll
  for (int i = 0; i < 4; ++i) {
    out[2 * i] = low_f16(words[i]);
    out[2 * i + 1] = high_f16(words[i]);
  }
}

#if !defined(HAS_ASYNCHRONOUS_COPIES)
// Copies of a lane to shared memory that are under way, COUNT of them in registers: fetch() begins
// one, land() puts it where fetch() was told, and after wait() all are there.
template <class T, u32 COUNT>
struct Landing {
  T held[COUNT];

  DEVICE_METHOD void fetch(u32 which, T*, const T* from) { held[which] = stream(from); }
  DEVICE_METHOD void land(u32 which, T* to) { *to = held[which]; }
  DEVICE_METHOD void wait() {}
};
#endif

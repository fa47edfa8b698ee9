// The names of platform.cu.h with a meaning on the CPU: every thread of a block is a fiber, and
// barriers and exchanges are real ones (fibers.h).
#pragma once

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <cstring>

#include "fibers.h"

namespace cpu_device {

typedef unsigned char u8;
typedef unsigned short u16;
typedef unsigned int u32;
typedef unsigned long long u64;

#define KERNEL void
#define DEVICE [[maybe_unused]] static inline
#define DEVICE_MEMBER static inline
#define DEVICE_METHOD inline
#define __shared__ static
#define __launch_bounds__(...)

struct alignas(16) Quad {
  u32 x, y, z, w;
};
struct alignas(8) Pair {
  u32 x, y;
};

DEVICE u32 thread() {
  return Fibers::current().thread;
}
DEVICE u32 threads() {
  return Fibers::block().threads;
}
DEVICE u32 block() {
  return Fibers::block().x;
}
DEVICE u32 blocks() {
  return Fibers::block().count_x;
}
DEVICE u32 block_y() {
  return Fibers::block().y;
}
DEVICE void block_sync() {
  Fibers::block_barrier();
}
DEVICE void group_sync() {
  Fibers::group_barrier();
}
DEVICE u32 exchange(u32 value, u32 mask) {
  return Fibers::exchange(value, mask);
}

DEVICE float as_float(u32 bits) {
  float value;
  std::memcpy(&value, &bits, 4);
  return value;
}
DEVICE u32 as_bits(float value) {
  u32 bits;
  std::memcpy(&bits, &value, 4);
  return bits;
}
float f16_to_float(u16 bits);
u16 float_to_f16(float value);
DEVICE int dot4(u32 a, u32 b, int sum) {
  for (u32 shift = 0; shift < 32; shift += 8)
    sum += static_cast<signed char>(a >> shift) * static_cast<signed char>(b >> shift);
  return sum;
}
DEVICE u32 funnel(u32 low, u32 high, u32 shift) {
  return static_cast<u32>((static_cast<u64>(high) << 32 | low) >> shift);
}
template <class T>
DEVICE T stream(const T* from) {
  return *from;
}
// Products of f16 are exact in float, and sums are rounded once more than by the device: from
// double.
DEVICE u32 multiply_add_f16(u32 a, u32 b, u32 c) {
  u32 result = 0;
  for (u32 shift = 0; shift < 32; shift += 16) {
    const float product =
        f16_to_float(static_cast<u16>(a >> shift)) * f16_to_float(static_cast<u16>(b >> shift));
    const float sum = product + f16_to_float(static_cast<u16>(c >> shift));
    result |= static_cast<u32>(float_to_f16(sum)) << shift;
  }
  return result;
}
DEVICE u32 pick_bytes(u32 low, u32 high, u32 digits) {
  const u64 bytes = static_cast<u64>(high) << 32 | low;
  u32 picked = 0;
  for (u32 i = 0; i < 4; ++i)
    picked |= static_cast<u32>(bytes >> (8 * (digits >> (4 * i) & 7u)) & 0xffu) << (8 * i);
  return picked;
}
DEVICE int e2m1_value(u32 code) {
  const int magnitudes[8] = {0, 1, 2, 3, 4, 6, 8, 12};
  return (code & 8u) != 0 ? -magnitudes[code & 7u] : magnitudes[code & 7u];
}
DEVICE int e2m1_dot(const u32* codes, const u32* x) {
  const auto byte = [](u32 word, u32 i) { return static_cast<signed char>(word >> (8 * i)); };
  int sum = 0;
  for (u32 word = 0; word < 4; ++word) {
    for (u32 i = 0; i < 4; ++i) {
      sum += e2m1_value(codes[word] >> (8 * i) & 15u) * byte(x[word], i);
      sum += e2m1_value(codes[word] >> (8 * i + 4) & 15u) * byte(x[4 + word], i);
    }
  }
  return sum;
}

}  // namespace cpu_device

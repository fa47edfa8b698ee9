// What the kernels need of a device, in CUDA and in HIP, without any header of either: NVRTC,
// hiprtc and clang compile this text as it is. Tests give the same names a meaning on the CPU
// instead.
//
// Kernels work in groups of 32 lanes: a warp of NVIDIA's, half a wave of gfx9, a wave of gfx10 and
// later. Blocks have one dimension.
typedef unsigned char u8;
typedef unsigned short u16;
typedef unsigned int u32;
typedef unsigned long long u64;

#define KERNEL extern "C" __global__ void
#define DEVICE static __device__ __forceinline__
#define DEVICE_MEMBER static __device__ __forceinline__  // of a class, without an object
#define DEVICE_METHOD __device__ __forceinline__

struct alignas(16) Quad {
  u32 x, y, z, w;
};
struct alignas(8) Pair {
  u32 x, y;
};

#if defined(__CUDACC_RTC__) || defined(__CUDA__)

DEVICE u32 thread() {
  return threadIdx.x;
}
DEVICE u32 threads() {
  return blockDim.x;
}
DEVICE u32 block() {
  return blockIdx.x;
}
DEVICE u32 blocks() {
  return gridDim.x;
}
DEVICE u32 block_y() {
  return blockIdx.y;
}
DEVICE void block_sync() {
  __syncthreads();
}
DEVICE void group_sync() {
  __syncwarp();
}
DEVICE u32 exchange(u32 value, u32 mask) {
  return __shfl_xor_sync(0xffffffffu, value, mask);
}
DEVICE float as_float(u32 bits) {
  return __uint_as_float(bits);
}
DEVICE u32 as_bits(float value) {
  return __float_as_uint(value);
}
DEVICE float f16_to_float(u16 bits) {
  float value;
  asm("cvt.f32.f16 %0, %1;" : "=f"(value) : "h"(bits));
  return value;
}
DEVICE u16 float_to_f16(float value) {
  u16 bits;
  asm("cvt.rn.f16.f32 %0, %1;" : "=h"(bits) : "f"(value));
  return bits;
}
DEVICE int dot4(u32 a, u32 b, int sum) {
  return __dp4a(static_cast<int>(a), static_cast<int>(b), sum);
}
// The 32 bits from bit `shift` (below 32) of high:low.
DEVICE u32 funnel(u32 low, u32 high, u32 shift) {
  return __funnelshift_r(low, high, shift);
}
// Read once: past the first-level cache, which is for what is used again.
DEVICE Quad stream(const Quad* from) {
  Quad q;
  asm("ld.global.nc.L1::no_allocate.v4.u32 {%0,%1,%2,%3}, [%4];"
      : "=r"(q.x), "=r"(q.y), "=r"(q.z), "=r"(q.w)
      : "l"(from));
  return q;
}
DEVICE Pair stream(const Pair* from) {
  Pair p;
  asm("ld.global.nc.L1::no_allocate.v2.u32 {%0,%1}, [%2];" : "=r"(p.x), "=r"(p.y) : "l"(from));
  return p;
}
DEVICE u32 stream(const u32* from) {
  u32 value;
  asm("ld.global.nc.L1::no_allocate.u32 %0, [%1];" : "=r"(value) : "l"(from));
  return value;
}
// Two f16 at a time.
DEVICE u32 multiply_add_f16(u32 a, u32 b, u32 c) {
  u32 sum;
  asm("fma.rn.f16x2 %0, %1, %2, %3;" : "=r"(sum) : "r"(a), "r"(b), "r"(c));
  return sum;
}
// Bytes of high:low, picked by the four lower hexadecimal digits; 8 and more repeat the sign.
DEVICE u32 pick_bytes(u32 low, u32 high, u32 digits) {
  u32 picked;
  asm("prmt.b32 %0, %1, %2, %3;" : "=r"(picked) : "r"(low), "r"(high), "r"(digits));
  return picked;
}
// Of a block: codes of E2M1 as twice their values, the low nibbles with x's first 16 bytes, the
// high ones with the others. What a code above 7 (a negative one) picks is the sign of the table's
// byte, 0: so the positive ones' sum counted twice, less all magnitudes', is the sum.
DEVICE int e2m1_dot(const u32* codes, const u32* x) {
  const u32 table_low = 0x03020100u;
  const u32 table_high = 0x0c080604u;
  int positive = 0;
  int all = 0;
#pragma unroll
  for (int i = 0; i < 4; ++i) {
    const u32 magnitudes = codes[i] & 0x77777777u;
    const u32 beside[2] = {pick_bytes(x[i], x[4 + i], 0x5140), pick_bytes(x[i], x[4 + i], 0x7362)};
#pragma unroll
    for (int j = 0; j < 2; ++j) {
      positive = dot4(pick_bytes(table_low, table_high, codes[i] >> (16 * j)), beside[j], positive);
      all = dot4(pick_bytes(table_low, table_high, magnitudes >> (16 * j)), beside[j], all);
    }
  }
  return 2 * positive - all;
}

#if __CUDA_ARCH__ >= 800
// Copies of a lane to shared memory that are under way, which no register holds (common.cu.h).
#define HAS_ASYNCHRONOUS_COPIES
template <class T, u32 COUNT>
struct Landing {
  DEVICE_METHOD void fetch(u32, T* to, const T* from) {
    const u32 at = static_cast<u32>(__cvta_generic_to_shared(to));
    if (sizeof(T) == 16) {
      asm volatile("cp.async.cg.shared.global.L2::128B [%0], [%1], 16;" ::"r"(at), "l"(from));
    } else {
      asm volatile("cp.async.ca.shared.global [%0], [%1], 4;" ::"r"(at), "l"(from));
    }
  }
  DEVICE_METHOD void land(u32, T*) {}
  DEVICE_METHOD void wait() { asm volatile("cp.async.wait_all;" ::: "memory"); }
};
#endif

#elif defined(__HIP__) || defined(__HIPCC_RTC__)

DEVICE u32 thread() {
  return __builtin_amdgcn_workitem_id_x();
}
DEVICE u32 threads() {
  return __builtin_amdgcn_workgroup_size_x();
}
DEVICE u32 block() {
  return __builtin_amdgcn_workgroup_id_x();
}
DEVICE u32 blocks() {
  return __builtin_amdgcn_grid_size_x() / __builtin_amdgcn_workgroup_size_x();
}
DEVICE u32 block_y() {
  return __builtin_amdgcn_workgroup_id_y();
}
DEVICE void block_sync() {
  __builtin_amdgcn_fence(__ATOMIC_RELEASE, "workgroup");
  __builtin_amdgcn_s_barrier();
  __builtin_amdgcn_fence(__ATOMIC_ACQUIRE, "workgroup");
}
// A wave runs in step: only the compiler must not move accesses across.
DEVICE void group_sync() {
  __builtin_amdgcn_fence(__ATOMIC_RELEASE, "wavefront");
  __builtin_amdgcn_wave_barrier();
  __builtin_amdgcn_fence(__ATOMIC_ACQUIRE, "wavefront");
}
DEVICE u32 exchange(u32 value, u32 mask) {
  const u32 lane = __builtin_amdgcn_mbcnt_hi(~0u, __builtin_amdgcn_mbcnt_lo(~0u, 0u));
  return static_cast<u32>(
      __builtin_amdgcn_ds_bpermute(static_cast<int>((lane ^ mask) << 2), static_cast<int>(value)));
}
DEVICE float as_float(u32 bits) {
  float value;
  __builtin_memcpy(&value, &bits, 4);
  return value;
}
DEVICE u32 as_bits(float value) {
  u32 bits;
  __builtin_memcpy(&bits, &value, 4);
  return bits;
}
DEVICE float f16_to_float(u16 bits) {
  _Float16 value;
  __builtin_memcpy(&value, &bits, 2);
  return static_cast<float>(value);
}
DEVICE u16 float_to_f16(float value) {
  const _Float16 rounded = static_cast<_Float16>(value);
  u16 bits;
  __builtin_memcpy(&bits, &rounded, 2);
  return bits;
}
DEVICE int dot4(u32 a, u32 b, int sum) {
#if defined(__gfx1100__) || defined(__gfx1101__) || defined(__gfx1102__) || \
    defined(__gfx1103__) || defined(__gfx1150__) || defined(__gfx1151__) || \
    defined(__gfx1200__) || defined(__gfx1201__)
  return __builtin_amdgcn_sudot4(true, static_cast<int>(a), true, static_cast<int>(b), sum, false);
#elif defined(__gfx906__) || defined(__gfx908__) || defined(__gfx90a__) || defined(__gfx940__) || \
    defined(__gfx941__) || defined(__gfx942__) || defined(__gfx950__) || defined(__gfx1030__) ||  \
    defined(__gfx1031__) || defined(__gfx1032__) || defined(__gfx1034__) ||                       \
    defined(__gfx1035__) || defined(__gfx1036__)
  return __builtin_amdgcn_sdot4(static_cast<int>(a), static_cast<int>(b), sum, false);
#else
  for (u32 shift = 0; shift < 32; shift += 8)
    sum += static_cast<signed char>(a >> shift) * static_cast<signed char>(b >> shift);
  return sum;
#endif
}
DEVICE u32 funnel(u32 low, u32 high, u32 shift) {
  return __builtin_amdgcn_alignbit(high, low, shift);
}
DEVICE Quad stream(const Quad* from) {
  typedef u32 Vector __attribute__((ext_vector_type(4)));
  const Vector v = __builtin_nontemporal_load(reinterpret_cast<const Vector*>(from));
  return {v.x, v.y, v.z, v.w};
}
DEVICE Pair stream(const Pair* from) {
  typedef u32 Vector __attribute__((ext_vector_type(2)));
  const Vector v = __builtin_nontemporal_load(reinterpret_cast<const Vector*>(from));
  return {v.x, v.y};
}
DEVICE u32 stream(const u32* from) {
  return __builtin_nontemporal_load(from);
}
DEVICE u32 multiply_add_f16(u32 a, u32 b, u32 c) {
  typedef _Float16 Vector __attribute__((ext_vector_type(2)));
  Vector x, y, z;
  __builtin_memcpy(&x, &a, 4);
  __builtin_memcpy(&y, &b, 4);
  __builtin_memcpy(&z, &c, 4);
  const Vector sum = x * y + z;  // which the compiler fuses
  u32 bits;
  __builtin_memcpy(&bits, &sum, 4);
  return bits;
}
// Bytes of high:low, picked by the four lower hexadecimal digits, all below 8.
DEVICE u32 pick_bytes(u32 low, u32 high, u32 digits) {
  const u32 spread =
      (digits & 0xfu) | (digits & 0xf0u) << 4 | (digits & 0xf00u) << 8 | (digits & 0xf000u) << 12;
  return __builtin_amdgcn_perm(high, low, spread);
}
// Twice the values of four codes of E2M1 and, from the second table, their negatives.
DEVICE u32 e2m1_bytes(u32 codes) {
  const u32 positive = __builtin_amdgcn_perm(0x0c080604u, 0x03020100u, codes & 0x07070707u);
  const u32 negative = __builtin_amdgcn_perm(0xf4f8fafcu, 0xfdfeff00u, codes & 0x07070707u);
  const u32 is_negative = ((codes >> 3) & 0x01010101u) * 0xffu;
  return (negative & is_negative) | (positive & ~is_negative);
}
// Of a block: codes of E2M1 as twice their values, the low nibbles with x's first 16 bytes, the
// high ones with the others.
DEVICE int e2m1_dot(const u32* codes, const u32* x) {
  int sum = 0;
#pragma unroll
  for (int i = 0; i < 4; ++i) {
    sum = dot4(e2m1_bytes(codes[i] & 0x0f0f0f0fu), x[i], sum);
    sum = dot4(e2m1_bytes((codes[i] >> 4) & 0x0f0f0f0fu), x[4 + i], sum);
  }
  return sum;
}

#endif

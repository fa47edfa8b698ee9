// What several kernels share. They are the kernels of ../../gpu/kernels, by the same names and with
// the same arguments, in Metal's own way: a simdgroup has 32 lanes on every Apple GPU, sums over it
// are the hardware's, weights go from device memory straight into registers, and arithmetic is in
// float, for which Apple's GPUs have as many units as for anything smaller.
#include <metal_stdlib>
using namespace metal;

// Before an array that a threadgroup shares. Tests on the CPU say it in another way.
#ifndef SHARED
#define SHARED threadgroup
#endif

// Where a thread is: what every kernel has behind its buffers.
#define PLACE                                                                              \
  uint2 block [[threadgroup_position_in_grid]], uint2 blocks [[threadgroups_per_grid]],    \
      uint index [[thread_index_in_threadgroup]], uint lane [[thread_index_in_simdgroup]], \
      uint simd [[simdgroup_index_in_threadgroup]]

#define SIMD_LANES 32

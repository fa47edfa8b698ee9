// What hiprtc has built in, for clang without HIP's headers: enough for the kernels, which use no
// more of it than this.
#pragma once

#define __global__ __attribute__((global))
#define __device__ __attribute__((device))
#define __shared__ __attribute__((shared))
#define __launch_bounds__(...) __attribute__((launch_bounds(__VA_ARGS__)))
#define __forceinline__ inline __attribute__((always_inline))

extern "C" __device__ float __ocml_exp_f32(float);
static __device__ inline float expf(float x) {
  return __ocml_exp_f32(x);
}
static __device__ inline float sqrtf(float x) {
  return __builtin_sqrtf(x);
}
static __device__ inline float fmaxf(float x, float y) {
  return __builtin_fmaxf(x, y);
}
static __device__ inline float fabsf(float x) {
  return __builtin_fabsf(x);
}
static __device__ inline float rintf(float x) {
  return __builtin_rintf(x);
}

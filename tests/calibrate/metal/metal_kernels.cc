// The Metal kernels, compiled for the CPU, in the place of those of CUDA and HIP (cpu_kernels.cc)
// behind the fake driver. They are device code: warnings that fit host code are off here.
#pragma GCC diagnostic ignored "-Wconversion"
#pragma GCC diagnostic ignored "-Wsign-conversion"
#pragma GCC diagnostic ignored "-Wattributes"
#pragma GCC diagnostic ignored "-Wunused-parameter"

#include <tuple>
#include <utility>

#include "calibrate/gpu/cpu_kernels.h"
#include "metal_threads.h"

// clang-format off
namespace metal_kernels {
#include "calibrate/gpu/kernels/shapes.cu.h"
}
#include "calibrate/metal/kernels/common.metal"
namespace metal_kernels {
#include "calibrate/metal/kernels/memory.metal"
#include "calibrate/metal/kernels/matrix_vector.metal"
#include "calibrate/metal/kernels/layer.metal"
#include "calibrate/metal/kernels/attention.metal"
#include "calibrate/metal/kernels/matrix_matrix.metal"
}  // namespace metal_kernels
// clang-format on

namespace cpu_device {
namespace {

// A buffer is a pointer, of which the driver has the address; a number is a reference.
template <class T>
struct Argument {
  static T get(void* at) { return *static_cast<T*>(at); }
};
template <class T>
struct Argument<const T&> {
  static const T& get(void* at) { return *static_cast<const T*>(at); }
};

// PLACE has five parameters.
template <class... Parameters, std::size_t... I>
void call_kernel(void (*function)(Parameters...), void** arguments, const metal_cpu::Grid& grid,
                 const metal_cpu::Place& place, std::index_sequence<I...>) {
  using All = std::tuple<Parameters...>;
  function(Argument<std::tuple_element_t<I, All>>::get(arguments[I])...,
           metal::uint2(place.x, place.y), metal::uint2(grid.x, grid.y), place.index,
           place.index % 32, place.index / 32);
}

template <class... Parameters>
CpuKernel metal_runner(void (*function)(Parameters...)) {
  return [function](const plimsoll::calibrate::LaunchShape& shape, void** arguments) {
    const metal_cpu::Grid grid{.x = shape.blocks, .y = shape.blocks_y, .threads = shape.threads};
    metal_cpu::run(grid, [&](const metal_cpu::Place& place) {
      call_kernel(function, arguments, grid, place,
                  std::make_index_sequence<sizeof...(Parameters) - 5>());
    });
  };
}

#define NAMED(KERNEL_NAME) \
  { #KERNEL_NAME, metal_runner(metal_kernels::KERNEL_NAME) }

}  // namespace

const std::map<std::string, CpuKernel>& cpu_kernels() {
  static const std::map<std::string, CpuKernel> kernels{
      NAMED(read_words),
      NAMED(copy_words),
      NAMED(triad),
      NAMED(repeat_words),
      NAMED(count_launch),
      NAMED(matrix_vector_q8_0),
      NAMED(matrix_vector_q4_0),
      NAMED(matrix_vector_mxfp4),
      NAMED(matrix_vector_q4_k),
      NAMED(matrix_vector_q6_k),
      NAMED(matrix_vector_f16),
      NAMED(matrix_vector_bf16),
      NAMED(matrix_vector_affine4_dequantize),
      NAMED(matrix_vector_affine4_fused_multiply_add),
      NAMED(matrix_vector_affine4_sum_per_group),
      NAMED(matrix_vector_affine2_dequantize),
      NAMED(matrix_vector_affine2_fused_multiply_add),
      NAMED(matrix_vector_affine2_sum_per_group),
      NAMED(swiglu),
      NAMED(rms_norm),
      NAMED(rope),
      NAMED(route),
      NAMED(combine),
      NAMED(quantize_activations),
      NAMED(delta_net_step),
      NAMED(decode_attention_f16_1),
      NAMED(decode_attention_f16_4),
      NAMED(decode_attention_f16_8),
      NAMED(decode_attention_q8_1),
      NAMED(decode_attention_q8_4),
      NAMED(decode_attention_q8_8),
      NAMED(join_attention),
      NAMED(matrix_matrix_f16),
      NAMED(expert_matrix_matrix_f16)};
  return kernels;
}

}  // namespace cpu_device

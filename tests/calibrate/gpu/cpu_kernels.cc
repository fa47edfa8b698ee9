// The kernels are device code: warnings that fit host code are off here.
#pragma GCC diagnostic ignored "-Wconversion"
#pragma GCC diagnostic ignored "-Wsign-conversion"
#pragma GCC diagnostic ignored "-Wshadow"
#pragma GCC diagnostic ignored "-Wstrict-aliasing"
#pragma GCC diagnostic ignored "-Wmaybe-uninitialized"
#pragma GCC diagnostic ignored "-Wunused-function"

#include "cpu_kernels.h"

#include <utility>

#include "calibrate/reference/floating_point.h"
#include "cpu_platform.h"

namespace cpu_device {

float f16_to_float(u16 bits) {
  return static_cast<float>(plimsoll::calibrate::reference::f16_value(bits));
}
u16 float_to_f16(float value) {
  return plimsoll::calibrate::reference::f16_bits(value);
}

// clang-format off
#include "calibrate/gpu/kernels/shapes.cu.h"
#include "calibrate/gpu/kernels/common.cu.h"
#include "calibrate/gpu/kernels/memory.cu.h"
#include "calibrate/gpu/kernels/matrix_vector.cu.h"
#include "calibrate/gpu/kernels/layer.cu.h"
#include "calibrate/gpu/kernels/attention.cu.h"
#include "calibrate/gpu/kernels/matrix_matrix.cu.h"
// clang-format on

namespace {

template <class... Arguments, std::size_t... I>
void call_with(void (*kernel)(Arguments...), void** arguments, std::index_sequence<I...>) {
  kernel(*static_cast<std::remove_const_t<Arguments>*>(arguments[I])...);
}

template <class... Arguments>
CpuKernel runner(void (*kernel)(Arguments...)) {
  return [kernel](const plimsoll::calibrate::LaunchShape& shape, void** arguments) {
    Fibers::run({.count_x = shape.blocks, .count_y = shape.blocks_y, .threads = shape.threads},
                [&] { call_with(kernel, arguments, std::index_sequence_for<Arguments...>()); });
  };
}

#define NAMED(KERNEL_NAME) \
  { #KERNEL_NAME, runner(KERNEL_NAME) }

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

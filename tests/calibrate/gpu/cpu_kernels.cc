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
#include "kernel_names.h"

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

// clang-format off
#define NAMED(KERNEL_NAME) {#KERNEL_NAME, runner(KERNEL_NAME)},
// clang-format on

}  // namespace

const std::map<std::string, CpuKernel>& cpu_kernels() {
  static const std::map<std::string, CpuKernel> kernels{EACH_KERNEL(NAMED)};
  return kernels;
}

}  // namespace cpu_device

// The Metal kernels, compiled for the CPU, in the place of those of CUDA and HIP (cpu_kernels.cc)
// behind the fake driver. They are device code: warnings that fit host code are off here.
#pragma GCC diagnostic ignored "-Wconversion"
#pragma GCC diagnostic ignored "-Wsign-conversion"
#pragma GCC diagnostic ignored "-Wattributes"
#pragma GCC diagnostic ignored "-Wunused-parameter"

#include <tuple>
#include <utility>

#include "calibrate/gpu/cpu_kernels.h"
#include "calibrate/gpu/kernel_names.h"
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

// clang-format off
#define NAMED(KERNEL_NAME) {#KERNEL_NAME, metal_runner(metal_kernels::KERNEL_NAME)},
// clang-format on

}  // namespace

const std::map<std::string, CpuKernel>& cpu_kernels() {
  static const std::map<std::string, CpuKernel> kernels{EACH_KERNEL(NAMED)};
  return kernels;
}

}  // namespace cpu_device

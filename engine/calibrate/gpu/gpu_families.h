// The families of kernels, in the order in which they should run.
#pragma once

#include <vector>

#include "calibrate/gpu/device_kernel.h"

namespace plimsoll::calibrate {

std::vector<GpuFamily> memory_families();         // read, copy, triad
std::vector<GpuFamily> dispatch_families();       // single and in a captured graph
std::vector<GpuFamily> matrix_vector_families();  // all weight formats
std::vector<GpuFamily> layer_families();          // norms, activations, routing, gated delta net
std::vector<GpuFamily> attention_families();      // decode attention
std::vector<GpuFamily> matrix_matrix_families();  // own kernel, experts
std::vector<GpuFamily> host_copy_families();      // pinned and pageable, both ways

}  // namespace plimsoll::calibrate

// The processor as a backend of the calibrator.
#pragma once

#include <memory>

#include "calibrate/kernel_case.h"

namespace plimsoll::calibrate {

// Measures on the processors that affinity mask and cgroup allow, with the best SIMD target there
// is. Variants of a case: all threads on all cores (not named), "1 thread" and other numbers, and
// where there are several NUMA nodes "node 1" with its cores and memory alone; with a name of the
// kernel's own before it, "fused_multiply_add, 1 thread". Throws KernelFailure where the machine
// cannot be looked at or has no SIMD target that the kernels are written for.
std::unique_ptr<Backend> make_cpu_backend();

}  // namespace plimsoll::calibrate

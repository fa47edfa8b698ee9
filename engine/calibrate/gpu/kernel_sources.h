// The texts of kernels, which the build puts into the program: kernels/*.cu.h for CUDA and HIP,
// ../metal/kernels/*.metal for Metal, with the same kernels in files of the same names.
#pragma once

#include <string>
#include <vector>

namespace plimsoll::calibrate {

struct KernelSource {
  std::string name;                  // "matrix_vector"
  std::string text;                  // whole: with what all files share before it
  std::vector<std::string> kernels;  // those that text defines
};

const std::vector<KernelSource>& kernel_sources();

// The same in Metal's language.
const std::vector<KernelSource>& metal_kernel_sources();

// Throws KernelFailure when none of `sources` defines it.
const KernelSource& source_of_kernel(const std::vector<KernelSource>& sources,
                                     const std::string& kernel);

}  // namespace plimsoll::calibrate

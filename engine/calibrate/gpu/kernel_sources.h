// The texts of kernels/*.cu.h, which the build puts into the program.
#pragma once

#include <string>
#include <vector>

namespace plimsoll::calibrate {

struct KernelSource {
  std::string name;                  // "matrix_vector"
  std::string text;                  // whole: with platform.cu.h and common.cu.h before it
  std::vector<std::string> kernels;  // those that text defines
};

const std::vector<KernelSource>& kernel_sources();

// Throws KernelFailure when none defines it.
const KernelSource& source_of_kernel(const std::string& kernel);

}  // namespace plimsoll::calibrate

// A drive as a backend of the calibrator: a file in a folder of the user's, read in every way that
// engines read weights.
#pragma once

#include <atomic>
#include <cstdint>
#include <filesystem>
#include <memory>
#include <string>
#include <vector>

#include "calibrate/kernel_case.h"

namespace plimsoll::calibrate {

struct StorageOptions {
  std::filesystem::path folder;
  Depth depth = Depth::quick;
  // Whose kernels run while the drive is read; they outlive the backend.
  std::vector<Backend*> computing{};
  const std::atomic<bool>* stop = nullptr;  // somebody does not want to wait for the file
  bool uring = true;                        // where it is allowed
  std::int64_t file_bytes = 0;              // 0: by depth, memory and free space
};

// Families:
//   storage_read        direct, buffered (cold, warm) and mapped reads by block and queue depth,
//                       named as fio's are (fio.cc)
//   storage_replay      tokens of mixtures of experts that stream
//   storage_contention  the memory kernels of other backends while the drive is read
//
// Writes the file at once (doc/calibration.md says how large it is). Throws KernelFailure where the
// folder takes none.
std::unique_ptr<Backend> make_storage_backend(const StorageOptions& options);

}  // namespace plimsoll::calibrate

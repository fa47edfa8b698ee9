// Every backend there is, in one list.
#pragma once

#include <atomic>
#include <filesystem>
#include <memory>
#include <string>
#include <vector>

#include "calibrate/kernel_case.h"

namespace plimsoll::calibrate {

struct BackendChoice {
  std::vector<std::string> wanted{};        // ids; empty: all but those that want to be asked for
  std::filesystem::path folder{};           // where storage is measured; empty: it is not
  Depth depth = Depth::quick;               // how large a file goes there
  const std::atomic<bool>* stop = nullptr;  // somebody does not want to wait for that file
};

struct OpenedBackends {
  std::vector<std::unique_ptr<Backend>> helpers{};  // others use them; not to be measured
  std::vector<std::unique_ptr<Backend>> backends{};
  std::vector<std::string> absent{};  // "hip: libamdhip64.so not found", in the order of the list
  std::string refused{};              // why storage is not measured in the folder
};

// The ids that `wanted` may hold.
std::vector<std::string> backend_ids();

// Opens those that this machine has; a device of a kind is a backend of its own.
OpenedBackends open_backends(const BackendChoice& choice);

}  // namespace plimsoll::calibrate

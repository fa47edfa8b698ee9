// One line of a file's tensor table.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

namespace plimsoll {

struct StoredTensor {
  std::string name;
  // As the file orders them: the row, along which blocks run, first in GGUF and last in
  // safetensors.
  std::vector<std::int64_t> shape;
  std::int64_t elements = 1;
  std::string format;        // the file's word: "Q4_K", "BF16", "I32"; "type 139" where unknown
  std::uint64_t offset = 0;  // from the start of the data
  std::uint64_t bytes = 0;
};

}  // namespace plimsoll

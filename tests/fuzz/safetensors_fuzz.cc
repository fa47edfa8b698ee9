#include <cstddef>
#include <cstdint>

#include "import/json.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  plimsoll::Diagnostics diagnostics;
  const std::string_view bytes(reinterpret_cast<const char*>(data), size);
  const auto tensors = plimsoll::in_memory(bytes);
  plimsoll::read_safetensors(*tensors, "fuzz", diagnostics);
  const auto index = plimsoll::in_memory(bytes);
  plimsoll::read_safetensors_index(*index, "fuzz", diagnostics);
  return 0;
}

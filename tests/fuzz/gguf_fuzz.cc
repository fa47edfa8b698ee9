#include <cstddef>
#include <cstdint>
#include <string_view>

#include "import/draft.h"
#include "import/gguf.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  plimsoll::Diagnostics diagnostics;
  const auto source = plimsoll::in_memory({reinterpret_cast<const char*>(data), size});
  const auto header = plimsoll::read_gguf(*source, "fuzz", diagnostics);
  if (header) plimsoll::draft_of(*header, "fuzz", diagnostics);
  return 0;
}

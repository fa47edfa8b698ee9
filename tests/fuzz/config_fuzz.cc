#include <cstddef>
#include <cstdint>

#include "import/draft.h"
#include "import/json.h"
#include "import/model_yaml.h"
#include "import/packing.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  plimsoll::Diagnostics diagnostics;
  const auto source = plimsoll::in_memory({reinterpret_cast<const char*>(data), size});
  const auto config = plimsoll::read_json(*source, "fuzz", diagnostics);
  if (!config) return 0;
  const plimsoll::ModelDraft draft = plimsoll::draft_of(*config, "fuzz", diagnostics);
  plimsoll::quantization_hint(*config, "fuzz", diagnostics);
  plimsoll::model_yaml(draft.model, draft.missing);
  return 0;
}

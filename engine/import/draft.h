// The architecture as the keys of a file tell it, before it is held against the tensors.
#pragma once

#include <string>
#include <vector>

#include "base/diagnostic.h"
#include "catalog/model_spec.h"
#include "import/families.h"
#include "import/gguf.h"
#include "import/properties.h"

namespace plimsoll {

// A figure that the file should give and does not.
struct MissingFigure {
  std::string figure;  // as model files spell it: "attention.heads"
  std::string keys;    // where it was looked for: "llama.attention.head_count"
};

struct ModelDraft {
  ModelSpec model;           // figures that are missing are 0
  std::string architecture;  // the file's own word
  const Family* family = nullptr;
  std::vector<MissingFigure> missing;
  int prediction_layers = 0;  // in the file behind the model's own, for guessing ahead
};

// Figures outside what a model file may hold are diagnostics (codes out-of-range, wrong-kind,
// inconsistent); those that are absent go to `missing`.
ModelDraft draft_of(const GgufHeader& header, const std::string& file, Diagnostics& diagnostics);
// Of a Hugging Face or MLX config.json; the text part of one that holds several.
ModelDraft draft_of(const Properties& config, const std::string& file, Diagnostics& diagnostics);

// Where the text model's keys stand: "" or "text_config.".
std::string text_prefix(const Properties& config);

}  // namespace plimsoll

// Inside this room: what a published checkpoint file holds besides what its recipe says.
#pragma once

#include <string>
#include <vector>

#include "base/estimate.h"
#include "catalog/catalog.h"

namespace plimsoll {

// What a point says of a file, apart from its size.
struct PublishedFile {
  const ModelSpec* model = nullptr;
  std::string quantization;
  std::string publisher;
  std::string variant;  // the file's name, with remarks
  std::string notes;
  std::vector<std::string> flags;
  bool gguf = true;
  bool mlx_repository = false;
  bool counts_metadata = true;  // the size is of the file, not of its tensors
};

struct PredictedFile {
  const QuantizationSpec* recipe = nullptr;  // nullptr: nobody knows the quantization
  bool recipe_known = false;                 // the rule is known, not derived from sizes
  Estimate bytes;
};
PredictedFile predict(const PublishedFile& file, Catalog& catalog, Diagnostics& diagnostics);

// Parameters of the vision encoder of a model's family; 0 where none is known.
double vision_parameters(const ModelSpec& model);

}  // namespace plimsoll

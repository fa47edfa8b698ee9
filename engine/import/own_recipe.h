// A quantization that no recipe of the catalogue is: the formats of a file's tensors as rules.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "catalog/model_spec.h"
#include "catalog/quantization_spec.h"
#include "footprint/footprint.h"

namespace plimsoll {

// The rules that give every tensor the format it has; where tensors of one class differ inside a
// layer, the format of most of their bytes. Rank and name come from `nearest`. Nothing where a
// format is not known.
std::optional<QuantizationSpec> own_recipe(const ModelSpec& model,
                                           const std::vector<Tensor>& tensors,
                                           const QuantizationSpec& nearest);

// The text of the entry; reading it gives the recipe again.
std::string quantization_yaml(const QuantizationSpec& recipe);

}  // namespace plimsoll

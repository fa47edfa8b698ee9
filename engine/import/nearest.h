// What of the catalogue an import is like.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "import/import.h"

namespace plimsoll {

// How far the recipe's bytes are from those of `tensors`, summed over them; nothing where the
// catalogue lacks one of its formats.
std::optional<Bytes> difference_from(const QuantizationSpec& recipe, const ModelSpec& model,
                                     const std::vector<Tensor>& tensors, Catalog& catalog);

// The recipe of that family whose bytes are nearest to those of `tensors`; `likely` is looked at
// first, and is the answer where it has the same bytes or where there is nothing to compare.
NearestQuantization nearest_quantization(const ModelSpec& model, const std::vector<Tensor>& tensors,
                                         const std::string& family, const std::string& likely,
                                         Catalog& catalog);

// The entry with the same tensors; of several the one with the fewest differences, then with the
// same context, then the first.
std::optional<CatalogMatch> catalog_match(const ModelSpec& model, Catalog& catalog);

}  // namespace plimsoll

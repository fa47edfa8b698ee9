// Inside this room: the tensors of a model, with or without their names.
#pragma once

#include <vector>

#include "footprint/footprint.h"

namespace plimsoll {

enum class TensorNames { kept, omitted };  // building the names costs most of an enumeration

std::vector<Tensor> enumerate_tensors(const ModelSpec& model, TensorNames names);

}  // namespace plimsoll

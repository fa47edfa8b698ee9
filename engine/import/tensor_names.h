// Which tensor of the model a tensor of a file is, or is a part of.
//
// The model's tensors are named as footprint/tensors.cc names them, after llama.cpp
// (src/llama-arch.cpp); names of safetensors files as the classes of transformers and mlx-lm have
// them.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "catalog/model_spec.h"

namespace plimsoll {

enum class TensorPart {
  weight,     // the numbers themselves
  companion,  // what a quantised weight is stored with: scales, zero points, permutations
};

// Where the bytes of a file's tensor belong.
struct TensorHome {
  // Of the model; several where the file has them in one. None: of no use to the text model.
  std::vector<std::string> tensors;
  TensorPart part = TensorPart::weight;
  // Why it has no home: "next-token prediction", "vision or audio"; empty where nobody knows.
  std::string outside;
  std::string module;  // of safetensors: the name without the part ("model.layers.3.mlp.gate")
};

TensorHome home_of_gguf(std::string_view name, const ModelSpec& model);
TensorHome home_of_safetensors(std::string_view name, const ModelSpec& model);

}  // namespace plimsoll

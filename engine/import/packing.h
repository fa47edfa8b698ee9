// What a configuration says about quantised weights: `quantization_config` of Hugging Face files,
// `quantization` of MLX.
#pragma once

#include <string>

#include "base/diagnostic.h"
#include "import/properties.h"
#include "import/tensor_table.h"

namespace plimsoll {

struct QuantizationHint {
  std::string family;  // "safetensors" or "mlx"
  std::string
      method;  // as the file has it: "gptq", "compressed-tensors pack-quantized", "bfloat16"
  std::string recipe;  // catalogue id of the quantization that is meant; empty: none is
  WeightPacking packing;
};

// A method nobody knows is a warning (code unknown-quantization) at `file`.
QuantizationHint quantization_hint(const Properties& config, const std::string& file,
                                   Diagnostics& diagnostics);

// The catalogue's format of EXL2 weights that is nearest to so many bits each: "exl2-4.0bpw".
std::string exl2_format(double bits);

// By general.file_type of GGUF (enum llama_ftype): "q4_k_m"; empty where it is unknown.
std::string recipe_of_file_type(std::int64_t file_type);

}  // namespace plimsoll

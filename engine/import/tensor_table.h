// The tensors of a file held against those that its architecture has.
#pragma once

#include <map>
#include <memory>
#include <string>
#include <vector>

#include "catalog/catalog.h"
#include "footprint/footprint.h"
#include "import/properties.h"
#include "import/stored_tensor.h"

namespace plimsoll {

enum class NameScheme { gguf, safetensors };

// How a safetensors folder says its weights are packed (config.json).
struct WeightPacking {
  std::string method;  // "gptq", "mlx", "fp8" …; empty: not packed
  int bits = 0;
  int group = 0;
  std::string format;  // catalogue id of packed weights; empty where it has none
  // MLX: modules that differ from the rest, by their name.
  struct Module {
    int bits = 0;
    int group = 0;
  };
  std::map<std::string, Module, std::less<>> modules;
};

// What a file has of one tensor of the model, added up over parts, experts and companions.
struct HeldTensor {
  double elements = 0.0;
  double bytes = 0.0;
  std::string format;  // catalogue id of its largest part
  double format_bytes = 0.0;
};

// Tensors that are of no use to the text model, together.
struct OutsideTensors {
  std::string what;  // "next-token prediction"; "unknown" where nobody can tell
  int count = 0;
  double bytes = 0.0;
  std::string example;  // a name
};

struct TensorTable {
  std::map<std::string, HeldTensor> held;  // by the model's names
  std::vector<OutsideTensors> outside;     // by what they are
  double bytes = 0.0;                      // of all tensors in the file
};

// Norms of a layer, by what its norms are called; the default where the names say nothing.
int norms_per_layer(const std::vector<StoredTensor>& stored, int otherwise);

TensorTable sort_tensors(const std::vector<StoredTensor>& stored, NameScheme scheme,
                         const WeightPacking& packing, const ModelSpec& model);

// Lets the tensors decide what keys do not say: biases, norms, tied embeddings, gates, sinks.
void believe_tensors(ModelSpec& model, const TensorTable& table);

// The model's tensors with format and bytes as the file has them. What differs from the
// architecture is a diagnostic at `file` (code unlike-architecture, a warning, once per kind of
// tensor); formats the catalogue lacks are too (code unknown-format, a warning), and stay null.
struct MatchedTensors {
  std::vector<Tensor> tensors;
  bool all_found = true;    // every tensor of the model, with as many weights, and none besides
  bool all_formats = true;  // known to the catalogue
};
MatchedTensors match_tensors(const ModelSpec& model, const TensorTable& table,
                             const std::string& file, Catalog& catalog, Diagnostics& diagnostics);

}  // namespace plimsoll

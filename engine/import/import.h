// Models from the files people have: GGUF, safetensors, config.json, MLX folders. Only headers are
// read, so a file of hundreds of gigabytes takes milliseconds; all of them are hostile until read:
// lengths are checked before use, memory is bounded, nothing recurses on data. doc/import.md says
// what each kind of file gives.
#pragma once

#include <filesystem>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/diagnostic.h"
#include "catalog/catalog.h"
#include "footprint/footprint.h"
#include "import/draft.h"
#include "import/tensor_table.h"

namespace plimsoll {

// The recipe of the catalogue that is nearest to the file.
struct NearestQuantization {
  std::string id;  // empty: none is near
  // Where the file lists its tensors: how far the recipe's bytes are from the file's, summed over
  // the tensors; 0: the same bytes tensor by tensor.
  Bytes difference;
  bool compared = false;
};

// An entry of the catalogue with the same tensors.
struct CatalogMatch {
  std::string id;
  std::vector<std::string> differences;  // lines of the import that differ; empty: the same model
};

struct ImportedModel {
  std::string kind;          // "GGUF version 3, 3 parts", "safetensors", "config.json", "MLX"
  std::string architecture;  // the file's word for it
  ModelSpec model;           // complete, and within the bounds of model files
  // The model's tensors as the footprint enumerates them. Where the file lists its tensors, format
  // and bytes are the file's; a format is null where the catalogue lacks it or the file the tensor,
  // and `exact` says that none is. Else they are those of the recipe the file names.
  std::vector<Tensor> tensors;
  bool exact = false;
  Bytes weights;                        // of these tensors
  std::vector<OutsideTensors> outside;  // in the file and not of the text model
  std::optional<Bytes> file;            // of all parts, where they are there
  std::string packing;                  // what the file says of its quantization
  NearestQuantization quantization;
  // Where that is not the file's tensor by tensor: the file's own rules, where they are nearer.
  std::optional<QuantizationSpec> recipe;
  Bytes recipe_difference;
  std::optional<CatalogMatch> match;
};

// What an import came to. Without `model`, what is missing, and how far it got: an entry to
// complete.
struct ImportResult {
  std::optional<ImportedModel> model;
  std::string architecture;
  std::vector<MissingFigure> missing;
  std::vector<std::string> doubts;  // why an architecture nobody knows cannot be taken as it is
  std::string skeleton;             // empty where the file itself cannot be read
};

// `path`: a GGUF file (of a split one any part names the others, the first must be there), a
// .safetensors file, a model.safetensors.index.json, a config.json, or a folder with these; "-":
// one of the files from standard input. `id`: of the entry; empty: from the file's name.
// Codes: those of gguf.h and json.h, unreadable, not-a-model, unknown-architecture,
// missing-figures; warnings incomplete-file, missing-part, unlike-architecture, unknown-format,
// unknown-quantization.
ImportResult import_file(const std::filesystem::path& path, const std::string& id, Catalog& catalog,
                         Diagnostics& diagnostics);

// The model alone, where a model is asked for by the path of a file; nothing after errors.
std::optional<ImportedModel> import_model(const std::filesystem::path& path, Catalog& catalog,
                                          Diagnostics& diagnostics);

// The entries that take part in a question for the model: it under the name it was asked for by,
// and the rules of its own.
std::vector<GivenEntry> given_entries(const ImportedModel& imported, const std::string& name);

// Whether a model's name is the path of something to import: it exists and is no YAML file.
bool is_importable(std::string_view name);

// "Qwen3-8B-Q4_K_M.gguf" -> "qwen3-8b-q4_k_m": an id that files may carry.
std::string id_of_file(const std::filesystem::path& path);

}  // namespace plimsoll

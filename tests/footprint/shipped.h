// The shipped database, read once per test program; and short cuts that fail the test on any
// diagnostic.
#pragma once

#include <string>

#include "catalog/catalog.h"
#include "footprint/footprint.h"
#include "support/catch.h"

namespace plimsoll {

inline Catalog& shipped_catalog() {
  static Catalog catalog(std::vector<DataFolders>{find_data_folders({})});
  return catalog;
}

inline void require_clean(const Diagnostics& diagnostics) {
  for (const Diagnostic& diagnostic : diagnostics.sorted()) FAIL(to_text(diagnostic));
}

inline const ModelSpec& shipped_model(const std::string& id) {
  Diagnostics diagnostics;
  const ModelSpec* model = shipped_catalog().model(id, {}, diagnostics);
  require_clean(diagnostics);
  return *model;
}

inline const QuantizationSpec& shipped_recipe(const std::string& id) {
  Diagnostics diagnostics;
  const QuantizationSpec* recipe = shipped_catalog().quantization(id, {}, diagnostics);
  require_clean(diagnostics);
  return *recipe;
}

inline const FormatSpec& shipped_format(const std::string& id) {
  Diagnostics diagnostics;
  const FormatSpec* format = shipped_catalog().format(id, {}, diagnostics);
  require_clean(diagnostics);
  return *format;
}

inline std::vector<Tensor> quantized(const ModelSpec& model, const std::string& recipe,
                                     bool importance_matrix = true) {
  Diagnostics diagnostics;
  std::vector<Tensor> tensors = enumerate_tensors(model);
  assign_formats(tensors, model, shipped_recipe(recipe), {importance_matrix}, shipped_catalog(),
                 diagnostics);
  require_clean(diagnostics);
  return tensors;
}

// As llama.cpp's quantiser of that year would have written the file.
inline std::vector<Tensor> quantized_in(int year, const ModelSpec& model,
                                        const std::string& recipe) {
  Diagnostics diagnostics;
  std::vector<Tensor> tensors = enumerate_tensors(model);
  assign_formats(tensors, model, shipped_recipe(recipe), {.quantiser_year = year},
                 shipped_catalog(), diagnostics);
  require_clean(diagnostics);
  return tensors;
}

inline double checkpoint_bytes(const ModelSpec& model, const std::string& recipe,
                               bool importance_matrix = true) {
  Diagnostics diagnostics;
  const Bytes bytes = weight_bytes(model, shipped_recipe(recipe), {importance_matrix},
                                   shipped_catalog(), diagnostics);
  require_clean(diagnostics);
  return bytes.base();
}

inline double bits_per_weight(const ModelSpec& model, double bytes) {
  return 8.0 * bytes / static_cast<double>(count_parameters(enumerate_tensors(model)));
}

inline const Tensor& tensor_named(const std::vector<Tensor>& tensors, const std::string& name) {
  for (const Tensor& tensor : tensors) {
    if (tensor.name == name) return tensor;
  }
  FAIL("no tensor " << name);
  throw 0;  // FAIL does not return
}

constexpr double gib = 1024.0 * 1024.0 * 1024.0;
constexpr double mib = 1024.0 * 1024.0;

}  // namespace plimsoll

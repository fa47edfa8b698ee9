// The shipped catalogue and a folder for files, for tests of imports.
#pragma once

#include <fstream>
#include <string>
#include <vector>

#include "catalog/catalog.h"
#include "cli/run_program.h"
#include "footprint/footprint.h"
#include "import/import.h"
#include "import/model_yaml.h"
#include "model_files.h"
#include "support/catch.h"

namespace plimsoll::test {

inline Catalog& shipped() {
  static Catalog catalog(std::vector<DataFolders>{find_data_folders({})});
  return catalog;
}

inline const ModelSpec& shipped_model(const std::string& id) {
  Diagnostics diagnostics;
  const ModelSpec* model = shipped().model(id, {}, diagnostics);
  if (!model) throw std::logic_error("no model " + id);
  return *model;
}

inline std::vector<Tensor> with_recipe(const ModelSpec& model, const std::string& recipe) {
  Diagnostics diagnostics;
  std::vector<Tensor> tensors = enumerate_tensors(model);
  const QuantizationSpec* found = shipped().quantization(recipe, {}, diagnostics);
  if (!found) throw std::logic_error("no recipe " + recipe);
  assign_formats(tensors, model, *found, {}, shipped(), diagnostics);
  return tensors;
}

inline std::string problems_of(const Diagnostics& diagnostics) {
  std::string text;
  for (const Diagnostic& each : diagnostics.sorted()) text += to_text(each) + "\n";
  return text;
}

inline ImportedModel imported(const std::filesystem::path& path, bool warnings = false) {
  Diagnostics diagnostics;
  auto model = import_model(path, shipped(), diagnostics);
  INFO(problems_of(diagnostics));
  REQUIRE(model);
  if (!warnings) REQUIRE(diagnostics.empty());
  return *model;
}

inline double bytes_of(const std::vector<Tensor>& tensors) {
  double sum = 0.0;
  for (const Tensor& tensor : tensors) sum += tensor.bytes.base();
  return sum;
}

}  // namespace plimsoll::test

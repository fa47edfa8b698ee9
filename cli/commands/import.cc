#include "import/import.h"

#include <filesystem>
#include <system_error>

#include "base/diagnostic.h"
#include "commands/commands.h"
#include "commands/common.h"
#include "import/model_yaml.h"
#include "import/own_recipe.h"
#include "output.h"
#include "report/import_report.h"
#include "terminal.h"

namespace plimsoll::cli {
namespace {

namespace fs = std::filesystem;

// The id of an entry is the name of its file.
std::string id_of_entry(const fs::path& file) {
  return file.empty() ? std::string() : file.stem().string();
}

// In models/ of a folder for --hwdb, quantizations have a folder of their own and go by their ids;
// elsewhere they lie beside the model, which names the file.
bool in_models_folder(const fs::path& entry) {
  return fs::absolute(entry).parent_path().filename() == "models";
}

fs::path quantization_folder(const fs::path& entry) {
  const fs::path folder = fs::absolute(entry).parent_path();
  return in_models_folder(entry) ? folder.parent_path() / "quantizations" : folder;
}

void write_entries(const ImportedModel& imported, const fs::path& entry) {
  ModelSpec model = imported.model;
  if (const auto& recipe = imported.recipe) {
    const fs::path folder = quantization_folder(entry);
    std::error_code told_when_written;
    fs::create_directories(folder, told_when_written);
    const fs::path file = folder / (recipe->id + ".yaml");
    write_result(file, quantization_yaml(*recipe));
    if (!in_models_folder(entry)) model.default_quantization = file.string();
  }
  write_result(entry, model_yaml(model));
}

}  // namespace

void execute(const ImportCommand& command) {
  Catalog catalog(data_folders(command.data));
  Diagnostics diagnostics;
  const ImportResult result =
      import_file(command.path, id_of_entry(command.entry), catalog, diagnostics);
  if (!result.model) {
    // What is known of the architecture, for somebody to complete.
    if (!result.skeleton.empty()) write_result(command.entry, result.skeleton);
    throw InputError(diagnostics);
  }
  if (!command.entry.empty()) write_entries(*result.model, command.entry);
  const std::vector<Diagnostic> problems = diagnostics.sorted();
  const bool json = command.output.format == Format::json;
  write_result({}, json ? import_json(*result.model, problems)
                        : import_text(*result.model, problems, text_style(command.output)));
}

}  // namespace plimsoll::cli

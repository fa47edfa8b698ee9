#include "import/import.h"

#include "base/diagnostic.h"
#include "commands/commands.h"
#include "commands/common.h"
#include "import/model_yaml.h"
#include "output.h"
#include "report/import_report.h"
#include "terminal.h"

namespace plimsoll::cli {
namespace {

// The id of an entry is the name of its file.
std::string id_of_entry(const std::filesystem::path& file) {
  return file.empty() ? std::string() : file.stem().string();
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
  if (!command.entry.empty()) write_result(command.entry, model_yaml(result.model->model));
  const std::vector<Diagnostic> problems = diagnostics.sorted();
  const bool json = command.output.format == Format::json;
  write_result({}, json ? import_json(*result.model, problems)
                        : import_text(*result.model, problems, text_style(command.output)));
}

}  // namespace plimsoll::cli

// validate: predictions held against published points. Large errors are results, not failures.

#include "commands/commands.h"
#include "commands/common.h"
#include "output.h"
#include "progress.h"
#include "report/validation_report.h"
#include "terminal.h"
#include "validate/validation.h"

namespace plimsoll::cli {
namespace {

std::string in_validation_format(const ValidateCommand& command, const Validation& validation) {
  std::vector<std::string> files;
  for (const std::filesystem::path& file : command.files) files.push_back(file.string());
  switch (command.format) {
    case ValidationFormat::json:
      return validation_json(files, validation);
    case ValidationFormat::csv:
      return validation_csv(validation);
    case ValidationFormat::markdown:
      return validation_markdown(validation);
    case ValidationFormat::text:
      break;
  }
  return validation_text(files, validation, command.view, text_style(command.output));
}

// No point rests on the profiles that were given.
void warn_of_unused(const ValidateCommand& command) {
  Catalog catalog(data_folders(command.data));
  warn_of_unused_profiles({}, catalog);
}

}  // namespace

void execute(const ValidateCommand& command) {
  settle_data(command.data);
  Diagnostics diagnostics;
  const Validation validation = [&] {
    Progress progress("scenarios");
    const ParallelOptions parallel{
        .threads = command.threads,
        .progress = [&](std::size_t done, std::size_t total) { progress.show(done, total); }};
    return validate(command.files, data_folders(command.data), diagnostics, parallel);
  }();
  settle(diagnostics);
  if (command.data.profiles && profiled_points(validation.speeds) == 0) warn_of_unused(command);
  if (!command.plot.empty()) write_result(command.plot, validation_plot(validation));
  write_result(command.output.file, in_validation_format(command, validation));
}

}  // namespace plimsoll::cli

// validate: predictions held against published points. Large errors are results, not failures.

#include "commands/commands.h"
#include "commands/common.h"
#include "output.h"
#include "report/validation_report.h"
#include "terminal.h"
#include "validate/validation.h"

namespace plimsoll::cli {

void execute(const ValidateCommand& command) {
  Catalog catalog(data_folders(command.data));
  Diagnostics diagnostics;
  const std::vector<ValidationPoint> points = validate(command.file, catalog, diagnostics);
  settle(diagnostics);
  const std::string file = command.file.string();
  write_result(command.output.file,
               command.output.format == Format::json
                   ? validation_json(file, points)
                   : validation_text(file, points, text_style(command.output)));
}

}  // namespace plimsoll::cli

#include "lint/lint.h"

#include <string>

#include "commands/commands.h"
#include "commands/common.h"
#include "output.h"
#include "report/lint_report.h"

namespace plimsoll::cli {
namespace {

std::string counted(std::size_t count, const char* what) {
  return std::to_string(count) + " " + what + (count == 1 ? "" : "s");
}

// The files are not clean: their problems are on standard output, this is why the status is 2.
[[noreturn]] void refuse(std::size_t errors) {
  Diagnostics diagnostics;
  diagnostics.error("not-clean", {.file = "lint"}, counted(errors, "error"), "none");
  throw InputError(diagnostics);
}

}  // namespace

void execute(const LintCommand& command) {
  LintResult result = lint({.folders = data_folders(command.data), .paths = command.paths});
  if (command.strict)
    for (Diagnostic& problem : result.problems) problem.severity = Severity::error;
  const bool json = command.output.format == Format::json;
  const LintNotes notes = command.notes ? LintNotes::printed : LintNotes::counted;
  write_result(command.output.file, json ? lint_json(result, notes) : lint_text(result, notes));
  if (const std::size_t errors = result.count(Severity::error)) refuse(errors);
}

}  // namespace plimsoll::cli

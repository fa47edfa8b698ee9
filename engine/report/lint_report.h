// What lint found, for people and for programs.
#pragma once

#include <string>

#include "lint/lint.h"

namespace plimsoll {

// Whether notes are printed, or only counted.
enum class LintNotes { counted, printed };

// A line a problem, as in all our messages; warnings of one code in one file share a line. The last
// line counts.
std::string lint_text(const LintResult& result, LintNotes notes = LintNotes::counted);

// {"files", "errors", "warnings", "notes", "problems": [{severity, code, file, line, column,
// message, expected, suggestion}]}, with every problem of its own; printed notes are problems of
// severity "note".
std::string lint_json(const LintResult& result, LintNotes notes = LintNotes::counted);

}  // namespace plimsoll

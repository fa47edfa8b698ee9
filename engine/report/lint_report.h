// What lint found, for people and for programs.
#pragma once

#include <string>

#include "lint/lint.h"

namespace plimsoll {

// A line a problem, as in all our messages; warnings of one code in one file share a line. The last
// line counts.
std::string lint_text(const LintResult& result);

// {"files", "errors", "warnings", "problems": [{severity, code, file, line, column, message,
// expected, suggestion}]}, with every problem of its own.
std::string lint_json(const LintResult& result);

}  // namespace plimsoll

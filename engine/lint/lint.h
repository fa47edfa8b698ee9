// Everything that is wrong with files of the database, scenarios and requirements, at once: what
// readers refuse, what only several files show, and what contradicts physics (rules.h).
//
// Codes: those of the readers (doc/diagnostics.md) and bandwidth-mismatch, compute-mismatch,
// odd-capacity, unsold-size, rate-order, power-order, rate-over-peak, bits-mismatch,
// parameter-mismatch, early-price, missing-range, unused-source, unreachable-name,
// unreachable-file, repeated-name (doc/lint.md).
#pragma once

#include <cstddef>
#include <filesystem>
#include <vector>

#include "base/diagnostic.h"
#include "catalog/catalog.h"

namespace plimsoll {

struct LintInput {
  // Where names resolve, a later folder over an earlier one.
  std::vector<DataFolders> folders;
  // Files and folders to look at; empty: all of `folders`. A folder with devices/, systems/ … or
  // with hwdb/ is laid over the others, so that its files may refer to each other.
  std::vector<std::filesystem::path> paths;
};

struct LintResult {
  std::size_t files = 0;
  std::vector<Diagnostic> problems;  // in the files looked at, sorted by place
  std::vector<Diagnostic> notes;     // what is no problem and could be better

  std::size_t count(Severity severity) const;
};

// Throws InputError (code unreadable) for a path that is not there.
LintResult lint(const LintInput& input);

}  // namespace plimsoll

// Which files there are to look at, and what each should hold.
#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include "lint/lint.h"

namespace plimsoll {

struct LintFile {
  std::filesystem::path path;
  // By its folder (devices/ holds devices), else by its first lines; empty: it does not say.
  std::string kind;
};

// Sorted by path, each once. Folders named measurements/ hold no data of the program and are passed
// over. Complains about files of data folders that no lookup finds (unreachable-file).
std::vector<LintFile> files_to_lint(const LintInput& input, Diagnostics& diagnostics);

// The folders of the input with those of its paths that hold data of their own laid over them.
std::vector<DataFolders> folders_with_paths(const LintInput& input);

}  // namespace plimsoll

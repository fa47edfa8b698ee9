#include "presenters/examples.h"

#include <algorithm>
#include <system_error>
#include <tuple>

#include "config/header_scan.h"

namespace plimsoll::gui {
namespace {

namespace fs = std::filesystem;

// Scenarios whose name tells two of a folder apart.
void add_examples(const fs::path& folder, std::vector<Example>& examples) {
  std::error_code failed;
  for (const fs::directory_entry& entry : fs::directory_iterator(folder, failed)) {
    if (entry.path().extension() != ".yaml") continue;
    const EntryHeader header = scan_header(entry.path());
    if (header.kind != "scenario") continue;
    examples.push_back({.group = folder.filename().string(),
                        .name = header.name.empty() ? entry.path().stem().string() : header.name,
                        .file = entry.path()});
  }
}

}  // namespace

std::vector<Example> shipped_examples(const std::vector<DataFolders>& folders) {
  std::vector<Example> examples;
  if (folders.empty()) return examples;
  std::error_code failed;
  const fs::path root = folders.front().hwdb.parent_path() / "examples";
  for (const fs::directory_entry& entry : fs::directory_iterator(root, failed))
    if (entry.is_directory(failed)) add_examples(entry.path(), examples);
  std::sort(examples.begin(), examples.end(), [](const Example& a, const Example& b) {
    return std::tie(a.group, a.name, a.file) < std::tie(b.group, b.name, b.file);
  });
  return examples;
}

}  // namespace plimsoll::gui

#include "lint/lint_files.h"

#include <algorithm>
#include <array>
#include <set>
#include <system_error>

#include "config/header_scan.h"

namespace plimsoll {

namespace fs = std::filesystem;

namespace {

bool is_folder(const fs::path& path) {
  std::error_code ignored;
  return fs::is_directory(path, ignored);
}

bool is_yaml(const fs::path& path) {
  return path.extension() == ".yaml" || path.extension() == ".yml";
}

// "devices" -> device.
std::optional<EntryKind> kind_of_folder(const fs::path& folder) {
  const std::string name = folder.filename().string();
  const std::optional<EntryKind> kind = entry_kind(name);
  return kind && name == plural(*kind) ? kind : std::nullopt;
}

std::string kind_of_file(const fs::path& path) {
  std::string written = scan_header(path).kind;
  if (written == "scenario" || written == "requirement") return written;
  const auto kind = kind_of_folder(path.parent_path());
  return kind ? std::string(singular(*kind)) : written;
}

// Files below a kind's folder that only a walk finds: entries are looked up as ID.yaml right
// inside.
void check_reachable(const fs::path& path, Diagnostics& diagnostics) {
  const bool inside = kind_of_folder(path.parent_path()).has_value();
  const bool below = kind_of_folder(path.parent_path().parent_path()).has_value();
  if (inside ? path.extension() == ".yaml" : !below) return;
  diagnostics.error("unreachable-file", {.file = path.string()}, "no lookup finds this file",
                    "ID.yaml right inside the folder of its kind");
}

void walk(const fs::path& folder, std::set<fs::path>& files, Diagnostics& diagnostics) {
  std::error_code failed;
  for (fs::recursive_directory_iterator at(folder, failed), end; !failed && at != end;
       at.increment(failed)) {
    const std::string name = at->path().filename().string();
    if (is_folder(at->path())) {
      if (name == "measurements" || name.starts_with('.')) at.disable_recursion_pending();
    } else if (is_yaml(at->path()) && files.insert(at->path()).second) {
      check_reachable(at->path(), diagnostics);
    }
  }
}

bool holds_entries(const fs::path& folder) {
  constexpr std::array kinds = {EntryKind::device,  EntryKind::system,      EntryKind::cluster,
                                EntryKind::storage, EntryKind::link,        EntryKind::os,
                                EntryKind::engine,  EntryKind::quantization};
  return std::any_of(kinds.begin(), kinds.end(),
                     [&](EntryKind kind) { return is_folder(folder / plural(kind)); });
}

bool same_place(const fs::path& a, const fs::path& b) {
  std::error_code ignored;
  return fs::equivalent(a, b, ignored);
}

std::vector<fs::path> places(const LintInput& input) {
  if (!input.paths.empty()) return input.paths;
  std::vector<fs::path> all;
  for (const DataFolders& data : input.folders) {
    all.push_back(data.hwdb);
    all.push_back(data.models);
  }
  return all;
}

}  // namespace

std::vector<DataFolders> folders_with_paths(const LintInput& input) {
  std::vector<DataFolders> folders = input.folders;
  for (const fs::path& path : input.paths) {
    DataFolders own;
    if (is_folder(path / "hwdb")) {
      own = {.hwdb = path / "hwdb", .models = path / "models"};
    } else if (holds_entries(path)) {
      own = {.hwdb = path, .models = path / "models"};
    } else {
      continue;
    }
    const bool known = std::any_of(folders.begin(), folders.end(), [&](const DataFolders& data) {
      return same_place(data.hwdb, own.hwdb);
    });
    if (!known) folders.push_back(std::move(own));
  }
  return folders;
}

std::vector<LintFile> files_to_lint(const LintInput& input, Diagnostics& diagnostics) {
  std::set<fs::path> found;
  for (const fs::path& path : places(input)) {
    std::error_code ignored;
    if (is_folder(path)) {
      walk(path, found, diagnostics);
    } else if (fs::exists(path, ignored)) {
      found.insert(path);
    } else if (!input.paths.empty()) {
      diagnostics.error("unreadable", {.file = path.string()}, "there is no such file or folder");
    }
  }
  std::vector<LintFile> files;
  for (const fs::path& path : found) files.push_back({path, kind_of_file(path)});
  return files;
}

}  // namespace plimsoll

#include <cstdlib>
#include <string>
#include <vector>

#include "catalog/catalog.h"

namespace plimsoll {

namespace fs = std::filesystem;

namespace {

bool holds_data(const fs::path& folder) {
  std::error_code ignored;
  return fs::is_directory(folder / "hwdb", ignored) && fs::is_directory(folder / "models", ignored);
}

// The folder's own choice of the user, or the places where installation and build leave the data.
std::vector<fs::path> candidates(const fs::path& executable, const fs::path& chosen) {
  if (!chosen.empty()) return {chosen};
  const char* environment = std::getenv("PLIMSOLL_DATA");
  if (environment && *environment) return {environment};
  std::vector<fs::path> places;
  std::error_code failed;
  const fs::path resolved = fs::weakly_canonical(executable, failed);
  const fs::path program = failed ? executable : resolved;
  places.push_back((program.parent_path() / ".." / "share" / "plimsoll").lexically_normal());
#ifdef PLIMSOLL_SOURCE_DIR
  places.emplace_back(PLIMSOLL_SOURCE_DIR);
#endif
  return places;
}

// Empty where the variable is not set or, as the XDG base directory specification wants it ignored,
// names no absolute path.
fs::path folder_of_variable(const char* name) {
  const char* value = std::getenv(name);
  const fs::path folder = value ? value : "";
  return folder.is_absolute() ? folder : fs::path();
}

fs::path configuration_folder() {
#if defined(_WIN32)
  return folder_of_variable("APPDATA");
#elif defined(__APPLE__)
  const fs::path home = folder_of_variable("HOME");
  return home.empty() ? home : home / "Library" / "Application Support";
#else
  // XDG base directory specification 0.8
  if (fs::path chosen = folder_of_variable("XDG_CONFIG_HOME"); !chosen.empty()) return chosen;
  const fs::path home = folder_of_variable("HOME");
  return home.empty() ? home : home / ".config";
#endif
}

}  // namespace

DataFolders overlay_folders(const fs::path& folder) {
  return {.hwdb = folder, .models = folder / "models"};
}

fs::path user_folder() {
  const fs::path configuration = configuration_folder();
  return configuration.empty() ? configuration : configuration / "plimsoll";
}

std::optional<DataFolders> find_user_folders() {
  const fs::path folder = user_folder();
  std::error_code ignored;
  if (folder.empty() || !fs::is_directory(folder, ignored)) return std::nullopt;
  return overlay_folders(folder);
}

DataFolders find_data_folders(const fs::path& executable, const fs::path& chosen) {
  std::string looked_at;
  for (const fs::path& folder : candidates(executable, chosen)) {
    if (holds_data(folder)) return {.hwdb = folder / "hwdb", .models = folder / "models"};
    looked_at += (looked_at.empty() ? "" : ", ") + folder.string();
  }
  Diagnostics diagnostics;
  diagnostics.error("no-database", {}, "no hardware and model database; looked at " + looked_at,
                    "a folder with hwdb/ and models/, named by --data or PLIMSOLL_DATA");
  throw InputError(std::move(diagnostics));
}

}  // namespace plimsoll

// Files opened last, the latest first. Without Qt.
#pragma once

#include <cstddef>
#include <filesystem>
#include <string>
#include <vector>

namespace plimsoll::gui {

class RecentFiles {
 public:
  static constexpr std::size_t most = 10;

  RecentFiles() = default;
  explicit RecentFiles(const std::vector<std::string>& files);

  // To the front, once.
  void add(const std::filesystem::path& file);
  void remove(const std::filesystem::path& file);
  void clear() { files_.clear(); }

  const std::vector<std::string>& files() const { return files_; }

 private:
  std::vector<std::string> files_;  // absolute
};

}  // namespace plimsoll::gui

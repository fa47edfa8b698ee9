#include "presenters/recent.h"

#include <algorithm>
#include <ranges>
#include <system_error>

namespace plimsoll::gui {
namespace {

std::string absolute_name(const std::filesystem::path& file) {
  std::error_code failed;
  const std::filesystem::path absolute = std::filesystem::absolute(file, failed);
  return (failed ? file : absolute).lexically_normal().string();
}

}  // namespace

RecentFiles::RecentFiles(const std::vector<std::string>& files) {
  for (const std::string& file : std::views::reverse(files))
    if (!file.empty()) add(file);
}

void RecentFiles::add(const std::filesystem::path& file) {
  remove(file);
  files_.insert(files_.begin(), absolute_name(file));
  if (files_.size() > most) files_.resize(most);
}

void RecentFiles::remove(const std::filesystem::path& file) {
  std::erase(files_, absolute_name(file));
}

}  // namespace plimsoll::gui

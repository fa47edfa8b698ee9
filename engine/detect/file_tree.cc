#include "detect/file_tree.h"

#include <algorithm>
#include <array>
#include <fstream>
#include <system_error>

#include "base/quantity_text.h"

namespace plimsoll {

namespace fs = std::filesystem;

bool FileTree::has(const std::string& path) const {
  std::error_code failed;
  return fs::exists(root_ / path, failed);
}

std::optional<std::string> FileTree::bytes(const std::string& path) const {
  constexpr std::size_t most = std::size_t{4} << 20;
  std::error_code failed;
  if (!fs::exists(root_ / path, failed) || fs::is_directory(root_ / path, failed))
    return std::nullopt;
  std::ifstream file(root_ / path, std::ios::binary);
  if (!file) return std::nullopt;
  std::string text;
  std::array<char, 4096> part{};
  do {
    file.read(part.data(), part.size());
    text.append(part.data(), static_cast<std::size_t>(file.gcount()));
  } while (file && text.size() < most);
  return text;
}

std::optional<std::string> FileTree::line(const std::string& path) const {
  const auto text = bytes(path);
  if (!text) return std::nullopt;
  // Files of a device tree end their words with zeros.
  std::string first = trimmed_text(text->substr(0, text->find_first_of(std::string("\n\0", 2))));
  return first.empty() ? std::nullopt : std::optional(std::move(first));
}

std::optional<double> FileTree::number(const std::string& path) const {
  const auto text = line(path);
  return text ? parse_number(*text) : std::nullopt;
}

std::vector<std::string> FileTree::names(const std::string& path) const {
  std::vector<std::string> names;
  std::error_code failed;
  for (fs::directory_iterator each(root_ / path, failed), end; !failed && each != end;
       each.increment(failed))
    names.push_back(each->path().filename().string());
  std::sort(names.begin(), names.end());
  return names;
}

std::string FileTree::link(const std::string& path) const {
  std::error_code failed;
  const fs::path target = fs::read_symlink(root_ / path, failed);
  return failed ? std::string() : target.string();
}

std::vector<std::string> split_words(const std::string& text, const char* separators) {
  std::vector<std::string> words;
  for (std::size_t begin = text.find_first_not_of(separators); begin != std::string::npos;) {
    const std::size_t end = std::min(text.find_first_of(separators, begin), text.size());
    words.push_back(text.substr(begin, end - begin));
    begin = text.find_first_not_of(separators, end);
  }
  return words;
}

std::string trimmed_text(const std::string& text) {
  constexpr const char* blanks = " \t\r\n";
  const std::size_t begin = text.find_first_not_of(blanks);
  if (begin == std::string::npos) return {};
  return text.substr(begin, text.find_last_not_of(blanks) - begin + 1);
}

}  // namespace plimsoll

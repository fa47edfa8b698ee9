// The files in which a kernel tells of its machine, below a root that tests choose.
#pragma once

#include <filesystem>
#include <optional>
#include <string>
#include <vector>

namespace plimsoll {

class FileTree {
 public:
  explicit FileTree(std::filesystem::path root) : root_(std::move(root)) {}

  const std::filesystem::path& root() const { return root_; }
  bool has(const std::string& path) const;
  // The content, at most 4 MiB of it, as it is; nothing where the file cannot be read.
  std::optional<std::string> bytes(const std::string& path) const;
  // Its first line without blanks around; nothing where that is empty.
  std::optional<std::string> line(const std::string& path) const;
  std::optional<double> number(const std::string& path) const;
  // What a folder holds, sorted.
  std::vector<std::string> names(const std::string& path) const;
  // What a link points to, as text; empty where there is none.
  std::string link(const std::string& path) const;

 private:
  std::filesystem::path root_;
};

std::vector<std::string> split_words(const std::string& text, const char* separators = " \t\n");
std::string trimmed_text(const std::string& text);

}  // namespace plimsoll

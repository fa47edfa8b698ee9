// 64-bit FNV-1a (Fowler, Noll, Vo; constants from draft-eastlake-fnv) over text and files: tells
// whether something is what it was before. It keeps out mistakes, not attackers.
#pragma once

#include <cstdint>
#include <filesystem>
#include <string>
#include <string_view>
#include <vector>

#include "catalog/catalog.h"

namespace plimsoll {

class ContentHash {
 public:
  // Neighbouring pieces do not run together: add("a").add("b") differs from add("ab").
  ContentHash& add(std::string_view piece);
  // The content; a file that cannot be read counts as its absence.
  ContentHash& add_file(const std::filesystem::path& file);
  std::uint64_t value() const { return hash_; }
  std::string text() const;  // 16 hexadecimal digits

 private:
  void add_bytes(std::string_view bytes);
  std::uint64_t hash_ = 0xcbf29ce484222325U;
};

// Every YAML file in the folders, name and content, and the entries given beside them.
std::string hash_of_data(const std::vector<DataFolders>& folders);

}  // namespace plimsoll

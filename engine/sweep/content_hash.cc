#include "sweep/content_hash.h"

#include <algorithm>
#include <array>
#include <fstream>
#include <iterator>
#include <system_error>

namespace plimsoll {
namespace {

namespace fs = std::filesystem;

std::vector<fs::path> yaml_files(const fs::path& folder) {
  std::vector<fs::path> files;
  std::error_code ignored;
  for (fs::recursive_directory_iterator entry(folder, ignored), end; entry != end;
       entry.increment(ignored)) {
    if (entry->path().extension() == ".yaml") files.push_back(entry->path());
  }
  std::sort(files.begin(), files.end());
  return files;
}

}  // namespace

void ContentHash::add_bytes(std::string_view bytes) {
  constexpr std::uint64_t prime = 0x100000001b3U;
  for (const char c : bytes) hash_ = (hash_ ^ static_cast<unsigned char>(c)) * prime;
}

ContentHash& ContentHash::add(std::string_view piece) {
  add_bytes(std::to_string(piece.size()) + ":");
  add_bytes(piece);
  return *this;
}

ContentHash& ContentHash::add_file(const fs::path& file) {
  std::ifstream stream(file, std::ios::binary);
  if (!stream) return add("absent");
  return add(std::string{std::istreambuf_iterator<char>(stream), {}});
}

std::string ContentHash::text() const {
  constexpr std::string_view digits = "0123456789abcdef";
  std::string text(16, '0');
  for (std::size_t i = 0; i < text.size(); ++i) text[i] = digits[(hash_ >> (60 - 4 * i)) & 15];
  return text;
}

std::string hash_of_data(const std::vector<DataFolders>& folders) {
  ContentHash hash;
  for (const DataFolders& each : folders) {
    for (const fs::path& folder : {each.hwdb, each.models}) {
      hash.add("folder");
      for (const fs::path& file : yaml_files(folder))
        hash.add(file.lexically_relative(folder).string()).add_file(file);
    }
    for (const GivenEntry& entry : each.given) hash.add(entry.name).add(entry.id).add(entry.yaml);
    if (each.overlay) hash.add(each.overlay->text());
  }
  return hash.text();
}

}  // namespace plimsoll

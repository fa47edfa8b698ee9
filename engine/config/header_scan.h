// A glance at a catalogue file: which entry is this, without reading all of it.
#pragma once

#include <filesystem>
#include <string>
#include <string_view>
#include <vector>

namespace plimsoll {

struct EntryHeader {
  std::string kind;
  std::string id;
  std::string name;
  std::vector<std::string> names;

  friend bool operator==(const EntryHeader&, const EntryHeader&) = default;
};

// Reads the top-level keys kind, id, name and names. The header must come first in a file: it ends
// when all four were seen, at the first list or map under another key once kind and id were seen,
// or after 4 KiB. What is missing, misshapen, behind the header or behind broken text stays empty:
// reading the entry itself (Document) is what complains. About 20 us for a file that begins with
// the four keys.
EntryHeader scan_header(const std::filesystem::path& path);
EntryHeader scan_header_text(std::string_view text);

}  // namespace plimsoll

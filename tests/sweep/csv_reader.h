// Reads CSV by the grammar of RFC 4180, for tests of what we write.
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace plimsoll::test {

using CsvTable = std::vector<std::vector<std::string>>;

inline CsvTable read_csv(std::string_view text) {
  CsvTable table;
  std::vector<std::string> record(1);
  bool quoted = false;
  for (std::size_t i = 0; i < text.size(); ++i) {
    const char c = text[i];
    if (quoted && c == '"' && i + 1 < text.size() && text[i + 1] == '"') {
      record.back() += '"';
      ++i;
    } else if (c == '"') {
      quoted = !quoted;
    } else if (!quoted && c == ',') {
      record.emplace_back();
    } else if (!quoted && c == '\n') {
      table.push_back(record);
      record.assign(1, {});
    } else {
      record.back() += c;
    }
  }
  return table;
}

// The cell of a record under that column's name.
inline std::string cell(const CsvTable& table, std::size_t row, std::string_view column) {
  for (std::size_t i = 0; i < table.front().size(); ++i)
    if (table.front()[i] == column) return table.at(row + 1).at(i);
  return "no column " + std::string(column);
}

}  // namespace plimsoll::test

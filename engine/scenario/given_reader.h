// Reads values that a user may leave out, with the place where they stand.
#pragma once

#include <cstdint>
#include <filesystem>
#include <string>
#include <string_view>
#include <system_error>

#include "config/map_reader.h"
#include "scenario/given.h"

namespace plimsoll {

template <class Field>
void take(MapReader& reader, std::string_view key, const Field& field,
          Given<typename Field::Value>& given) {
  given.place = reader.place_of(key);
  given.value = reader.optional(key, field);
}

inline void take_int(MapReader& reader, std::string_view key, std::int64_t minimum,
                     std::int64_t maximum, Given<int>& given) {
  Given<std::int64_t> wide;
  take(reader, key, field::integer(minimum, maximum), wide);
  given.place = wide.place;
  if (wide.value) given.value = static_cast<int>(*wide.value);
}

// A map whose keys go into the same section.
template <class Read>
void take_map(MapReader& reader, const char* key, Read read) {
  reader.optional(key, field::object(key, [&read](MapReader& inner) {
                    read(inner);
                    return 0;
                  }));
}

// A short form that could not be understood, or the map.
template <class Short, class Map>
void read_text_or_map(MapReader& reader, const char* key, const Short& text, const Map& map) {
  const Node* node = reader.take(key, field::either(text, map));
  if (!node) return;
  const field::Context context{"key '" + std::string(key) + "'", reader.diagnostics()};
  if (node->kind() == NodeKind::map) {
    map.read(*node, context);
  } else {
    text.read(*node, context);
  }
}

// A relative path starts from the folder of the file it stands in, or from the working directory
// when it comes from the command line.
inline void make_absolute(Given<std::string>& file) {
  namespace fs = std::filesystem;
  if (!file.has()) return;
  const bool in_file = file.place.line > 0;
  const fs::path folder = in_file ? fs::path(file.place.file).parent_path() : fs::path();
  std::error_code failed;
  const fs::path path = fs::absolute(folder / *file.value, failed);
  if (!failed) file.value = path.lexically_normal().string();
}

// Where the first given value of a section stands, in the order of the file; null when none is.
// `for_each` calls what it is handed with every value of the section.
template <class ForEach>
const SourcePlace* first_given_place(ForEach for_each) {
  const SourcePlace* first = nullptr;
  for_each([&](const auto& value) {
    if (value.has() && (!first || value.place < *first)) first = &value.place;
  });
  return first;
}

// The word of a value in the table that it is read with.
template <class Table>
std::string_view spelling(const Table& table, decltype(table.front().value) value) {
  for (const auto& entry : table)
    if (entry.value == value) return entry.word;
  return "?";
}

}  // namespace plimsoll

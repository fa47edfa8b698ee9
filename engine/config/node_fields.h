// Scalars of files that others made: what is there is taken, everything else is left.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "base/quantity_text.h"
#include "config/node.h"

namespace plimsoll {

// Empty where the key is missing or holds no scalar.
inline std::string text_of(const Node& map, std::string_view key) {
  const Node* node = map.find(key);
  return node && node->kind() == NodeKind::scalar ? node->text() : std::string();
}

inline std::optional<double> number_of(const Node& map, std::string_view key) {
  return parse_number(text_of(map, key));
}

inline std::optional<std::int64_t> integer_of(const Node& map, std::string_view key) {
  return parse_integer(text_of(map, key));
}

}  // namespace plimsoll

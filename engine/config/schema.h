// What a reader accepts, written down while it reads, so that documentation and editors can learn
// it from the code.
#pragma once

#include <optional>
#include <string>
#include <vector>

namespace plimsoll {

struct Schema;

struct FieldSchema {
  std::string key;
  bool required = false;
  std::string type;  // string, id, boolean, integer, number, quantity, enumeration, list, map, any
  std::string unit;  // quantity: the accepted units
  std::vector<std::string> values;  // enumeration: the accepted words
  std::optional<double> minimum;    // integer, number, quantity (in base units)
  std::optional<double> maximum;
  std::vector<FieldSchema>
      element;                 // list, map of values by free keys: the one element's description
  std::vector<Schema> fields;  // map with fixed keys: exactly one
};

struct Schema {
  std::string what;  // "device", "memory pool"
  std::vector<FieldSchema> fields;

  // The first description of a key stays.
  void add(FieldSchema field);
  const FieldSchema* find(const std::string& key) const;
};

}  // namespace plimsoll

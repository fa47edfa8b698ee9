// What a reader accepts, written down while it reads, so that documentation and editors can learn
// it from the code.
#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <vector>

namespace plimsoll {

struct Schema;

// The keys of a map that holds them only where another of its keys says so: where it stands, or has
// that word, or (`absent`) does not stand.
struct SchemaCase {
  std::string key;
  std::string word{};  // empty: whether the key stands is what matters
  bool absent = false;

  friend bool operator==(const SchemaCase&, const SchemaCase&) = default;
};

struct FieldCase {
  SchemaCase which;
  bool required = false;  // in it
};

struct FieldSchema {
  std::string key;
  bool required = false;
  // string, id, boolean, integer, number, quantity, enumeration, list, map, either
  std::string type;
  std::string unit;                 // quantity: the accepted units
  std::vector<std::string> values;  // enumeration: the accepted words
  std::optional<double> minimum;    // integer, number, quantity (in base units)
  std::optional<double> maximum;
  // list, map of values by free keys: the one element's description
  std::vector<FieldSchema> element;
  std::size_t length = 0;                 // list: exactly so many elements; 0: any number
  std::vector<Schema> fields;             // map with fixed keys: exactly one
  std::vector<FieldSchema> alternatives;  // either: what a value may be
  std::vector<FieldCase> cases;           // in which it may stand; none: in every one

  const FieldCase* in_case(const SchemaCase& which) const;
};

struct Schema {
  std::string what;  // "device", "memory pool"
  std::vector<FieldSchema> fields;

  // The first description of a key stays, with the cases of all.
  void add(FieldSchema field);
  const FieldSchema* find(const std::string& key) const;
};

}  // namespace plimsoll

// Takes the keys of one map into a value, complains about everything at once, and knows which keys
// nobody took.
//
//   Pool read_pool(MapReader& reader) {
//     return {
//         .name = reader.required("name", field::text()),
//         .capacity = reader.required("capacity", field::quantity<Bytes>(Bound::positive)),
//         .bandwidth = reader.required("bandwidth",
//         field::quantity<BytesPerSecond>(Bound::positive)), .channels =
//         reader.value_or("channels", field::integer(1, 64), 1), .price = reader.optional("price",
//         field::quantity<Dollars>()),  // std::optional
//     };
//   }
//   Device read_device(const Document& document, Diagnostics& diagnostics) {
//     return read_map(document.root(), "device", diagnostics, [](MapReader& reader) {
//       return Device{.pools = reader.required("pools", field::list_of(field::object("pool",
//       read_pool)))};
//     });
//   }
//
// Codes: missing-key, unknown-key, wrong-kind and those of config/fields.h.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <type_traits>
#include <utility>
#include <vector>

#include "base/diagnostic.h"
#include "config/fields.h"
#include "config/node.h"
#include "config/schema.h"

namespace plimsoll {

class MapReader {
 public:
  // Reads `node`, which must outlive the reader; `what` is what messages call the map ("device"). A
  // node that is no map is reported once; afterwards, and for an invalid node, every take returns a
  // placeholder without a word. With a schema attached, each take also writes down what it accepts.
  MapReader(const Node& node, std::string what, Diagnostics& diagnostics, Schema* schema = nullptr);

  // The value of a key, or a placeholder after a complaint.
  template <class Field>
  typename Field::Value required(std::string_view key, const Field& field) {
    const Node* value = take_described(key, field, true);
    return value ? field.read(*value, context(key)) : field.placeholder();
  }
  // Nothing when the key is absent.
  template <class Field>
  std::optional<typename Field::Value> optional(std::string_view key, const Field& field) {
    const Node* value = take_described(key, field, false);
    if (!value) return std::nullopt;
    return field.read(*value, context(key));
  }
  template <class Field>
  typename Field::Value value_or(std::string_view key, const Field& field,
                                 typename Field::Value fallback) {
    const Node* value = take_described(key, field, false);
    return value ? field.read(*value, context(key)) : std::move(fallback);
  }

  // The same as optional(), of a key whose absence the caller reports in words of its own: a schema
  // calls it required.
  template <class Field>
  std::optional<typename Field::Value> wanted(std::string_view key, const Field& field) {
    write_down(key, field, true);
    const Node* value = take(key);
    if (!value) return std::nullopt;
    return field.read(*value, context(key));
  }

  // The raw value of a key for what the fields cannot say (a scalar or a map, say), or nullptr;
  // counts as taken. A schema learns only of keys that come with a field.
  const Node* take(std::string_view key);
  template <class Field>
  const Node* take(std::string_view key, const Field& field, bool required = false) {
    write_down(key, field, required);
    return take(key);
  }

  // Runs `read` where the case holds. While a schema is written all cases are gone through, and
  // what `read` takes is marked with its case.
  template <class Read>
  void in_case(const SchemaCase& which, bool holds, Read&& read) {
    if (!holds && !describing()) return;
    const std::optional<SchemaCase> outer = std::exchange(case_, which);
    read();
    case_ = outer;
  }

  // Whether there is no file: somebody asks what the keys are.
  bool describing() const { return schema_ != nullptr; }

  bool has(std::string_view key) const { return node_->find(key) != nullptr; }
  // False when the node is no map, so that all values are placeholders.
  bool valid() const { return node_->kind() == NodeKind::map; }
  SourcePlace place() const { return node_->place(); }
  // Where the value of the key stands; the map's place when it is absent.
  SourcePlace place_of(std::string_view key) const;
  Diagnostics& diagnostics() { return diagnostics_; }

  // Reports at the value of `key`, for checks across fields.
  void error(std::string_view key, std::string code, std::string message, std::string expected = {},
             std::string suggestion = {});

  // Reports every key nobody took. Call once, after the last take; field::object and read_map do
  // it.
  void finish();

 private:
  template <class Field>
  const Node* take_described(std::string_view key, const Field& field, bool required) {
    write_down(key, field, required);
    return required ? take_required(key) : take(key);
  }
  template <class Field>
  void write_down(std::string_view key, const Field& field, bool required) {
    if (!schema_) return;
    FieldSchema description;
    description.key = key;
    description.required = required;
    if (case_) description.cases.push_back({.which = *case_, .required = required});
    field.describe(description);
    schema_->add(std::move(description));
  }
  const Node* take_required(std::string_view key);
  field::Context context(std::string_view key);

  const Node* node_;
  std::string what_;
  Diagnostics& diagnostics_;
  Schema* schema_;
  std::optional<SchemaCase> case_;
  std::vector<std::string> accepted_;  // keys asked for, in order, each once
};

// Reads a whole map with `read(MapReader&)` and reports the keys it did not take.
template <class Read>
auto read_map(const Node& node, std::string what, Diagnostics& diagnostics, Read&& read,
              Schema* schema = nullptr) {
  MapReader reader(node, std::move(what), diagnostics, schema);
  auto result = read(reader);
  reader.finish();
  return result;
}

namespace field {

template <class Read>
struct Object {
  using Value = std::decay_t<std::invoke_result_t<const Read&, MapReader&>>;
  std::string what;
  Read read_fields;

  Value read(const Node& node, const Context& context) const {
    return read_map(node, what, context.diagnostics, read_fields);
  }
  Value placeholder() const {
    Diagnostics silent;
    return read_map(Node(), what, silent, read_fields);
  }
  void describe(FieldSchema& schema) const {
    Diagnostics silent;
    schema.type = "map";
    Schema& fields = schema.fields.emplace_back(Schema{.what = what, .fields = {}});
    read_map(Node(), what, silent, read_fields, &fields);
  }
};

template <class Read>
Object<std::decay_t<Read>> object(std::string what, Read&& read) {
  return {std::move(what), std::forward<Read>(read)};
}

// Describes a value that may be written in two ways; who takes it tells them apart by the node.
template <class First, class Second>
struct Either {
  First first;
  Second second;

  void describe(FieldSchema& schema) const {
    schema.type = "either";
    first.describe(schema.alternatives.emplace_back());
    second.describe(schema.alternatives.emplace_back());
  }
};

template <class First, class Second>
Either<First, Second> either(First first, Second second) {
  return {std::move(first), std::move(second)};
}

// A text that is always the same word: `kind: device`. Whoever takes it compares.
struct Constant {
  using Value = std::string;
  std::string word;

  Value read(const Node& node, const Context& context) const { return Text().read(node, context); }
  Value placeholder() const { return {}; }
  void describe(FieldSchema& schema) const {
    schema.type = "enumeration";
    schema.values = {word};
  }
};

inline Constant constant(std::string_view word) {
  return {std::string(word)};
}

}  // namespace field
}  // namespace plimsoll

// The kinds of values a configuration file may hold. Each is a small description that can read a
// node, complain with a place, and describe itself; MapReader combines them:
//
//   field::text()                                   any scalar as text
//   field::id()                                     letters, digits, . _ + -, starting with a
//   letter or digit field::boolean()                                true or false, nothing else
//   field::integer(1, 1000)                         decimal, unquoted, in the closed range
//   field::number(0.0, 1.0)                         decimal, unquoted, finite, in the closed range
//   field::quantity<Bytes>(Bound::positive)         number and unit
//   field::enumeration(table)                       table: std::array of {word, value}
//   field::list_of(field::text())                   a sequence
//   field::map_of(field::quantity<Watts>())         a map with free keys, in the order of the file
//   field::object("memory pool", read_pool)         a map with fixed keys, read by Pool
//   read_pool(MapReader&)
//
// After a complaint each returns a placeholder that meets its bounds, so that reading goes on and
// every problem shows at once. Codes: wrong-kind, number, out-of-range, unit, unknown-value,
// bad-id.
#pragma once

#include <cstdint>
#include <limits>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/diagnostic.h"
#include "base/quantity_text.h"
#include "config/node.h"
#include "config/schema.h"

namespace plimsoll {

enum class Bound { any, non_negative, positive };

namespace field {

// Who is reading: `label` is what messages call the value, for example "key 'bandwidth'".
struct Context {
  std::string label;
  Diagnostics& diagnostics;
};

struct Text {
  using Value = std::string;
  Value read(const Node& node, const Context& context) const;
  Value placeholder() const { return {}; }
  void describe(FieldSchema& schema) const { schema.type = "string"; }
};

struct Id {
  using Value = std::string;
  Value read(const Node& node, const Context& context) const;
  Value placeholder() const { return {}; }
  void describe(FieldSchema& schema) const { schema.type = "id"; }
};

struct Boolean {
  using Value = bool;
  Value read(const Node& node, const Context& context) const;
  Value placeholder() const { return false; }
  void describe(FieldSchema& schema) const { schema.type = "boolean"; }
};

struct Integer {
  using Value = std::int64_t;
  Value minimum;
  Value maximum;
  Value read(const Node& node, const Context& context) const;
  Value placeholder() const;
  void describe(FieldSchema& schema) const;
};

struct Number {
  using Value = double;
  Value minimum;
  Value maximum;
  Value read(const Node& node, const Context& context) const;
  Value placeholder() const;
  void describe(FieldSchema& schema) const;
};

namespace detail {
// The text of a scalar, or nothing after a complaint that names `expected`.
const std::string* scalar_text(const Node& node, const Context& context, std::string_view expected);
bool is_sequence(const Node& node, const Context& context);
bool is_map(const Node& node, const Context& context);
bool within(double base, Bound bound);
void report_unit(const Node& node, const Context& context, std::string_view units);
void report_bound(const Node& node, const Context& context, Bound bound);
void describe_quantity(FieldSchema& schema, std::string_view units, Bound bound);
// The position of the node's word among `words`, or nothing after a complaint.
std::optional<std::size_t> word_index(const Node& node, const Context& context,
                                      std::span<const std::string> words);
}  // namespace detail

template <class Q>
struct QuantityField {
  using Value = Q;
  Bound bound = Bound::any;

  Value read(const Node& node, const Context& context) const {
    const std::string* written = detail::scalar_text(node, context, accepted_units<Q>());
    if (!written) return placeholder();
    const std::optional<Q> quantity = parse_quantity<Q>(*written);
    if (!quantity) {
      detail::report_unit(node, context, accepted_units<Q>());
      return placeholder();
    }
    if (detail::within(quantity->base(), bound)) return *quantity;
    detail::report_bound(node, context, bound);
    return placeholder();
  }
  Value placeholder() const { return Q(bound == Bound::positive ? 1.0 : 0.0); }
  void describe(FieldSchema& schema) const {
    detail::describe_quantity(schema, accepted_units<Q>(), bound);
  }
};

// One word of an enumeration. Tables are constexpr arrays: {{"dense", Kind::dense}, {"moe",
// Kind::moe}}.
template <class E>
struct Word {
  std::string_view word;
  E value;
};

template <class E>
struct Enumeration {
  using Value = E;
  std::span<const Word<E>> words;  // at least one; the first is the placeholder

  Value read(const Node& node, const Context& context) const {
    const auto index = detail::word_index(node, context, spellings());
    return index ? words[*index].value : placeholder();
  }
  Value placeholder() const { return words.front().value; }
  void describe(FieldSchema& schema) const {
    schema.type = "enumeration";
    schema.values = spellings();
  }

 private:
  std::vector<std::string> spellings() const {
    std::vector<std::string> result;
    for (const Word<E>& word : words) result.emplace_back(word.word);
    return result;
  }
};

template <class F>
struct ListOf {
  using Value = std::vector<typename F::Value>;
  F element;

  Value read(const Node& node, const Context& context) const {
    Value result;
    if (!detail::is_sequence(node, context)) return result;
    result.reserve(node.items().size());
    for (std::size_t i = 0; i < node.items().size(); ++i) {
      const Context inner{"element " + std::to_string(i + 1) + " of " + context.label,
                          context.diagnostics};
      result.push_back(element.read(node.items()[i], inner));
    }
    return result;
  }
  Value placeholder() const { return {}; }
  void describe(FieldSchema& schema) const {
    schema.type = "list";
    element.describe(schema.element.emplace_back());
  }
};

template <class F>
struct MapOf {
  using Value = std::vector<std::pair<std::string, typename F::Value>>;
  F element;

  Value read(const Node& node, const Context& context) const {
    Value result;
    if (!detail::is_map(node, context)) return result;
    for (const MapEntry& entry : node.entries()) {
      const Context inner{"key '" + entry.key + "'", context.diagnostics};
      result.emplace_back(entry.key, element.read(entry.value, inner));
    }
    return result;
  }
  Value placeholder() const { return {}; }
  void describe(FieldSchema& schema) const {
    schema.type = "map";
    element.describe(schema.element.emplace_back());
  }
};

inline Text text() {
  return {};
}
inline Id id() {
  return {};
}
inline Boolean boolean() {
  return {};
}
inline Integer integer(std::int64_t minimum = std::numeric_limits<std::int64_t>::min(),
                       std::int64_t maximum = std::numeric_limits<std::int64_t>::max()) {
  return {minimum, maximum};
}
inline Number number(double minimum = -std::numeric_limits<double>::max(),
                     double maximum = std::numeric_limits<double>::max()) {
  return {minimum, maximum};
}
template <class Q>
QuantityField<Q> quantity(Bound bound = Bound::any) {
  return {bound};
}
template <class Table>
auto enumeration(const Table& table) {
  using E = decltype(std::begin(table)->value);
  return Enumeration<E>{std::span<const Word<E>>(table)};
}
template <class F>
ListOf<F> list_of(F element) {
  return {std::move(element)};
}
template <class F>
MapOf<F> map_of(F element) {
  return {std::move(element)};
}

}  // namespace field
}  // namespace plimsoll

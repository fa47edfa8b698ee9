#include "config/fields.h"

#include <algorithm>
#include <cmath>
#include <optional>

#include "base/names.h"
#include "base/text.h"
#include "base/utf8.h"

namespace plimsoll::field {
namespace {

// As much of a value as a message should repeat.
std::string quote(std::string_view text) {
  return "'" + shorten(text, 40) + "'";
}

void report(std::string code, const Node& node, const Context& context, std::string message,
            std::string expected, std::string suggestion = {}) {
  context.diagnostics.error(std::move(code), node.place(), std::move(message), std::move(expected),
                            std::move(suggestion));
}

void report_kind(const Node& node, const Context& context, std::string_view expected) {
  if (node.kind() == NodeKind::invalid) return;  // complained about already
  report("wrong-kind", node, context,
         context.label + " is " + std::string(plimsoll::describe(node.kind())),
         std::string(expected));
}

// The text of an unquoted scalar: "5" in quotes is text, not a number.
const std::string* plain_text(const Node& node, const Context& context, std::string_view expected) {
  const std::string* text = detail::scalar_text(node, context, expected);
  if (!text || !node.quoted()) return text;
  report("wrong-kind", node, context, context.label + " is quoted text", std::string(expected));
  return nullptr;
}

std::string range_words(const std::string& minimum, const std::string& maximum) {
  if (minimum.empty() && maximum.empty()) return {};
  if (minimum.empty()) return " of at most " + maximum;
  if (maximum.empty()) return " of at least " + minimum;
  return " from " + minimum + " to " + maximum;
}

std::string expectation(const Integer& field) {
  using Limits = std::numeric_limits<Integer::Value>;
  return "a whole number" +
         range_words(field.minimum == Limits::min() ? "" : std::to_string(field.minimum),
                     field.maximum == Limits::max() ? "" : std::to_string(field.maximum));
}

std::string expectation(const Number& field) {
  constexpr double unbounded = std::numeric_limits<double>::max();
  return "a number" +
         range_words(field.minimum == -unbounded ? "" : print_number(field.minimum, 15),
                     field.maximum == unbounded ? "" : print_number(field.maximum, 15));
}

bool is_letter_or_digit(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9');
}

bool is_id(std::string_view text) {
  constexpr std::size_t longest = 128;
  if (text.empty() || text.size() > longest || !is_letter_or_digit(text.front())) return false;
  return std::all_of(text.begin(), text.end(), [](char c) {
    return is_letter_or_digit(c) || c == '.' || c == '_' || c == '+' || c == '-';
  });
}

}  // namespace

namespace detail {

const std::string* scalar_text(const Node& node, const Context& context,
                               std::string_view expected) {
  if (node.kind() == NodeKind::scalar) return &node.text();
  report_kind(node, context, expected);
  return nullptr;
}

bool is_sequence(const Node& node, const Context& context) {
  if (node.kind() == NodeKind::sequence) return true;
  report_kind(node, context, "a list");
  return false;
}

bool is_map(const Node& node, const Context& context) {
  if (node.kind() == NodeKind::map) return true;
  report_kind(node, context, "a map");
  return false;
}

bool within(double base, Bound bound) {
  switch (bound) {
    case Bound::any:
      return true;
    case Bound::non_negative:
      return base >= 0.0;
    case Bound::positive:
      return base > 0.0;
  }
  return false;
}

void report_unit(const Node& node, const Context& context, std::string_view units) {
  report("unit", node, context,
         quote(node.text()) + " is no quantity that " + context.label + " can have",
         "a finite number and one of " + std::string(units));
}

void report_bound(const Node& node, const Context& context, Bound bound) {
  report("out-of-range", node, context, context.label + " is " + quote(node.text()),
         bound == Bound::positive ? "more than 0" : "0 or more");
}

void describe_quantity(FieldSchema& schema, std::string_view units, Bound bound) {
  schema.type = "quantity";
  schema.unit = units;
  if (bound != Bound::any) schema.minimum = 0.0;
}

std::optional<std::size_t> word_index(const Node& node, const Context& context,
                                      std::span<const std::string> words) {
  const std::string expected = "one of " + joined(words);
  const std::string* text = scalar_text(node, context, expected);
  if (!text) return std::nullopt;
  const auto found = std::find(words.begin(), words.end(), *text);
  if (found != words.end()) return static_cast<std::size_t>(found - words.begin());
  report("unknown-value", node, context, context.label + " cannot be " + quote(*text), expected,
         nearest_name(*text, words).value_or(""));
  return std::nullopt;
}

}  // namespace detail

Text::Value Text::read(const Node& node, const Context& context) const {
  const std::string* written = detail::scalar_text(node, context, "text");
  return written ? *written : placeholder();
}

Id::Value Id::read(const Node& node, const Context& context) const {
  constexpr std::string_view expected =
      "letters, digits, '.', '_', '+' and '-', starting with a letter or digit";
  const std::string* written = detail::scalar_text(node, context, expected);
  if (!written) return placeholder();
  if (is_id(*written)) return *written;
  report("bad-id", node, context, quote(*written) + " is no id", std::string(expected));
  return placeholder();
}

Boolean::Value Boolean::read(const Node& node, const Context& context) const {
  const std::string* written = plain_text(node, context, "true or false");
  if (!written) return placeholder();
  if (*written == "true" || *written == "false") return *written == "true";
  report("wrong-kind", node, context, context.label + " is " + quote(*written), "true or false");
  return placeholder();
}

Integer::Value Integer::placeholder() const {
  return std::clamp<Value>(0, minimum, maximum);
}

Integer::Value Integer::read(const Node& node, const Context& context) const {
  const std::string* written = plain_text(node, context, expectation(*this));
  if (!written) return placeholder();
  const std::optional<long long> value = parse_integer(*written);
  if (!value) {
    report("number", node, context, context.label + " is " + quote(*written), expectation(*this));
    return placeholder();
  }
  if (*value >= minimum && *value <= maximum) return *value;
  report("out-of-range", node, context, context.label + " is " + *written, expectation(*this));
  return placeholder();
}

void Integer::describe(FieldSchema& schema) const {
  using Limits = std::numeric_limits<Value>;
  schema.type = "integer";
  if (minimum != Limits::min()) schema.minimum = static_cast<double>(minimum);
  if (maximum != Limits::max()) schema.maximum = static_cast<double>(maximum);
}

Number::Value Number::placeholder() const {
  return std::clamp(0.0, minimum, maximum);
}

Number::Value Number::read(const Node& node, const Context& context) const {
  const std::string* written = plain_text(node, context, expectation(*this));
  if (!written) return placeholder();
  const std::optional<double> value = parse_number(*written);
  if (!value) {
    report("number", node, context, context.label + " is " + quote(*written), expectation(*this));
    return placeholder();
  }
  if (*value >= minimum && *value <= maximum) return *value;
  report("out-of-range", node, context, context.label + " is " + quote(*written),
         expectation(*this));
  return placeholder();
}

void Number::describe(FieldSchema& schema) const {
  constexpr double unbounded = std::numeric_limits<double>::max();
  schema.type = "number";
  if (minimum != -unbounded) schema.minimum = minimum;
  if (maximum != unbounded) schema.maximum = maximum;
}

}  // namespace plimsoll::field

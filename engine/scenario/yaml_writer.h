// Writes values that a user gave as YAML, a line each.
#pragma once

#include <string>
#include <string_view>
#include <type_traits>
#include <utility>
#include <vector>

#include "base/quantity_text.h"
#include "catalog/date.h"
#include "catalog/words.h"
#include "scenario/given.h"

namespace plimsoll {

// In double quotes, whatever it holds.
std::string quoted(const std::string& text);

// The shortest decimal that reads back to the very same value; without an exponent.
std::string exact_number(double value);

class YamlWriter {
 public:
  // "key: value", or "key:" where a map follows.
  void line(int indent, std::string_view key, const std::string& value);
  void item(int indent, const std::string& value);
  void texts(int indent, std::string_view key, const std::vector<std::string>& list);
  template <class T>
  void given(int indent, std::string_view key, const Given<T>& value) {
    if (value.has()) line(indent, key, text_of(*value.value));
  }
  std::string take() { return std::move(text_); }

 private:
  static std::string text_of(const std::string& value) { return quoted(value); }
  static std::string text_of(const Date& value) { return quoted(to_text(value)); }
  static std::string text_of(bool value) { return value ? "true" : "false"; }
  static std::string text_of(double value) { return exact_number(value); }
  static std::string text_of(Bytes value) { return print_exact(value); }
  static std::string text_of(Watts value) { return print_exact(value); }
  static std::string text_of(Seconds value) { return print_exact(value); }
  template <class T>
  static std::string text_of(T value) {
    if constexpr (requires { to_text(value); })
      return std::string(to_text(value));
    else if constexpr (std::is_enum_v<T>)
      return std::string(word(value));
    else
      return std::to_string(value);
  }

  std::string text_;
};

}  // namespace plimsoll

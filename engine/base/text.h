// Small steps on text that several rooms share.
#pragma once

#include <string>
#include <string_view>

namespace plimsoll {

// In every locale.
constexpr bool is_digit(char c) {
  return c >= '0' && c <= '9';
}

// Without the blanks (spaces, tabs, carriage returns) around it.
constexpr std::string_view trimmed(std::string_view text) {
  constexpr std::string_view blanks = " \t\r";
  const std::size_t first = text.find_first_not_of(blanks);
  if (first == std::string_view::npos) return {};
  return text.substr(first, text.find_last_not_of(blanks) - first + 1);
}

inline std::string truth(bool value) {
  return value ? "true" : "false";
}

inline std::string in_quotes(std::string_view text) {
  return "'" + std::string(text) + "'";
}

// "a, b, c".
template <class Texts>
std::string joined(const Texts& texts, std::string_view separator = ", ") {
  std::string all;
  for (const auto& text : texts) {
    if (!all.empty()) all += separator;
    all += text;
  }
  return all;
}

}  // namespace plimsoll

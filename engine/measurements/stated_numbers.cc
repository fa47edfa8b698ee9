#include "measurements/stated_numbers.h"

#include "base/quantity_text.h"
#include "base/text.h"

namespace plimsoll {

std::optional<std::int64_t> number_before_word(std::string_view text, std::string_view word) {
  const std::size_t at = text.find(word);
  if (at == std::string_view::npos) return std::nullopt;
  const std::string_view before = trimmed(text.substr(0, at));
  std::size_t begin = before.size();
  while (begin > 0 && is_digit(before[begin - 1])) --begin;
  return parse_integer(before.substr(begin));
}

std::optional<std::int64_t> number_after_word(std::string_view text, std::string_view word) {
  const std::size_t at = text.find(word);
  if (at == std::string_view::npos) return std::nullopt;
  const std::string_view behind = trimmed(text.substr(at + word.size()));
  std::size_t end = 0;
  while (end < behind.size() && is_digit(behind[end])) ++end;
  return parse_integer(behind.substr(0, end));
}

}  // namespace plimsoll

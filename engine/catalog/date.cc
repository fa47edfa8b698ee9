#include "catalog/date.h"

#include <array>

#include "base/quantity_text.h"

namespace plimsoll {

namespace {

constexpr std::array<int, 13> longest_month = {0, 31, 29, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};

// "05" -> 5: exactly two digits.
std::optional<int> two_digits(std::string_view text) {
  const auto is_digit = [](char c) { return c >= '0' && c <= '9'; };
  if (text.size() != 2 || !is_digit(text[0]) || !is_digit(text[1])) return std::nullopt;
  return (text[0] - '0') * 10 + (text[1] - '0');
}

std::string padded(int number) {
  return (number < 10 ? "0" : "") + std::to_string(number);
}

}  // namespace

std::optional<Date> parse_date(std::string_view text) {
  const bool has_month = text.size() > 4;
  const bool has_day = text.size() > 7;
  if ((has_month && text[4] != '-') || (has_day && text[7] != '-')) return std::nullopt;
  const auto year = parse_integer(text.substr(0, 4));
  if (!year || *year < 1000) return std::nullopt;
  Date date{.year = static_cast<int>(*year), .month = 0, .day = 0};
  if (!has_month) return date;
  const auto month = two_digits(text.substr(5, has_day ? 2 : std::string_view::npos));
  if (!month || *month < 1 || *month > 12) return std::nullopt;
  date.month = *month;
  if (!has_day) return date;
  const auto day = two_digits(text.substr(8));
  if (!day || *day < 1 || *day > longest_month[static_cast<std::size_t>(*month)])
    return std::nullopt;
  date.day = *day;
  return date;
}

std::string to_text(const Date& date) {
  std::string text = std::to_string(date.year);
  if (date.month > 0) text += "-" + padded(date.month);
  if (date.day > 0) text += "-" + padded(date.day);
  return text;
}

}  // namespace plimsoll

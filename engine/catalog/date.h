// Dates as sources give them: a year, a month or a day.
#pragma once

#include <compare>
#include <optional>
#include <string>
#include <string_view>

namespace plimsoll {

// What is not stated is 0, which sorts before what is.
struct Date {
  int year = 0;
  int month = 0;  // 1 to 12
  int day = 0;    // 1 to 31
  friend auto operator<=>(const Date&, const Date&) = default;
};

// "2026", "2026-05" or "2026-05-20"; nothing for any other text.
std::optional<Date> parse_date(std::string_view text);
// The same form back.
std::string to_text(const Date& date);

// What a price says whose source gives no date.
inline constexpr std::string_view undated = "undated";

}  // namespace plimsoll

// Comma-separated values after RFC 4180, but for the line break, which is a single line feed.
#pragma once

#include <span>
#include <string>
#include <string_view>

namespace plimsoll {

// In double quotes where the text holds a comma, a quote or a line break.
std::string csv_cell(std::string_view text);

// Cells as they mean themselves, with the line break.
std::string csv_record(std::span<const std::string> cells);

// The shortest text that reads back to the same value, '.' in every locale; empty for what is not
// finite.
std::string csv_number(double value);

}  // namespace plimsoll

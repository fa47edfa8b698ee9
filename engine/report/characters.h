// Characters on a terminal: how wide they stand, and which may be shown at all.
#pragma once

#include <string>
#include <string_view>

namespace plimsoll {

// Columns a terminal uses for `text`: 0 for combining marks, 2 for wide East Asian characters and
// emoji.
int terminal_columns(std::string_view text);

// `text` without control characters and broken UTF-8 (each becomes '?'), so that a name from a file
// cannot steer the terminal. Without `unicode`, typographic characters get their ASCII spelling and
// all others become '?'.
std::string printable(std::string_view text, bool unicode);

// Splits off as many characters as fit into `width` columns, at least one.
std::string_view take_columns(std::string_view& text, int width);

}  // namespace plimsoll

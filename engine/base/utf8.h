// Text as UTF-8: is it text at all, and how wide does it stand.
#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>

namespace plimsoll {

// The offset of the first byte that is not part of well-formed UTF-8 (no overlong forms, no
// surrogates, at most U+10FFFF; RFC 3629), or nothing when all is well.
std::optional<std::size_t> first_invalid_utf8(std::string_view text);

// Code points of valid UTF-8: the columns it takes where every character is one column wide, which
// holds for everything we print ourselves (Latin letters, digits, bars, arrows).
std::size_t display_width(std::string_view text);

// Blanks up to `width` columns after (before) the text; wider text stays as it is.
std::string pad_right(std::string_view text, std::size_t width);
std::string pad_left(std::string_view text, std::size_t width);

// At most `width` columns, the last one an ellipsis when something was cut.
std::string shorten(std::string_view text, std::size_t width);

}  // namespace plimsoll

// Numbers and texts as they stand in SVG drawings.
#pragma once

#include <string>
#include <string_view>

namespace plimsoll {

// A length or place in pixels, to a tenth.
std::string svg_number(double value);

// Between tags or in an attribute's double quotes; control characters are left out.
std::string svg_text(std::string_view text);

}  // namespace plimsoll

#include "base/svg_text.h"

#include <cmath>

#include "base/quantity_text.h"

namespace plimsoll {

std::string svg_number(double value) {
  constexpr int digits = 7;
  return print_number(std::round(value * 10.0) / 10.0, digits);
}

std::string svg_text(std::string_view text) {
  std::string result;
  for (const char c : text) {
    if (c == '&')
      result += "&amp;";
    else if (c == '<')
      result += "&lt;";
    else if (c == '>')
      result += "&gt;";
    else if (c == '"')
      result += "&quot;";
    else if (static_cast<unsigned char>(c) >= ' ')
      result += c;
  }
  return result;
}

}  // namespace plimsoll

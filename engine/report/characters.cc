#include "report/characters.h"

#include <algorithm>
#include <array>
#include <cstdint>
#include <span>
#include <utility>

namespace plimsoll {
namespace {

struct Range {
  char32_t first;
  char32_t last;
};

// Unicode 15 general category Mn and zero-width format characters, the blocks that occur in names.
constexpr std::array<Range, 6> zero_width = {{{0x0300, 0x036F},
                                              {0x200B, 0x200F},
                                              {0x20D0, 0x20FF},
                                              {0x2060, 0x2064},
                                              {0xFE00, 0xFE0F},
                                              {0xFEFF, 0xFEFF}}};
// East Asian Width W and F (Unicode Standard Annex 11), by block.
constexpr std::array<Range, 9> double_width = {{{0x1100, 0x115F},
                                                {0x2E80, 0xA4CF},
                                                {0xAC00, 0xD7A3},
                                                {0xF900, 0xFAFF},
                                                {0xFE30, 0xFE6F},
                                                {0xFF00, 0xFF60},
                                                {0xFFE0, 0xFFE6},
                                                {0x1F300, 0x1FAFF},
                                                {0x20000, 0x3FFFD}}};

bool within(char32_t character, std::span<const Range> ranges) {
  return std::any_of(ranges.begin(), ranges.end(), [character](const Range& range) {
    return range.first <= character && character <= range.last;
  });
}

int width_of(char32_t character) {
  if (character < 0x0300) return 1;
  if (within(character, zero_width)) return 0;
  return within(character, double_width) ? 2 : 1;
}

constexpr char32_t broken = 0xFFFFFFFF;

int length_of_sequence(unsigned char lead) {
  if (lead < 0x80) return 1;
  if (lead >= 0xC2 && lead <= 0xDF) return 2;
  if (lead >= 0xE0 && lead <= 0xEF) return 3;
  if (lead >= 0xF0 && lead <= 0xF4) return 4;
  return 0;
}

// Takes one character off the front of `text`, or one byte that is no UTF-8 as `broken`.
std::pair<char32_t, std::string_view> take_character(std::string_view& text) {
  const auto lead = static_cast<unsigned char>(text.front());
  const auto length = static_cast<std::size_t>(length_of_sequence(lead));
  const auto fail = [&text] {
    const std::string_view byte = text.substr(0, 1);
    text.remove_prefix(1);
    return std::pair(broken, byte);
  };
  if (length == 0 || length > text.size()) return fail();
  char32_t character = length == 1 ? lead : lead & (0x7Fu >> length);
  for (std::size_t i = 1; i < length; ++i) {
    const auto next = static_cast<unsigned char>(text[i]);
    if ((next & 0xC0u) != 0x80u) return fail();
    character = (character << 6) | (next & 0x3Fu);
  }
  constexpr std::array<char32_t, 5> smallest = {0, 0, 0x80, 0x800, 0x10000};
  const bool surrogate = character >= 0xD800 && character <= 0xDFFF;
  if (character < smallest[length] || character > 0x10FFFF || surrogate) return fail();
  const std::string_view bytes = text.substr(0, length);
  text.remove_prefix(length);
  return {character, bytes};
}

bool is_control(char32_t character) {
  return character < 0x20 || (character >= 0x7F && character < 0xA0) || character == 0x2028 ||
         character == 0x2029 ||
         (character >= 0x202A && character <= 0x202E) ||  // bidirectional overrides
         (character >= 0x2066 && character <= 0x2069);
}

std::string_view ascii_spelling(char32_t character) {
  switch (character) {
    case U'\u00A0':
      return " ";
    case U'\u00B0':  // "25 °C" is "25 C"
      return "";
    case U'\u00B1':
      return "+-";
    case U'\u00B5':
    case U'\u03BC':
      return "u";
    case U'\u00D7':
      return "x";
    case U'\u2013':
    case U'\u2014':
    case U'\u2212':
    case U'\u2500':
      return "-";
    case U'\u2018':
    case U'\u2019':
      return "'";
    case U'\u201C':
    case U'\u201D':
      return "\"";
    case U'\u2026':
      return "..";
    case U'\u2192':
      return "->";
    case U'\u2264':
      return "<=";
    case U'\u2265':
      return ">=";
    default:
      return "?";
  }
}

}  // namespace

int terminal_columns(std::string_view text) {
  int width = 0;
  while (!text.empty()) width += width_of(take_character(text).first);
  return width;
}

std::string printable(std::string_view text, bool unicode) {
  std::string result;
  result.reserve(text.size());
  while (!text.empty()) {
    const auto [character, bytes] = take_character(text);
    if (character == U'\n' || character == U'\t')
      result += ' ';
    else if (character == broken || is_control(character))
      result += '?';
    else if (character < 0x80 || unicode)
      result += bytes;
    else
      result += ascii_spelling(character);
  }
  return result;
}

std::string_view take_columns(std::string_view& text, int width) {
  std::string_view rest = text;
  int used = 0;
  while (!rest.empty()) {
    std::string_view ahead = rest;
    used += width_of(take_character(ahead).first);
    if (used > width && rest.size() < text.size()) break;
    rest = ahead;
  }
  const std::string_view head = text.substr(0, text.size() - rest.size());
  text = rest;
  return head;
}

}  // namespace plimsoll

#include "scenario/yaml_writer.h"

#include <array>
#include <charconv>

namespace plimsoll {

std::string quoted(const std::string& text) {
  std::string out = "\"";
  for (char c : text) {
    if (c == '"' || c == '\\') out += '\\';
    const auto byte = static_cast<unsigned char>(c);
    constexpr unsigned char first_printable = 0x20;
    constexpr std::string_view hexadecimal = "0123456789abcdef";
    if (byte < first_printable || byte == 0x7f) {
      out += "\\x";
      out += hexadecimal[byte / 16];
      out += hexadecimal[byte % 16];
    } else {
      out += c;
    }
  }
  return out + "\"";
}

void YamlWriter::line(int indent, std::string_view key, const std::string& value) {
  text_ += std::string(static_cast<std::size_t>(indent) * 2, ' ');
  text_ += key;
  text_ += value.empty() ? ":\n" : ": " + value + "\n";
}

void YamlWriter::item(int indent, const std::string& value) {
  text_ += std::string(static_cast<std::size_t>(indent) * 2, ' ') + "- " + value + "\n";
}

void YamlWriter::texts(int indent, std::string_view key, const std::vector<std::string>& list) {
  if (list.empty()) return;
  std::string items;
  for (const std::string& text : list) items += (items.empty() ? "" : ", ") + quoted(text);
  line(indent, key, "[" + items + "]");
}

std::string exact_number(double value) {
  std::array<char, 400> digits{};
  const auto end =
      std::to_chars(digits.data(), digits.data() + digits.size(), value, std::chars_format::fixed);
  return {digits.data(), end.ptr};
}

}  // namespace plimsoll

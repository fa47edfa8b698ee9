#include "report/json_writer.h"

#include <array>
#include <charconv>
#include <cmath>
#include <utility>

#include "base/utf8.h"

namespace plimsoll {
namespace {

constexpr double largest_exact_integer = 9007199254740992.0;  // 2^53

void append_escaped(std::string& out, std::string_view text) {
  constexpr std::string_view hex = "0123456789abcdef";
  for (const char c : text) {
    const auto byte = static_cast<unsigned char>(c);
    switch (c) {
      case '"':
        out += "\\\"";
        break;
      case '\\':
        out += "\\\\";
        break;
      case '\n':
        out += "\\n";
        break;
      case '\t':
        out += "\\t";
        break;
      case '\r':
        out += "\\r";
        break;
      default:
        if (byte >= 0x20 && byte != 0x7F) {
          out += c;
        } else {
          out += "\\u00";
          out += hex[byte >> 4];
          out += hex[byte & 0xF];
        }
    }
  }
}

template <class Number>
std::string shortest(Number number) {
  std::array<char, 32> buffer{};
  const auto result = std::to_chars(buffer.data(), buffer.data() + buffer.size(), number);
  return {buffer.data(), result.ptr};
}

}  // namespace

void JsonWriter::close() {
  const Level level = levels_.back();
  levels_.pop_back();
  if (!level.empty && level.layout == Layout::lines) break_line();
  text_ += level.closing;
}

void JsonWriter::key(std::string_view name) {
  begin_item();
  text_ += '"';
  append_escaped(text_, name);
  text_ += "\": ";
  after_key_ = true;
}

void JsonWriter::value(std::string_view text) {
  begin_item();
  text_ += '"';
  while (const auto invalid = first_invalid_utf8(text)) {
    append_escaped(text_, text.substr(0, *invalid));
    text_ += "\xEF\xBF\xBD";
    text.remove_prefix(*invalid + 1);
  }
  append_escaped(text_, text);
  text_ += '"';
}

void JsonWriter::value(double number) {
  if (!std::isfinite(number)) return null();
  const bool whole = number == std::trunc(number) && std::fabs(number) < largest_exact_integer;
  raw(whole ? shortest(static_cast<std::int64_t>(number)) : shortest(number));
}

void JsonWriter::value(std::int64_t number) {
  raw(shortest(number));
}
void JsonWriter::value(bool truth) {
  raw(truth ? "true" : "false");
}
void JsonWriter::null() {
  raw("null");
}

std::string JsonWriter::take() {
  text_ += '\n';
  return std::exchange(text_, {});
}

void JsonWriter::open(char opening, char closing, Layout layout) {
  begin_item();
  text_ += opening;
  const bool inherited = !levels_.empty() && levels_.back().layout == Layout::inline_;
  levels_.push_back({closing, inherited ? Layout::inline_ : layout});
}

// Comma and line break before every item but a value after its key.
void JsonWriter::begin_item() {
  if (std::exchange(after_key_, false) || levels_.empty()) return;
  Level& level = levels_.back();
  if (!level.empty) text_ += level.layout == Layout::lines ? "," : ", ";
  level.empty = false;
  if (level.layout == Layout::lines) break_line();
}

void JsonWriter::break_line() {
  text_ += '\n';
  text_.append(2 * levels_.size(), ' ');
}

void JsonWriter::raw(std::string_view text) {
  begin_item();
  text_ += text;
}

}  // namespace plimsoll

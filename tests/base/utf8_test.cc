#include "base/utf8.h"

#include "support/catch.h"

namespace plimsoll {
namespace {

TEST_CASE("well-formed UTF-8 after RFC 3629", "[base]") {
  for (const char* text : {"", "plain", "\u00B5s", "\u2588\u2591", "\U0010FFFF", "\uFFFD"}) {
    CAPTURE(text);
    CHECK_FALSE(first_invalid_utf8(text).has_value());
  }
  CHECK(first_invalid_utf8("ab\x80") == 2);            // continuation without lead
  CHECK(first_invalid_utf8("\xC0\xAF") == 0);          // overlong '/'
  CHECK(first_invalid_utf8("\xE0\x80\xAF") == 0);      // overlong
  CHECK(first_invalid_utf8("\xED\xA0\x80") == 0);      // surrogate
  CHECK(first_invalid_utf8("\xF4\x90\x80\x80") == 0);  // above U+10FFFF
  CHECK(first_invalid_utf8("a\xE2\x82") == 1);         // cut off
  CHECK(first_invalid_utf8("\xFF\xFE") == 0);          // UTF-16 mark
}

TEST_CASE("width counts code points", "[base]") {
  CHECK(display_width("1.6 \u00B5s") == 6);
  CHECK(pad_right("\u00B5s", 4) == "\u00B5s  ");
  CHECK(pad_left("\u00B5s", 4) == "  \u00B5s");
  CHECK(pad_left("long", 2) == "long");
  CHECK(shorten("abcdef", 6) == "abcdef");
  CHECK(shorten("abcdef", 4) == "abc\u2026");
  CHECK(shorten("\u00B5\u00B5\u00B5", 2) == "\u00B5\u2026");
  CHECK(shorten("abc", 1) == "\u2026");
  CHECK(shorten("abc", 0) == "");
}

}  // namespace
}  // namespace plimsoll

#include "base/svg_text.h"

#include "support/catch.h"

namespace plimsoll {
namespace {

TEST_CASE("places in drawings are tenths of a pixel", "[svg]") {
  CHECK(svg_number(1059.96) == "1060");
  CHECK(svg_number(78.04) == "78");
  CHECK(svg_number(78.06) == "78.1");
  CHECK(svg_number(-0.25) == "-0.3");
}

TEST_CASE("text in drawings cannot end a tag or an attribute", "[svg]") {
  CHECK(svg_text("a<b & \"c\">\n\td") == "a&lt;b &amp; &quot;c&quot;&gt;d");
  CHECK(svg_text("Größe") == "Größe");
}

}  // namespace
}  // namespace plimsoll

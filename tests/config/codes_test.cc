#include "config/codes.h"

#include <fstream>
#include <iterator>
#include <set>
#include <string>

#include "support/catch.h"

namespace plimsoll {
namespace {

// The build passes the repository's root; by hand the tests run there.
#ifndef PLIMSOLL_SOURCE_DIR
#define PLIMSOLL_SOURCE_DIR "."
#endif

TEST_CASE("every code is unique and has its line in doc/diagnostics.md", "[config]") {
  std::ifstream in(PLIMSOLL_SOURCE_DIR "/doc/diagnostics.md");
  const std::string page{std::istreambuf_iterator<char>(in), {}};
  REQUIRE_FALSE(page.empty());
  std::set<std::string_view> seen;
  for (const std::string_view code : config_diagnostic_codes()) {
    CAPTURE(code);
    CHECK(seen.insert(code).second);
    CHECK(page.find("\n| `" + std::string(code) + "` | ") != std::string::npos);
  }
  CHECK(page.find("\n| `unwritable` | ") != std::string::npos);
}

}  // namespace
}  // namespace plimsoll

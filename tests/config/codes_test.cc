#include "config/codes.h"

#include <filesystem>
#include <fstream>
#include <iterator>
#include <regex>
#include <set>
#include <string>

#include "support/catch.h"

namespace plimsoll {
namespace {

// The build passes the repository's root; by hand the tests run there.
#ifndef PLIMSOLL_SOURCE_DIR
#define PLIMSOLL_SOURCE_DIR "."
#endif

std::string content_of(const std::filesystem::path& file) {
  std::ifstream in(file);
  return {std::istreambuf_iterator<char>(in), {}};
}

// The codes in the first columns of the page's tables; a row may explain several.
std::set<std::string> explained_codes() {
  std::set<std::string> codes;
  std::ifstream page(PLIMSOLL_SOURCE_DIR "/doc/diagnostics.md");
  const std::regex quoted("`([a-z-]+)`");
  for (std::string line; std::getline(page, line);) {
    if (line.rfind("| `", 0) != 0) continue;
    const std::string column = line.substr(2, line.find(" | ", 2) - 2);
    for (std::sregex_iterator code(column.begin(), column.end(), quoted), end; code != end; ++code)
      codes.insert((*code)[1]);
  }
  return codes;
}

// The literal codes of the calls that report a problem. Those of readers have the key in front of
// them: error("memory", "out-of-range", …).
std::set<std::string> reported_codes() {
  const std::regex call(R"re(\b(?:error|warning|refuse|stop|report)\(\s*)re"
                        R"re((?:[^,()";]{1,60},\s*|"[a-z_]+",\s*)?"([a-z]+(?:-[a-z]+)*)")re");
  std::set<std::string> codes;
  for (const char* folder : {"engine", "cli"}) {
    for (const auto& entry : std::filesystem::recursive_directory_iterator(
             std::filesystem::path(PLIMSOLL_SOURCE_DIR) / folder)) {
      if (entry.path().extension() != ".cc") continue;
      const std::string source = content_of(entry.path());
      for (std::sregex_iterator found(source.begin(), source.end(), call), end; found != end;
           ++found)
        codes.insert((*found)[1]);
    }
  }
  return codes;
}

TEST_CASE("every code of the room is unique and explained in doc/diagnostics.md", "[config]") {
  const std::set<std::string> explained = explained_codes();
  std::set<std::string_view> seen;
  for (const std::string_view code : config_diagnostic_codes()) {
    CAPTURE(code);
    CHECK(seen.insert(code).second);
    CHECK(explained.count(std::string(code)) == 1);
  }
}

TEST_CASE("every code that engine and program report is explained in doc/diagnostics.md",
          "[config]") {
  const std::set<std::string> explained = explained_codes();
  const std::set<std::string> reported = reported_codes();
  // One of each way to report, so that a new spelling of the calls does not empty the search.
  for (const char* known : {"missing-source", "out-of-range", "unsupported-engine", "tag", "unit",
                            "bad-value", "beyond-context", "unwritable"}) {
    CAPTURE(known);
    CHECK(reported.count(known) == 1);
  }
  for (const std::string& code : reported) {
    CAPTURE(code);
    CHECK(explained.count(code) == 1);
  }
}

}  // namespace
}  // namespace plimsoll

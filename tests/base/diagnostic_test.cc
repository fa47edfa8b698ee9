#include "base/diagnostic.h"

#include "support/catch.h"

namespace plimsoll {
namespace {

TEST_CASE("a diagnostic prints place, words and code", "[base]") {
  CHECK(to_text({.severity = Severity::error,
                 .code = "unknown-key",
                 .place = {"a.yaml", 3, 5},
                 .message = "no key 'bandwith'",
                 .expected = "another",
                 .suggestion = "bandwidth"}) ==
        "a.yaml:3:5: error: no key 'bandwith'; expected another; did you mean 'bandwidth'? "
        "[unknown-key]");
  CHECK(to_text({.severity = Severity::warning,
                 .code = "c",
                 .place = {"a.yaml", 3, 0},
                 .message = "m"}) == "a.yaml:3: warning: m [c]");
  CHECK(to_text({.code = "c", .place = {"a.yaml", 0, 0}, .message = "m"}) ==
        "a.yaml: error: m [c]");
  CHECK(to_text({.code = "c", .place = {}, .message = "m"}) == "error: m [c]");
}

TEST_CASE("diagnostics come sorted by place, then in order of discovery, equal ones once",
          "[base]") {
  Diagnostics diagnostics;
  diagnostics.error("late", {"b.yaml", 1, 1}, "m");
  diagnostics.error("second", {"a.yaml", 10, 2}, "m");
  diagnostics.error("third", {"a.yaml", 10, 2}, "m");
  diagnostics.error("first", {"a.yaml", 9, 7}, "m");
  diagnostics.error("second", {"a.yaml", 10, 2}, "m");
  std::vector<std::string> codes;
  for (const Diagnostic& d : diagnostics.sorted()) codes.push_back(d.code);
  CHECK(codes == std::vector<std::string>{"first", "second", "third", "late"});
}

TEST_CASE("only errors refuse the input", "[base]") {
  Diagnostics diagnostics;
  CHECK(diagnostics.empty());
  diagnostics.warning("w", {}, "m");
  CHECK_FALSE(diagnostics.has_errors());
  CHECK_NOTHROW(throw_if_errors(diagnostics));
  Diagnostics more;
  more.error("e", {"f", 1, 2}, "bad");
  diagnostics.append(more);
  CHECK(diagnostics.has_errors());
  diagnostics.append(diagnostics);
  CHECK(diagnostics.sorted().size() == 2);
  try {
    throw_if_errors(diagnostics);
    FAIL("must throw");
  } catch (const InputError& error) {
    CHECK(error.diagnostics().sorted().size() == 2);
    CHECK(std::string(error.what()).find("f:1:2: error: bad [e]") != std::string::npos);
  }
}

}  // namespace
}  // namespace plimsoll

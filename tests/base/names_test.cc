#include "base/names.h"

#include <vector>

#include "support/catch.h"

namespace plimsoll {
namespace {

TEST_CASE("names fold case and punctuation, not meaning", "[base]") {
  CHECK(fold_name("M3-Max (40 core)") == fold_name("m3 max 40-core"));
  CHECK(fold_name("Ryzen AI Max+ 395") == "ryzenaimax+395");
  CHECK(fold_name("Ryzen AI Max 395") != fold_name("Ryzen AI Max+ 395"));
  CHECK(fold_name("Qwen3.5") == "qwen3.5");
  CHECK(fold_name("qwen3.5") != fold_name("qwen35"));
  CHECK(fold_name("etc. 3. a.b .5 5.") == "etc3ab55");
  CHECK(fold_name("") == "");
}

TEST_CASE("the nearest name is near in edits", "[base]") {
  const std::vector<std::string> keys = {"bandwidth", "capacity", "latency", "names"};
  CHECK(nearest_name("bandwith", keys) == "bandwidth");    // one insertion
  CHECK(nearest_name("Band-Width", keys) == "bandwidth");  // folded: none
  CHECK(nearest_name("capactiy", keys) == "capacity");     // one transposition
  CHECK(nearest_name("latncyy", keys) == "latency");       // one insertion, one deletion
  CHECK(nearest_name("name", keys) == "names");
  CHECK_FALSE(nearest_name("temperature", keys).has_value());
  CHECK_FALSE(nearest_name("", keys).has_value());
  CHECK_FALSE(nearest_name("x", keys).has_value());
  CHECK_FALSE(nearest_name("bandwidth", {}).has_value());
}

TEST_CASE("the limit is a third of the name, at least 2, and a transposition counts once",
          "[base]") {
  const std::vector<std::string> nine = {"abcdefghi"};
  CHECK(nearest_name("abcdefxyz", nine).has_value());        // 3 of 9
  CHECK_FALSE(nearest_name("abcdewxyz", nine).has_value());  // 4 of 9
  CHECK(nearest_name("badcfeghi", nine).has_value());        // 3 transpositions, 6 substitutions
  const std::vector<std::string> four = {"abcd"};
  CHECK(nearest_name("abxy", four).has_value());
  CHECK_FALSE(nearest_name("axyz", four).has_value());
}

TEST_CASE("the nearest of several wins, the first of equals", "[base]") {
  const std::vector<std::string> names = {"h200-sxm", "h100-pcie", "h100-sxm", "h101-sxm"};
  CHECK(nearest_name("h100sxm", names) == "h100-sxm");
  const std::vector<std::string> equals = {"abcx", "abcy"};
  CHECK(nearest_name("abcz", equals) == "abcx");
}

TEST_CASE("garbage costs no time", "[base]") {
  const std::string garbage(10'000'000, 'a');
  const std::vector<std::string> names = {garbage, "a"};
  CHECK_FALSE(nearest_name(garbage, names).has_value());
}

}  // namespace
}  // namespace plimsoll

#include "config/header_scan.h"

#include <string>

#include "support/catch.h"

namespace plimsoll {
namespace {

TEST_CASE("a header is the four keys of the outermost map", "[config]") {
  CHECK(scan_header_text("kind: device\nid: h100\nname: \"NVIDIA H100\"\nnames: [H100 SXM, "
                         "h100-sxm5]\nrest: 1\n") ==
        EntryHeader{"device", "h100", "NVIDIA H100", {"H100 SXM", "h100-sxm5"}});
  CHECK(scan_header_text("# comment\nnames:\n- a\n- b\nmemory: {id: inner, names: [c]}\nid: x\n") ==
        EntryHeader{"", "x", "", {"a", "b"}});
}

TEST_CASE("nothing behind the header is read", "[config]") {
  const std::string head = "kind: k\nid: i\nname: n\nnames: [a]\n";
  const EntryHeader expected{"k", "i", "n", {"a"}};
  CHECK(scan_header_text(head + "broken: [") == expected);
  // Without names the header ends where the body begins.
  CHECK(scan_header_text("kind: k\nid: i\nname: n\nmemory: {a: 1}\nnames: [late]\n") ==
        EntryHeader{"k", "i", "n", {}});
  CHECK(scan_header_text(head + std::string(1'000'000, '[')) == expected);
}

TEST_CASE("what is no header is empty", "[config]") {
  for (const std::string& text :
       {std::string(), std::string("[a, b]"), std::string("just text"), std::string(1'000'000, '['),
        std::string(100, '\0'), std::string("[a]: b\nid: x\n"), std::string("- id: x\n")}) {
    CHECK(scan_header_text(text) == EntryHeader{});
  }
  CHECK(scan_header("/nowhere/missing.yaml") == EntryHeader{});
  CHECK(scan_header("/") == EntryHeader{});
  // Keys past the first 4 KiB are too late.
  CHECK(scan_header_text("id: x\n" + std::string(5000, '#') + "\nkind: k\n") ==
        EntryHeader{"", "x", "", {}});
}

}  // namespace
}  // namespace plimsoll

#include "config/overrides.h"

#include <string>
#include <vector>

#include "config/document.h"
#include "support/catch.h"

namespace plimsoll {
namespace {

// The tree as flow YAML, quotes left out.
std::string flow(const Node& node) {
  std::string text;
  switch (node.kind()) {
    case NodeKind::invalid:
      return "invalid";
    case NodeKind::null:
      return "~";
    case NodeKind::scalar:
      return node.text();
    case NodeKind::sequence:
      for (const Node& item : node.items()) text += (text.empty() ? "" : ", ") + flow(item);
      return "[" + text + "]";
    case NodeKind::map:
      for (const MapEntry& entry : node.entries()) {
        text += (text.empty() ? "" : ", ") + entry.key + ": " + flow(entry.value);
      }
      return "{" + text + "}";
  }
  return "";
}

struct Changed {
  std::string tree;
  std::vector<Diagnostic> problems;
};

Changed changed_by(std::string_view yaml, const std::vector<std::string>& assignments) {
  Diagnostics diagnostics;
  const Document document = Document::parse(yaml, "f", diagnostics);
  REQUIRE(diagnostics.empty());
  const Node changed = apply_overrides(document.root(), assignments, diagnostics);
  return {flow(changed), diagnostics.sorted()};
}

TEST_CASE("assignments change, add and replace", "[config]") {
  const std::string yaml = "{a: 1, b: {c: [x, {d: 2}]}, n: ~, q3.5: z}";
  const auto tree = [&](const std::vector<std::string>& assignments) {
    const Changed outcome = changed_by(yaml, assignments);
    CHECK(outcome.problems.empty());
    return outcome.tree;
  };
  CHECK(tree({"a=5 GB"}) == "{a: 5 GB, b: {c: [x, {d: 2}]}, n: ~, q3.5: z}");
  CHECK(tree({"a=x=y"}) == "{a: x=y, b: {c: [x, {d: 2}]}, n: ~, q3.5: z}");
  CHECK(tree({"b.c.1.d=9"}) == "{a: 1, b: {c: [x, {d: 9}]}, n: ~, q3.5: z}");
  CHECK(tree({"b.c.2=new"}) == "{a: 1, b: {c: [x, {d: 2}, new]}, n: ~, q3.5: z}");
  CHECK(tree({"b.e.f=[1, 2]"}) == "{a: 1, b: {c: [x, {d: 2}], e: {f: [1, 2]}}, n: ~, q3.5: z}");
  CHECK(tree({"n.m={k: v}"}) == "{a: 1, b: {c: [x, {d: 2}]}, n: {m: {k: v}}, q3.5: z}");
  CHECK(tree({"\"q3.5\"=y", "b=1"}) == "{a: 1, b: 1, n: ~, q3.5: y}");
  CHECK(tree({"a=1", "a=2"}) == "{a: 2, b: {c: [x, {d: 2}]}, n: ~, q3.5: z}");
}

TEST_CASE("values from the command line say so", "[config]") {
  Diagnostics diagnostics;
  const Node root = apply_override(Node(), "a.b='5'", diagnostics);
  REQUIRE(diagnostics.empty());
  CHECK(flow(root) == "{a: {b: 5}}");
  CHECK(root.find("a")->find("b")->quoted());
  CHECK(root.find("a")->find("b")->place() == SourcePlace{"--set a.b", 1, 1});
}

TEST_CASE("wrong assignments change nothing and say why", "[config]") {
  const std::string yaml = "{a: 1, l: [x]}";
  const std::pair<std::string, std::string> cases[] = {
      {"a", "bad-override"},      {"=1", "bad-override"},    {"a..b=1", "bad-override"},
      {".a=1", "bad-override"},   {"\"a=1", "bad-override"}, {"a.b=1", "bad-override"},
      {"", "bad-override"},       {"l.2=1", "out-of-range"}, {"l.x=1", "out-of-range"},
      {"l.-1=1", "out-of-range"}, {"a=", "empty"},           {"a=[1", "syntax"},
      {"a=&x 1", "alias"},        {"a=\xFF", "not-text"}};
  for (const auto& [assignment, code] : cases) {
    CAPTURE(assignment);
    const Changed outcome = changed_by(yaml, {assignment});
    CHECK(outcome.tree == yaml);
    REQUIRE(outcome.problems.size() == 1);
    CHECK(outcome.problems[0].code == code);
    CHECK(outcome.problems[0].place.file.starts_with("--set"));
  }
  std::string deep = "a";
  for (int i = 0; i < 100'000; ++i) deep += ".a";
  CHECK(changed_by(yaml, {deep + "=1"}).problems.at(0).code == "bad-override");
}

}  // namespace
}  // namespace plimsoll

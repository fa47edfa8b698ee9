#include "config/document.h"

#include <chrono>
#include <cstdio>
#include <filesystem>
#include <fstream>
#include <string>
#include <unistd.h>
#include <vector>

#include "base/rng.h"
#include "config/header_scan.h"
#include "support/catch.h"

namespace plimsoll {
namespace {

// Generous on a shared machine; the point is that nothing is quadratic or unbounded.
constexpr double bounded_seconds = 10.0;

double seconds_of(const auto& work) {
  const auto start = std::chrono::steady_clock::now();
  work();
  return std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count();
}

std::vector<Diagnostic> problems_of(std::string_view text, const DocumentLimits& limits = {}) {
  Diagnostics diagnostics;
  const Document document = Document::parse(text, "f.yaml", diagnostics, limits);
  if (document.root().kind() == NodeKind::invalid) CHECK(diagnostics.has_errors());
  return diagnostics.sorted();
}

struct BrokenText {
  std::string text;
  std::string code;
  int line;
  int column;
};

TEST_CASE("every broken text has one diagnostic with its place", "[config]") {
  const BrokenText cases[] = {
      {"", "empty", 0, 0},
      {"# only a comment\n", "empty", 0, 0},
      {"~\n", "empty", 0, 0},
      {"a: [1, 2\n", "syntax", 2, 1},
      {"a: b: c\n", "syntax", 1, 5},
      {"a: 1\n\tb: 2\n", "syntax", 2, 1},
      {"a: \"open\n", "syntax", 2, 1},
      {"a: 1\nb: 2\na: 3\n", "duplicate-key", 3, 1},
      {"m: {x: 1, x: 2}\n", "duplicate-key", 1, 11},
      {"a: &x 1\n", "alias", 1, 4},
      {"a: 1\nb: *x\n", "syntax", 2, 4},  // unknown name: the parser is first
      {"a: !!int 1\n", "tag", 1, 4},
      {"a: !foo [1]\n", "tag", 1, 4},
      {"[a, b]: 1\n", "complex-key", 1, 1},
      {"? {a: b}\n: 1\n", "complex-key", 1, 3},
      {": 1\n", "complex-key", 1, 1},
      {"a: 1\n---\nb: 2\n", "many-documents", 2, 1},
      {std::string("a: 1\nb: \0\n", 10), "not-text", 2, 4},
      {"a: \x04", "not-text", 1, 4},  // yaml-cpp's own end-of-file mark
      {"\u00B5: \xFF\n", "not-text", 1, 4},
      {"\xFF\xFE"
       "a",
       "not-text", 1, 1},  // UTF-16
      {std::string(65, '['), "too-deep", 1, 1},
      {"a: " + std::string(66, '['), "too-deep", 1, 5},  // where the brackets begin
      {"{a: 1,\n b: 2\n", "syntax", 1, 1},
      {"[a, ']', # ]\n b\n", "syntax", 1, 1},
  };
  for (const BrokenText& c : cases) {
    CAPTURE(c.text);
    const auto problems = problems_of(c.text);
    REQUIRE(problems.size() == 1);
    CAPTURE(to_text(problems[0]));
    CHECK(problems[0].code == c.code);
    CHECK(problems[0].place == SourcePlace{"f.yaml", c.line, c.column});
  }
}

TEST_CASE("nodes know kind, text, quotes and place", "[config]") {
  Diagnostics diagnostics;
  const std::string text =
      "\xEF\xBB\xBF"                 // a byte order mark is no column
      "id: h100\r\n"                 // line 1, with a carriage return
      "\u00B5: \u00B5s # comment\n"  // columns count characters
      "memory:\n"                    // line 3
      "  - {name: \"HBM\", size: 80 GB}\n"
      "  - name: x\n"
      "    size:\n"
      "empty: ~\n"
      "list:\n- 010\n- yes\n";
  const Document document = Document::parse(text, "f.yaml", diagnostics);
  for (const auto& d : diagnostics.sorted()) UNSCOPED_INFO(to_text(d));
  REQUIRE(diagnostics.empty());
  const Node& root = document.root();
  REQUIRE(root.kind() == NodeKind::map);
  CHECK(root.place() == SourcePlace{"f.yaml", 1, 1});
  CHECK(root.find("id")->text() == "h100");
  CHECK(root.find("id")->place() == SourcePlace{"f.yaml", 1, 5});
  CHECK_FALSE(root.find("id")->quoted());
  CHECK(root.find("\u00B5")->place() == SourcePlace{"f.yaml", 2, 4});

  const Node& memory = *root.find("memory");
  REQUIRE(memory.items().size() == 2);
  CHECK(memory.place() == SourcePlace{"f.yaml", 3, 1});  // a block list stands at its key
  const Node& first = memory.items()[0];
  CHECK(first.place() == SourcePlace{"f.yaml", 4, 5});  // a flow map at its brace
  CHECK(first.find("name")->quoted());
  CHECK(first.find("size")->place() == SourcePlace{"f.yaml", 4, 25});
  CHECK(first.find("size")->text() == "80 GB");
  const Node& second = memory.items()[1];
  CHECK(second.place() == SourcePlace{"f.yaml", 5, 5});  // below a dash at its first key
  CHECK(second.find("size")->kind() == NodeKind::null);
  CHECK(second.find("size")->place() == SourcePlace{"f.yaml", 6, 5});
  CHECK(root.find("empty")->kind() == NodeKind::null);
  CHECK(root.find("list")->items()[0].text() == "010");
  CHECK(root.find("list")->items()[1].text() == "yes");
  CHECK(root.find("nothing") == nullptr);
}

TEST_CASE("the first of duplicate keys stays, and further problems still show", "[config]") {
  Diagnostics diagnostics;
  const Document document = Document::parse("a: 1\na: 2\nb: {c: 1, c: 2}\n", "f", diagnostics);
  CHECK(diagnostics.sorted().size() == 2);
  CHECK(document.root().find("a")->text() == "1");
}

TEST_CASE("limits are those given", "[config]") {
  CHECK(problems_of("[[1]]", {.depth = 2}).empty());
  CHECK(problems_of("[[[1]]]", {.depth = 2}).at(0).code == "too-deep");
  CHECK(problems_of("[1, 2]", {.nodes = 3}).empty());
  CHECK(problems_of("[1, 2, 3]", {.nodes = 3}).at(0).code == "too-large");
  CHECK(problems_of("a: 12345", {.bytes = 8}).empty());
  CHECK(problems_of("a: 123456", {.bytes = 8}).at(0).code == "too-large");
  // 64 levels are allowed by default.
  CHECK(problems_of(std::string(64, '[') + std::string(64, ']')).empty());
}

// ---- Hostile input
// ---------------------------------------------------------------------------------------------

std::string repeated(std::string_view unit, std::size_t bytes) {
  std::string text;
  text.reserve(bytes + unit.size());
  while (text.size() < bytes) text += unit;
  return text;
}

std::string staircase(int levels) {
  std::string text;
  for (int i = 0; i < levels; ++i) text += std::string(static_cast<std::size_t>(i), ' ') + "a:\n";
  return text;
}

TEST_CASE("deep nesting of every style is stopped, not followed", "[config]") {
  for (const std::string& text :
       {std::string(100'000, '['), std::string(100'000, '{'), repeated("{a: ", 400'000),
        repeated("[{a: ", 400'000), repeated("- ", 200'000), repeated("[\n", 200'000),
        staircase(3000)}) {
    CAPTURE(text.substr(0, 12));
    std::vector<Diagnostic> problems;
    CHECK(seconds_of([&] { problems = problems_of(text); }) < bounded_seconds);
    REQUIRE(problems.size() == 1);
    CHECK(problems[0].code == "too-deep");
  }
}

TEST_CASE("long input of any shape ends in bounded time", "[config]") {
  constexpr std::size_t bytes = std::size_t{4} << 20;
  for (const std::string_view unit : {"[",       "a,",      ",",  "- a\n", "a ",  "\n",
                                      " ",       "#",       "\"", "'",     "&a ", "!a ",
                                      "*a ",     "|\n",     ": ", "a: ",   "%",   "%TAG ! a\n",
                                      "--- a\n", "{a: b},", "\\", "\u00B5"}) {
    const std::string text = repeated(unit, bytes);
    CAPTURE(unit);
    CHECK(seconds_of([&] { problems_of(text); }) < bounded_seconds);
    const std::string open = "[" + repeated(unit, bytes);
    CHECK(seconds_of([&] { problems_of(open); }) < bounded_seconds);
  }
}

TEST_CASE("binary garbage and mutated files never crash", "[config]") {
  const std::string valid =
      "kind: device\nid: x\nlist:\n- a: 1\n  b: [1, {c: \"d\"}]\n- |\n  text\n- >-\n  more\n"
      "? key\n: value\nquoted: 'it''s'\nmap: {a: b, ? c, \"d\": e}\n";
  const std::string_view alphabet = "[]{},:-?!&*#|>'\"%@`\n \tab0~\\.=<";
  Rng rng(1, "fuzz");
  for (int i = 0; i < 20'000; ++i) {
    std::string text = valid;
    for (std::uint64_t edits = 1 + rng.below(8); edits > 0; --edits) {
      const auto at = static_cast<std::size_t>(rng.below(text.size()));
      const char c = alphabet[static_cast<std::size_t>(rng.below(alphabet.size()))];
      if (rng.below(2) == 0) {
        text[at] = c;
      } else {
        text.insert(at, 1, c);
      }
      if (rng.below(8) == 0) text.erase(at, static_cast<std::size_t>(rng.below(20)));
      if (text.empty()) text = "a";
    }
    problems_of(text);
    scan_header_text(text);
  }
  std::string garbage(1'000'000, '\0');
  for (char& c : garbage) c = static_cast<char>(rng.below(256));
  const auto problems = problems_of(garbage);
  REQUIRE(problems.size() == 1);
  CHECK(problems[0].code == "not-text");
}

// ---- Files
// -----------------------------------------------------------------------------------------------------

class TemporaryFile {
 public:
  TemporaryFile() {
    std::string name =
        (std::filesystem::temp_directory_path() / "plimsoll-document-XXXXXX").string();
    const int fd = ::mkstemp(name.data());
    REQUIRE(fd >= 0);
    ::close(fd);
    path_ = name;
  }
  ~TemporaryFile() { std::filesystem::remove(path_); }
  const std::filesystem::path& path() const { return path_; }

 private:
  std::filesystem::path path_;
};

std::string code_of_file(const std::filesystem::path& path) {
  Diagnostics diagnostics;
  Document::load_file(path, diagnostics);
  const auto problems = diagnostics.sorted();
  REQUIRE(problems.size() == 1);
  CHECK(problems[0].place == SourcePlace{path.string(), 0, 0});
  return problems[0].code;
}

TEST_CASE("files are read whole, or refused at once", "[config]") {
  const TemporaryFile file;
  std::ofstream(file.path()) << "a: 1\n";
  Diagnostics diagnostics;
  const Document document = Document::load_file(file.path(), diagnostics);
  CHECK(diagnostics.empty());
  CHECK(document.root().find("a")->place() == SourcePlace{file.path().string(), 1, 4});

  CHECK(code_of_file("/nowhere/missing.yaml") == "unreadable");
  CHECK(code_of_file(std::filesystem::temp_directory_path()) == "unreadable");
  std::filesystem::resize_file(file.path(), 100'000'000);
  CHECK(seconds_of([&] { CHECK(code_of_file(file.path()) == "too-large"); }) < 0.5);
  CHECK(seconds_of([&] { CHECK(code_of_file("/dev/zero") == "too-large"); }) < bounded_seconds);
}

}  // namespace
}  // namespace plimsoll

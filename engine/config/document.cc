#include "config/document.h"

#include <algorithm>
#include <cerrno>
#include <fcntl.h>
#include <optional>
#include <sstream>
#include <sys/stat.h>
#include <system_error>
#include <unistd.h>
#include <utility>
#include <yaml-cpp/exceptions.h>
#include <yaml-cpp/parser.h>

#include "base/utf8.h"
#include "config/tree_builder.h"

namespace plimsoll {
namespace {

// ---- Reading bytes
// -------------------------------------------------------------------------------------------

void report_unreadable(const std::string& file, int error, Diagnostics& diagnostics) {
  diagnostics.error("unreadable", {.file = file},
                    "cannot read this file: " + std::generic_category().message(error));
}

void report_too_large(const std::string& file, const DocumentLimits& limits,
                      Diagnostics& diagnostics) {
  diagnostics.error("too-large", {.file = file},
                    "this file has more than " + std::to_string(limits.bytes) + " bytes",
                    "a hand-written YAML file");
}

// At most limit + 1 bytes, so that pipes and devices without a size end as well. Nothing, with
// errno, on failure.
std::optional<std::string> read_up_to(int fd, std::size_t limit, std::size_t expected) {
  std::string content;
  content.resize(std::min(limit, expected) + 1);
  std::size_t used = 0;
  while (used <= limit) {
    if (used == content.size()) content.resize(std::min(limit + 1, 2 * content.size()));
    const ssize_t n = ::read(fd, content.data() + used, content.size() - used);
    if (n < 0 && errno == EINTR) continue;
    if (n < 0) return std::nullopt;
    if (n == 0) break;
    used += static_cast<std::size_t>(n);
  }
  content.resize(used);
  return content;
}

std::optional<std::string> read_file(const std::string& file, const DocumentLimits& limits,
                                     Diagnostics& diagnostics) {
  const int fd = ::open(file.c_str(), O_RDONLY | O_CLOEXEC);
  if (fd < 0) {
    report_unreadable(file, errno, diagnostics);
    return std::nullopt;
  }
  struct stat status = {};
  const bool sized = ::fstat(fd, &status) == 0 && S_ISREG(status.st_mode);
  const std::size_t size = sized ? static_cast<std::size_t>(status.st_size) : 65536;
  std::optional<std::string> content;
  if (sized && size > limits.bytes) {
    report_too_large(file, limits, diagnostics);
  } else {
    content = read_up_to(fd, limits.bytes, size);
    if (!content) report_unreadable(file, errno, diagnostics);
  }
  ::close(fd);
  return content;
}

// ---- Checks before the parser sees the text
// ----------------------------------------------------------------

SourcePlace place_of_offset(std::string_view text, std::size_t offset, const std::string& file) {
  const std::string_view before = text.substr(0, offset);
  const std::size_t newline = before.rfind('\n');
  const std::size_t line_start = newline == std::string_view::npos ? 0 : newline + 1;
  const auto line = 1 + std::count(before.begin(), before.end(), '\n');
  return {.file = file,
          .line = static_cast<int>(line),
          .column = 1 + static_cast<int>(display_width(before.substr(line_start)))};
}

// yaml-cpp takes some control characters for the end of the file; we refuse all that are not white
// space.
std::optional<std::size_t> first_control_character(std::string_view text) {
  for (std::size_t i = 0; i < text.size(); ++i) {
    const auto c = static_cast<unsigned char>(text[i]);
    if ((c < 0x20 && c != '\t' && c != '\n' && c != '\r') || c == 0x7F) return i;
  }
  return std::nullopt;
}

bool check_is_text(std::string_view text, const std::string& file, Diagnostics& diagnostics) {
  const std::optional<std::size_t> control = first_control_character(text);
  const std::optional<std::size_t> invalid = first_invalid_utf8(text);
  if (!control && !invalid) return true;
  const std::size_t offset = std::min(control.value_or(text.size()), invalid.value_or(text.size()));
  const bool is_control = control && *control == offset;
  diagnostics.error("not-text", place_of_offset(text, offset, file),
                    is_control ? "this file contains a control character; it is no text file"
                               : "this file is not UTF-8 text",
                    "YAML in UTF-8");
  return false;
}

// The parser keeps the tokens of an unfinished line or bracket in memory, about 100 bytes for each,
// before the first event lets the tree builder count. Every token but a scalar's inside begins a
// word or is one of these characters.
bool may_start_token(char previous, char c) {
  const auto blank = [](char x) { return x == ' ' || x == '\t' || x == '\n' || x == '\r'; };
  const bool punctuation =
      c == ',' || c == '[' || c == ']' || c == '{' || c == '}' || (c == '"' && previous == '"');
  return punctuation || (!blank(c) && blank(previous));
}

bool check_token_count(std::string_view text, const std::string& file, const DocumentLimits& limits,
                       Diagnostics& diagnostics) {
  const std::size_t most = 4 * limits.nodes;  // a value, its key, ':' and ','
  std::size_t tokens = 0;
  char previous = '\n';
  for (const char c : text) {
    tokens += may_start_token(previous, c) ? 1 : 0;
    previous = c;
  }
  if (tokens <= most) return true;
  diagnostics.error("too-large", {.file = file},
                    "this file has more than " + std::to_string(limits.nodes) + " values");
  return false;
}

// ---- Parsing
// -------------------------------------------------------------------------------------------------

// Comments and markers only: no node at all.
bool is_blank(const Node& root) {
  return root.kind() == NodeKind::null || root.kind() == NodeKind::invalid;
}

// Refuses whatever follows the first document.
class NothingExpected final : public YAML::EventHandler {
 public:
  explicit NothingExpected(TreeBuilder& builder) : builder_(builder) {}
  void OnDocumentStart(const YAML::Mark& mark) override {
    builder_.stop("many-documents", mark, "a second document starts here",
                  "one document in a file");
  }
  void OnDocumentEnd() override {}
  void OnNull(const YAML::Mark&, YAML::anchor_t) override {}
  void OnAlias(const YAML::Mark&, YAML::anchor_t) override {}
  void OnScalar(const YAML::Mark&, const std::string&, YAML::anchor_t,
                const std::string&) override {}
  void OnSequenceStart(const YAML::Mark&, const std::string&, YAML::anchor_t,
                       YAML::EmitterStyle::value) override {}
  void OnSequenceEnd() override {}
  void OnMapStart(const YAML::Mark&, const std::string&, YAML::anchor_t,
                  YAML::EmitterStyle::value) override {}
  void OnMapEnd() override {}

 private:
  TreeBuilder& builder_;
};

// An explicit end of the document: without it yaml-cpp takes a quote that is never closed for text
// up to the end.
std::string with_end_marker(std::string_view text) {
  std::string marked(text);
  if (!text.empty() && text.back() != '\n') marked += '\n';
  return marked + "...\n";
}

Node parse_tree(std::string_view text, const std::string& file, Diagnostics& diagnostics,
                const DocumentLimits& limits) {
  auto shared_file = std::make_shared<const std::string>(file);
  Node failed = Node::invalid({.file = shared_file});
  TreeBuilder builder(text, shared_file, diagnostics, limits);
  try {
    std::istringstream stream(with_end_marker(text));
    YAML::Parser parser(stream);
    const bool found = parser.HandleNextDocument(builder);
    Node root = found ? builder.take_root() : failed;
    if (is_blank(root)) {
      diagnostics.error("empty", {.file = file}, "this file has no content", "a YAML map");
      return failed;
    }
    NothingExpected nothing(builder);
    parser.HandleNextDocument(nothing);
    return root;
  } catch (const StopParsing&) {
    return failed;
  } catch (const YAML::Exception& error) {
    diagnostics.error("syntax", builder.place(error.mark).source(), "not valid YAML: " + error.msg);
    return failed;
  }
}

std::string_view without_byte_order_mark(std::string_view text) {
  constexpr std::string_view mark = "\xEF\xBB\xBF";
  return text.starts_with(mark) ? text.substr(mark.size()) : text;
}

}  // namespace

Document Document::load_file(const std::filesystem::path& path, Diagnostics& diagnostics,
                             const DocumentLimits& limits) {
  const std::string file = path.string();
  const std::optional<std::string> content = read_file(file, limits, diagnostics);
  if (content) return parse(*content, file, diagnostics, limits);
  return Document(Node::invalid({.file = std::make_shared<const std::string>(file)}), file);
}

Document Document::parse(std::string_view text, const std::string& file_name,
                         Diagnostics& diagnostics, const DocumentLimits& limits) {
  Node failed = Node::invalid({.file = std::make_shared<const std::string>(file_name)});
  if (text.size() > limits.bytes) {
    report_too_large(file_name, limits, diagnostics);
    return Document(failed, file_name);
  }
  text = without_byte_order_mark(text);
  if (!check_is_text(text, file_name, diagnostics) ||
      !check_token_count(text, file_name, limits, diagnostics)) {
    return Document(failed, file_name);
  }
  return Document(parse_tree(text, file_name, diagnostics, limits), file_name);
}

}  // namespace plimsoll

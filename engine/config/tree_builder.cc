#include "config/tree_builder.h"

#include <algorithm>
#include <utility>

#include "base/utf8.h"

namespace plimsoll {
namespace {

// More of the same complaint helps nobody.
constexpr std::size_t most_duplicates = 20;

// How the bracket at the start of `text` ends.
enum class BracketEnd { closed, open, too_deep };

// Quotes begin only where a value may, and a comment only after a blank.
BracketEnd find_bracket_end(std::string_view text, int most_depth) {
  int depth = 0;
  char previous = ' ';
  for (std::size_t i = 0; i < text.size(); ++i) {
    const char c = text[i];
    const bool blank_before = previous == ' ' || previous == '\t' || previous == '\n';
    const bool value_start = blank_before || previous == ',' || previous == '[' || previous == '{';
    if ((c == '"' || c == '\'') && value_start) {
      for (++i; i < text.size() && text[i] != c; ++i) i += c == '"' && text[i] == '\\' ? 1 : 0;
    } else if (c == '#' && blank_before) {
      i = std::min(text.find('\n', i), text.size());
    } else if (c == '[' || c == '{') {
      if (++depth > most_depth) return BracketEnd::too_deep;
    } else if (c == ']' || c == '}') {
      if (--depth == 0) return BracketEnd::closed;
    }
    previous = i < text.size() ? text[i] : ' ';
  }
  return BracketEnd::open;
}

}  // namespace

TreeBuilder::TreeBuilder(std::string_view text, std::shared_ptr<const std::string> file,
                         Diagnostics& diagnostics, const DocumentLimits& limits)
    : text_(text), file_(std::move(file)), diagnostics_(diagnostics), limits_(limits) {}

NodePlace TreeBuilder::place(const YAML::Mark& mark) const {
  if (mark.line < 0 || mark.pos < 0) return {.file = file_};
  const std::size_t end = std::min(static_cast<std::size_t>(mark.pos), text_.size());
  const std::size_t bytes = std::min(static_cast<std::size_t>(mark.column), end);
  const std::size_t code_points = display_width(text_.substr(end - bytes, bytes));
  return {.file = file_, .line = mark.line + 1, .column = static_cast<int>(code_points) + 1};
}

void TreeBuilder::stop(std::string code, const YAML::Mark& mark, std::string message,
                       std::string expected) {
  diagnostics_.error(std::move(code), place(mark).source(), std::move(message),
                     std::move(expected));
  throw StopParsing{};
}

void TreeBuilder::count_node(const YAML::Mark& mark) {
  if (++nodes_ > limits_.nodes) {
    stop("too-large", mark, "this file has more than " + std::to_string(limits_.nodes) + " values");
  }
}

void TreeBuilder::check_tag(const YAML::Mark& mark, const std::string& tag) {
  // "?" is a plain value, "!" a quoted one or an explicit "this is text".
  if (tag.empty() || tag == "?" || tag == "!") return;
  stop("tag", mark, "tags like '" + shorten(tag, 40) + "' are not supported", "the plain value");
}

NodePlace TreeBuilder::place_of_value(const YAML::Mark& mark, bool own_character) const {
  const bool below_key = !levels_.empty() && levels_.back().has_key;
  return below_key && !own_character ? levels_.back().key_place : place(mark);
}

// yaml-cpp also takes a bracket that is never closed for a key, so look what the matter is.
void TreeBuilder::refuse_collection_as_key(const YAML::Mark& mark) {
  const std::size_t start = std::min(static_cast<std::size_t>(std::max(mark.pos, 0)), text_.size());
  const bool bracket = start < text_.size() && (text_[start] == '[' || text_[start] == '{');
  if (bracket) {
    const BracketEnd end = find_bracket_end(text_.substr(start), limits_.depth);
    if (end == BracketEnd::too_deep) stop_too_deep(mark);
    if (end == BracketEnd::open)
      stop("syntax", mark, "not valid YAML: this bracket is never closed");
  }
  stop("complex-key", mark, "a list or map cannot be a key", "a word");
}

void TreeBuilder::stop_too_deep(const YAML::Mark& mark) {
  stop("too-deep", mark,
       "lists and maps are nested more than " + std::to_string(limits_.depth) + " deep");
}

void TreeBuilder::set_key(const YAML::Mark& mark, const std::string& key) {
  Level& level = levels_.back();
  level.key = key;
  level.key_place = place(mark);
  level.has_key = true;
}

void TreeBuilder::add(Node node) {
  if (levels_.empty()) {
    root_ = std::move(node);
    return;
  }
  Level& level = levels_.back();
  if (!level.is_map) {
    level.items.push_back(std::move(node));
    return;
  }
  level.has_key = false;
  if (level.keys.insert(level.key).second) {
    level.entries.push_back({std::move(level.key), std::move(level.key_place), std::move(node)});
  } else if (++duplicates_ <= most_duplicates) {
    diagnostics_.error("duplicate-key", level.key_place.source(),
                       "key '" + shorten(level.key, 40) + "' stands here a second time",
                       "each key once");
  }
}

void TreeBuilder::open(bool is_map, const YAML::Mark& mark, const std::string& tag,
                       YAML::EmitterStyle::value style) {
  check_tag(mark, tag);
  if (expects_key()) refuse_collection_as_key(mark);
  count_node(mark);
  if (levels_.size() >= static_cast<std::size_t>(limits_.depth)) stop_too_deep(mark);
  Level level;
  level.is_map = is_map;
  // A block collection's mark is its first child; the key that led there says more.
  level.place = place_of_value(mark, style == YAML::EmitterStyle::Flow);
  levels_.push_back(std::move(level));
}

void TreeBuilder::close() {
  Level level = std::move(levels_.back());
  levels_.pop_back();
  add(level.is_map ? Node::map(std::move(level.entries), std::move(level.place))
                   : Node::sequence(std::move(level.items), std::move(level.place)));
}

void TreeBuilder::OnDocumentStart(const YAML::Mark&) {}

void TreeBuilder::OnNull(const YAML::Mark& mark, YAML::anchor_t) {
  if (expects_key()) stop("complex-key", mark, "a key is empty", "a word before the ':'");
  count_node(mark);
  add(Node::null(place_of_value(mark, false)));
}

void TreeBuilder::OnAlias(const YAML::Mark& mark, YAML::anchor_t) {
  stop("alias", mark, "aliases (*name) are not supported", "the value itself");
}

void TreeBuilder::OnAnchor(const YAML::Mark& mark, const std::string& anchor_name) {
  if (anchor_name.empty()) return;
  stop("alias", mark, "anchors (&name) are not supported", "the value itself");
}

void TreeBuilder::OnScalar(const YAML::Mark& mark, const std::string& tag, YAML::anchor_t,
                           const std::string& value) {
  check_tag(mark, tag);
  if (expects_key()) return set_key(mark, value);
  count_node(mark);
  add(Node::scalar(value, tag == "!", place(mark)));
}

void TreeBuilder::OnSequenceStart(const YAML::Mark& mark, const std::string& tag, YAML::anchor_t,
                                  YAML::EmitterStyle::value style) {
  open(false, mark, tag, style);
}

void TreeBuilder::OnSequenceEnd() {
  close();
}

void TreeBuilder::OnMapStart(const YAML::Mark& mark, const std::string& tag, YAML::anchor_t,
                             YAML::EmitterStyle::value style) {
  open(true, mark, tag, style);
}

void TreeBuilder::OnMapEnd() {
  close();
}

}  // namespace plimsoll

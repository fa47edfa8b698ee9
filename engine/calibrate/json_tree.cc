#include "calibrate/json_tree.h"

#include <iterator>
#include <memory>
#include <nlohmann/json.hpp>
#include <set>
#include <utility>
#include <vector>

#include "base/text.h"
#include "base/utf8.h"

namespace plimsoll::calibrate {
namespace {

using nlohmann::json;

// The character that was read last.
struct TextPosition {
  int line = 1;
  int column = 0;
  bool line_ended = false;

  void pass(char c) {
    if (line_ended) {
      ++line;
      column = 0;
    }
    // Continuation bytes of UTF-8 belong to the column of the first.
    if ((static_cast<unsigned char>(c) & 0xC0U) != 0x80U) ++column;
    line_ended = c == '\n';
  }
};

// Reads text and keeps count of where it is.
class CountingIterator {
 public:
  using iterator_category = std::input_iterator_tag;
  using value_type = char;
  using difference_type = std::ptrdiff_t;
  using pointer = const char*;
  using reference = const char&;

  CountingIterator(const char* at, TextPosition* position) : at_(at), position_(position) {}
  reference operator*() const { return *at_; }
  CountingIterator& operator++() {
    position_->pass(*at_++);
    return *this;
  }
  CountingIterator operator++(int) {
    CountingIterator before = *this;
    ++*this;
    return before;
  }
  friend bool operator==(const CountingIterator& a, const CountingIterator& b) {
    return a.at_ == b.at_;
  }

 private:
  const char* at_;
  TextPosition* position_;
};

class TreeBuilder final : public nlohmann::json_sax<json> {
 public:
  TreeBuilder(std::shared_ptr<const std::string> file, const TextPosition& position,
              const JsonTreeLimits& limits)
      : file_(std::move(file)), position_(position), limits_(limits) {}

  Node root;
  std::string code{};
  std::string message{};

  bool null() override { return put(Node::null(place())); }
  bool boolean(bool value) override { return put(Node::scalar(truth(value), false, place())); }
  bool number_integer(number_integer_t value) override {
    return put(Node::scalar(std::to_string(value), false, place()));
  }
  bool number_unsigned(number_unsigned_t value) override {
    return put(Node::scalar(std::to_string(value), false, place()));
  }
  bool number_float(number_float_t, const string_t& text) override {
    return put(Node::scalar(text, false, place()));
  }
  bool string(string_t& value) override {
    return put(Node::scalar(std::move(value), true, place()));
  }
  bool binary(binary_t&) override { return false; }  // not in JSON

  bool start_object(std::size_t) override { return open(false); }
  bool start_array(std::size_t) override { return open(true); }
  bool end_object() override {
    Level level = close();
    return put(Node::map(std::move(level.entries), level.place));
  }
  bool end_array() override {
    Level level = close();
    return put(Node::sequence(std::move(level.items), level.place));
  }
  bool key(string_t& name) override {
    levels_.back().key = std::move(name);
    levels_.back().key_place = place();
    return true;
  }
  bool parse_error(std::size_t, const std::string&,
                   const nlohmann::detail::exception& mistake) override {
    // "[json.exception.parse_error.101] parse error at line 1, column 2: syntax error while …"
    const std::string text = mistake.what();
    const std::size_t colon = text.find(": ");
    return refuse("syntax", "no JSON: " + (colon == text.npos ? text : text.substr(colon + 2)));
  }

 private:
  struct Level {
    bool list = false;
    NodePlace place;
    std::vector<Node> items;
    std::vector<MapEntry> entries;
    std::set<std::string> keys;
    std::string key;
    NodePlace key_place;
  };

  NodePlace place() const { return {file_, position_.line, position_.column}; }

  bool refuse(const char* why, std::string what) {
    code = why;
    message = std::move(what);
    return false;
  }

  bool count() {
    if (++values_ <= limits_.values) return true;
    return refuse("too-large", "more than " + std::to_string(limits_.values) + " values");
  }

  bool open(bool list) {
    if (!count()) return false;
    if (static_cast<int>(levels_.size()) >= limits_.depth)
      return refuse("too-deep", "nested more than " + std::to_string(limits_.depth) + " deep");
    levels_.emplace_back();
    levels_.back().list = list;
    levels_.back().place = place();
    return true;
  }

  Level close() {
    Level level = std::move(levels_.back());
    levels_.pop_back();
    return level;
  }

  bool put(Node node) {
    if (!count()) return false;
    if (levels_.empty()) {
      root = std::move(node);
      return true;
    }
    Level& level = levels_.back();
    if (level.list)
      level.items.push_back(std::move(node));
    else if (level.keys.insert(level.key).second)
      level.entries.push_back({level.key, level.key_place, std::move(node)});
    return true;
  }

  std::shared_ptr<const std::string> file_;
  const TextPosition& position_;
  JsonTreeLimits limits_;
  std::vector<Level> levels_;
  std::size_t values_ = 0;
};

}  // namespace

std::optional<Node> parse_json_tree(std::string_view text, const std::string& file, int first_line,
                                    Diagnostics& diagnostics, const JsonTreeLimits& limits) {
  if (first_invalid_utf8(text)) {
    diagnostics.error("not-text", {.file = file}, "not UTF-8");
    return std::nullopt;
  }
  TextPosition position{.line = first_line};
  TextPosition nobody;
  TreeBuilder builder(std::make_shared<const std::string>(file), position, limits);
  const CountingIterator begin(text.data(), &position);
  const CountingIterator end(text.data() + text.size(), &nobody);
  if (json::sax_parse(begin, end, &builder)) return std::move(builder.root);
  diagnostics.error(builder.code, {file, position.line, position.column}, builder.message);
  return std::nullopt;
}

}  // namespace plimsoll::calibrate

// Writes JSON (RFC 8259) in order, as text: deterministic, locale-proof, and light to compile.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace plimsoll {

// Numbers are the shortest text that reads back to the same value; what is not finite becomes null,
// as JSON has no word for it. Broken UTF-8 becomes U+FFFD. Calls must nest properly: every open_
// has its close().
class JsonWriter {
 public:
  enum class Layout { lines, inline_ };  // members one a line and indented, or all on one line

  void open_object(Layout layout = Layout::lines) { open('{', '}', layout); }
  void open_array(Layout layout = Layout::lines) { open('[', ']', layout); }
  void close();

  void key(std::string_view name);
  void value(std::string_view text);
  void value(const char* text) { value(std::string_view(text)); }
  void value(double number);
  void value(std::int64_t number);
  void value(int number) { value(static_cast<std::int64_t>(number)); }
  void value(bool truth);
  void null();

  template <class T>
  void value(const std::optional<T>& maybe) {
    if (maybe)
      value(*maybe);
    else
      null();
  }

  template <class T>
  void member(std::string_view name, const T& content) {
    key(name);
    value(content);
  }

  // "name": [...], each item written by `write(writer, item)`.
  template <class Items, class Write>
  void list(std::string_view name, const Items& items, Write write, Layout layout = Layout::lines) {
    key(name);
    open_array(layout);
    for (const auto& item : items) write(*this, item);
    close();
  }
  template <class Texts>
  void texts(std::string_view name, const Texts& items, Layout layout = Layout::lines) {
    const auto write = [](JsonWriter& json, std::string_view text) { json.value(text); };
    list(name, items, write, layout);
  }

  // The document so far, ending in a line break.
  std::string take();

 private:
  struct Level {
    char closing;
    Layout layout;
    bool empty = true;
  };

  void open(char opening, char closing, Layout layout);
  void begin_item();
  void break_line();
  void raw(std::string_view text);

  std::string text_;
  std::vector<Level> levels_;
  bool after_key_ = false;
};

}  // namespace plimsoll

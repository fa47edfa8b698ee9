// Entries of hwdb as text.
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace plimsoll {

// A figure with its provenance, in one line; `range` is "[low, high]" or empty.
struct EntryFigure {
  std::string value;
  std::string range{};
  std::string source;  // note behind DET:
  std::string status = "measured";
  std::string confidence = "medium";

  std::string text() const;
};

// In double quotes; firmware may call things what it likes.
std::string quoted_text(std::string_view text);

// Lines of a file, each at its indent.
class EntryText {
 public:
  EntryText& line(int indent, const std::string& text);
  EntryText& comment(const std::string& text);
  std::string take() { return std::move(text_); }

 private:
  std::string text_;
};

}  // namespace plimsoll

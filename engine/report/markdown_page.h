// The few parts of GitHub-flavoured Markdown that our reports use, with everything from outside
// escaped.
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace plimsoll {

// Text that means itself: markup characters escaped, line breaks and control characters gone.
std::string markdown_text(std::string_view text);

enum class MarkdownAlign { left, right };

struct MarkdownColumn {
  std::string title;
  MarkdownAlign align = MarkdownAlign::left;
};

// Cells are Markdown already.
struct MarkdownTable {
  std::vector<MarkdownColumn> columns;
  std::vector<std::vector<std::string>> rows = {};
};

class MarkdownPage {
 public:
  void heading(int level, std::string_view text);
  void paragraph(std::string_view markdown);
  void bullets(const std::vector<std::string>& items);
  void table(const MarkdownTable& table);
  void code(std::string_view
                text);  // a fenced block; the fence is longer than any run of backticks in it

  std::string take() { return std::move(text_); }

 private:
  void separate();
  std::string text_;
};

}  // namespace plimsoll

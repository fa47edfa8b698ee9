#include "report/markdown_page.h"

#include <algorithm>

#include "report/characters.h"

namespace plimsoll {
namespace {

std::size_t longest_run(std::string_view text, char of) {
  std::size_t longest = 0;
  std::size_t run = 0;
  for (const char c : text) {
    run = c == of ? run + 1 : 0;
    longest = std::max(longest, run);
  }
  return longest;
}

}  // namespace

std::string markdown_text(std::string_view text) {
  constexpr std::string_view markup = "\\`*_[]<>|#~";
  std::string escaped;
  for (const char c : printable(text, true)) {
    if (markup.find(c) != std::string_view::npos) escaped += '\\';
    escaped += c;
  }
  return escaped;
}

void MarkdownPage::heading(int level, std::string_view text) {
  separate();
  text_ += std::string(static_cast<std::size_t>(level), '#') + " " + markdown_text(text) + "\n";
}

void MarkdownPage::paragraph(std::string_view markdown) {
  if (markdown.empty()) return;
  separate();
  text_ += std::string(markdown) + "\n";
}

void MarkdownPage::bullets(const std::vector<std::string>& items) {
  if (items.empty()) return;
  separate();
  for (const std::string& item : items) text_ += "- " + item + "\n";
}

void MarkdownPage::table(const MarkdownTable& table) {
  separate();
  std::string rule;
  for (const MarkdownColumn& column : table.columns) {
    text_ += "| " + column.title + " ";
    rule += column.align == MarkdownAlign::right ? "| ---: " : "| --- ";
  }
  text_ += "|\n" + rule + "|\n";
  for (const auto& row : table.rows) {
    for (const std::string& cell : row) text_ += "| " + cell + " ";
    text_ += "|\n";
  }
}

void MarkdownPage::code(std::string_view text) {
  separate();
  const std::string fence(std::max<std::size_t>(3, longest_run(text, '`') + 1), '`');
  text_ += fence + "sh\n" + printable(text, true) + "\n" + fence + "\n";
}

void MarkdownPage::separate() {
  if (!text_.empty()) text_ += '\n';
}

}  // namespace plimsoll

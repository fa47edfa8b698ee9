// Lines of a text report: display width, wrapping, tables, rules and bars. Knows nothing of what is
// reported, and of terminals only what TextStyle says.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "report/characters.h"

namespace plimsoll {

inline constexpr int narrowest_page = 80;
inline constexpr int widest_page = 140;
inline constexpr int page_margin = 2;  // of what stands below a title

struct TextStyle {
  int width = narrowest_page;  // columns; less than narrowest_page is taken as that
  bool colour = false;         // SGR escape sequences
  bool unicode = true;         // false: ASCII only
};

// What a piece of text means; the page decides how that looks.
enum class Ink { plain, strong, faint, good, caution, bad, bar, part1, part2, part3, part4 };

struct Span {
  std::string text;
  Ink ink = Ink::plain;
};

// Lines of at most `width` columns, broken at spaces; only a word longer than a line is broken
// inside.
std::vector<std::string> wrap(std::string_view text, int width);

enum class Align { left, right, decimal };  // decimal: the points stand below each other

// `flexible` columns wrap when the page is too narrow; a column with `bars` takes the space that is
// left.
struct Column {
  Align align = Align::left;
  bool flexible = false;
  bool bars = false;
};

struct Cell {
  std::string text;
  Ink ink = Ink::plain;
  std::optional<double> fraction = {};  // of a bar; 0 … 1
};

// Notes stand below the row over the whole width, each wrapped as a paragraph.
struct Row {
  std::vector<Cell> cells;
  std::vector<std::vector<Span>> notes = {};
};

struct Table {
  std::vector<Column> columns;
  std::vector<Row> rows = {};
  int gap = 2;          // between columns
  int note_indent = 2;  // beyond the table's own
};

// Consecutive parts of one bar, and the place of a mark in it; all in the same unit as `whole`.
struct StackedBar {
  struct Part {
    double amount = 0.0;
    int shade = 0;  // see Page::shade
  };
  std::vector<Part> parts;
  double whole = 0.0;
  std::optional<double> mark;
};

class Page {
 public:
  explicit Page(const TextStyle& style);

  int width() const { return style_.width; }

  void blank();
  // A title followed by a rule, with a remark at its right end.
  void heading(std::string_view title, std::string_view remark = {});
  // Spans separated by spaces, wrapped; lines after the first start at `hanging`.
  void paragraph(int indent, int hanging, const std::vector<Span>& spans);
  void table(int indent, const Table& table);
  void bar(int indent, const StackedBar& bar);
  // A shell command: broken at unquoted spaces with a backslash, so that it can be pasted. A single
  // word longer than a line stays whole; it is the only thing that may be wider than the page.
  void command(int indent, std::string_view text);

  // The glyph by which a stacked bar shows its n-th part.
  Span shade(int n) const;

  // Everything so far; lines have no trailing blanks.
  std::string take() { return std::move(text_); }

 private:
  class Line;

  std::string clean(std::string_view text) const { return printable(text, style_.unicode); }
  std::string filled(double fraction, int columns) const;
  struct Extent {
    int width = 0;
    int decimals = 0;  // of it, the longest point and what follows, in a decimal column
  };
  Extent extent_of(const Table& table, std::size_t column) const;
  std::vector<Extent> column_extents(const Table& table, int space) const;
  void row(int indent, const Table& table, const std::vector<Extent>& extents,
           const std::vector<Cell>& cells);

  TextStyle style_;
  std::string text_;
};

}  // namespace plimsoll

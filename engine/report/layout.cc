#include "report/layout.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <utility>

namespace plimsoll {
namespace {

constexpr int shortest_bar = 8;
constexpr int longest_bar = 48;

std::string_view escape_of(Ink ink) {
  switch (ink) {
    case Ink::plain:
      return "";
    case Ink::strong:
      return "\033[1m";
    case Ink::faint:
      return "\033[2m";
    case Ink::good:
      return "\033[1;32m";
    case Ink::caution:
      return "\033[33m";
    case Ink::bad:
      return "\033[1;31m";
    case Ink::bar:
      return "\033[36m";
    case Ink::part1:
      return "\033[34m";
    case Ink::part2:
      return "\033[36m";
    case Ink::part3:
      return "\033[35m";
    case Ink::part4:
      return "\033[33m";
  }
  return "";
}

std::string repeated(std::string_view glyph, int times) {
  std::string text;
  for (int i = 0; i < times; ++i) text += glyph;
  return text;
}

// The point and what follows it.
int decimals_of(std::string_view number) {
  const auto point = number.find('.');
  return point == std::string_view::npos ? 0 : static_cast<int>(number.size() - point);
}

bool starts_with_digit(std::string_view text) {
  return !text.empty() && text[0] >= '0' && text[0] <= '9';
}

// Blanks before a cell's text. A title in a decimal column ends where its numbers end.
int padding(Align align, int width, int most_decimals, std::string_view text) {
  const int space = width - terminal_columns(text);
  switch (align) {
    case Align::left:
      return 0;
    case Align::right:
      return space;
    case Align::decimal:
      return starts_with_digit(text) ? space - (most_decimals - decimals_of(text)) : space;
  }
  return 0;
}

std::vector<std::string_view> words_of(std::string_view text) {
  std::vector<std::string_view> words;
  while (true) {
    const auto start = text.find_first_not_of(" \n\t");
    if (start == std::string_view::npos) return words;
    const auto end = std::min(text.find_first_of(" \n\t", start), text.size());
    words.push_back(text.substr(start, end - start));
    text.remove_prefix(end);
  }
}

// Shell words: spaces inside quotes and after a backslash do not separate.
std::vector<std::string> shell_words(std::string_view command) {
  std::vector<std::string> words;
  std::string word;
  char quote = 0;
  for (std::size_t i = 0; i < command.size(); ++i) {
    const char c = command[i];
    if (quote == 0 && (c == ' ' || c == '\n')) {
      if (!word.empty()) words.push_back(std::exchange(word, {}));
      continue;
    }
    word += c;
    if (c == '\\' && quote != '\'' && i + 1 < command.size())
      word += command[++i];
    else if (quote != 0 && c == quote)
      quote = 0;
    else if (quote == 0 && (c == '"' || c == '\''))
      quote = c;
  }
  if (!word.empty()) words.push_back(word);
  return words;
}

// The first part of a word too long for a line: up to a hyphen or slash in its second half, else as
// much as fits.
std::string_view take_part(std::string_view& word, int width) {
  const std::string_view whole = word;
  const std::string_view head = take_columns(word, width);
  const std::size_t mark = head.find_last_of("-/");
  if (mark == std::string_view::npos || mark + 1 < head.size() / 2) return head;
  word = whole.substr(mark + 1);
  return whole.substr(0, mark + 1);
}

// Each gets its natural width while there is space; the wide ones share the rest evenly.
void share_space(std::vector<int*> widths, int space) {
  std::sort(widths.begin(), widths.end(), [](const int* a, const int* b) { return *a < *b; });
  for (std::size_t i = 0; i < widths.size(); ++i) {
    const int fair = std::max(1, space / static_cast<int>(widths.size() - i));
    *widths[i] = std::min(*widths[i], fair);
    space -= *widths[i];
  }
}

}  // namespace

std::vector<std::string> wrap(std::string_view text, int width) {
  std::vector<std::string> lines;
  std::string line;
  int used = 0;
  for (std::string_view word : words_of(text)) {
    if (!line.empty() && used + 1 + terminal_columns(word) > width) {
      lines.push_back(std::exchange(line, {}));
    }
    if (!line.empty()) line += ' ';
    while (line.empty() && terminal_columns(word) > width) {
      lines.emplace_back(take_part(word, width));
    }
    line += word;
    used = terminal_columns(line);
  }
  if (!line.empty() || lines.empty()) lines.push_back(line);
  return lines;
}

// One line under construction: knows its width, and drops blanks at its end.
class Page::Line {
 public:
  explicit Line(Page& page) : page_(page) {}
  ~Line() {
    blanks_ = 0;
    change_ink(Ink::plain);
    page_.text_ += text_ + '\n';
  }
  Line(const Line&) = delete;
  Line& operator=(const Line&) = delete;

  int width() const { return width_ + blanks_; }
  void advance_to(int column) { blanks_ = std::max(blanks_, column - width_); }
  void add(std::string_view text, Ink ink) {
    if (text.empty()) return;
    if (ink != ink_) change_ink(ink);
    text_.append(static_cast<std::size_t>(blanks_), ' ');
    text_ += text;
    width_ += blanks_ + terminal_columns(text);
    blanks_ = 0;
  }

 private:
  // Blanks between two inks have none.
  void change_ink(Ink ink) {
    if (page_.style_.colour && !escape_of(ink_).empty()) text_ += "\033[0m";
    text_.append(static_cast<std::size_t>(blanks_), ' ');
    width_ += std::exchange(blanks_, 0);
    if (page_.style_.colour) text_ += escape_of(ink);
    ink_ = ink;
  }

  Page& page_;
  std::string text_;
  int width_ = 0;
  int blanks_ = 0;  // owed before the next text
  Ink ink_ = Ink::plain;
};

Page::Page(const TextStyle& style) : style_(style) {
  style_.width = std::max(style_.width, narrowest_page);
}

void Page::blank() {
  text_ += '\n';
}

void Page::heading(std::string_view title, std::string_view remark) {
  const std::string name = clean(title);
  const std::string note = clean(remark);
  const int note_width = note.empty() ? 0 : terminal_columns(note) + 1;
  blank();
  Line line(*this);
  line.add(name, Ink::strong);
  line.advance_to(line.width() + 1);
  const int rule = style_.width - line.width() - note_width;
  line.add(repeated(style_.unicode ? "─" : "-", rule), Ink::faint);
  line.advance_to(line.width() + 1);
  line.add(note, Ink::faint);
}

void Page::paragraph(int indent, int hanging, const std::vector<Span>& spans) {
  int left = indent;
  std::optional<Line> line;
  const auto start_line = [&] {
    line.emplace(*this);
    line->advance_to(left);
    left = hanging;
  };
  start_line();
  bool empty = true;
  for (const Span& span : spans) {
    const std::string text = clean(span.text);
    for (std::string_view word : words_of(text)) {
      const int space = empty ? 0 : 1;
      if (!empty && line->width() + space + terminal_columns(word) > style_.width) {
        start_line();
        empty = true;
      }
      while (empty && line->width() + terminal_columns(word) > style_.width) {
        line->add(take_columns(word, style_.width - line->width()), span.ink);
        start_line();
      }
      if (!empty) line->advance_to(line->width() + 1);
      line->add(word, span.ink);
      empty = false;
    }
  }
}

std::string Page::filled(double fraction, int columns) const {
  constexpr std::array<std::string_view, 8> eighths = {"", "▏", "▎", "▍", "▌", "▋", "▊", "▉"};
  const int steps = style_.unicode ? 8 : 1;
  const double share = std::isfinite(fraction) ? std::clamp(fraction, 0.0, 1.0) : 0.0;
  int filled_steps = static_cast<int>(std::lround(share * columns * steps));
  if (share > 0.0) filled_steps = std::max(filled_steps, 1);
  const auto rest = static_cast<std::size_t>(filled_steps % steps);
  return repeated(style_.unicode ? "█" : "#", filled_steps / steps) + std::string(eighths[rest]);
}

Page::Extent Page::extent_of(const Table& table, std::size_t column) const {
  int widest = 0;    // of texts
  int whole = 0;     // of numbers, before the point
  int decimals = 0;  // of numbers, from the point on
  for (const Row& row : table.rows) {
    if (column >= row.cells.size()) continue;
    const std::string text = clean(row.cells[column].text);
    const bool number = table.columns[column].align == Align::decimal && starts_with_digit(text);
    const int tail = number ? decimals_of(text) : 0;
    if (number)
      whole = std::max(whole, terminal_columns(text) - tail);
    else
      widest = std::max(widest, terminal_columns(text));
    decimals = std::max(decimals, tail);
  }
  return {.width = std::max(widest, whole + decimals), .decimals = decimals};
}

std::vector<Page::Extent> Page::column_extents(const Table& table, int space) const {
  const std::size_t count = table.columns.size();
  std::vector<Extent> extents;
  int bars = 0;
  int fixed = 0;
  for (std::size_t i = 0; i < count; ++i) {
    extents.push_back(extent_of(table, i));
    if (table.columns[i].bars)
      bars += 1;
    else if (!table.columns[i].flexible)
      fixed += extents[i].width;
  }
  space -= table.gap * static_cast<int>(count - 1) + bars * shortest_bar;
  const bool crowded =
      fixed > space * 4 / 5;  // absurd numbers are long ones: then every column gives way
  std::vector<int*> flexible;
  for (std::size_t i = 0; i < count; ++i) {
    if (table.columns[i].bars) continue;
    if (table.columns[i].flexible || crowded)
      flexible.push_back(&extents[i].width);
    else
      space -= extents[i].width;
  }
  share_space(flexible, space);
  for (const int* width : flexible) space -= *width;
  for (std::size_t i = 0; i < count; ++i) {
    if (!table.columns[i].bars) continue;
    extents[i].width = std::min(shortest_bar + std::max(space, 0) / bars, longest_bar);
  }
  return extents;
}

void Page::row(int indent, const Table& table, const std::vector<Extent>& extents,
               const std::vector<Cell>& cells) {
  std::vector<std::vector<std::string>> wrapped;
  std::size_t height = 1;
  for (std::size_t i = 0; i < cells.size(); ++i) {
    const int width = std::max(1, extents[i].width);
    wrapped.push_back(cells[i].fraction ? std::vector{filled(*cells[i].fraction, width)}
                                        : wrap(clean(cells[i].text), width));
    height = std::max(height, wrapped.back().size());
  }
  for (std::size_t part = 0; part < height; ++part) {
    Line line(*this);
    int column = indent;
    for (std::size_t i = 0; i < cells.size(); ++i) {
      const std::string text = part < wrapped[i].size() ? wrapped[i][part] : std::string();
      line.advance_to(column +
                      padding(table.columns[i].align, extents[i].width, extents[i].decimals, text));
      line.add(text, cells[i].ink);
      column += extents[i].width + (extents[i].width > 0 ? table.gap : 0);
    }
  }
}

void Page::table(int indent, const Table& table) {
  const std::vector<Extent> extents = column_extents(table, style_.width - indent);
  const int note = indent + table.note_indent;
  for (const Row& each : table.rows) {
    row(indent, table, extents, each.cells);
    for (const auto& spans : each.notes) paragraph(note, note + 2, spans);
  }
}

void Page::bar(int indent, const StackedBar& bar) {
  const int columns = style_.width - indent;
  const double scale = bar.whole > 0.0 ? columns / bar.whole : 0.0;
  const auto column_of = [&](double amount) {
    const double place = amount * scale;
    if (!(place > 0.0)) return 0;  // also what is no number
    return place < columns ? static_cast<int>(std::lround(place)) : columns;
  };
  std::vector<Span> cells(static_cast<std::size_t>(columns),
                          Span{style_.unicode ? "·" : ".", Ink::faint});
  double sum = 0.0;
  for (const StackedBar::Part& part : bar.parts) {
    const int from = column_of(sum);
    sum += part.amount > 0.0 ? part.amount : 0.0;
    std::fill(cells.begin() + from, cells.begin() + column_of(sum), shade(part.shade));
  }
  if (bar.mark) {
    const int place = std::min(column_of(*bar.mark), columns - 1);
    cells[static_cast<std::size_t>(place)] = {style_.unicode ? "│" : "|", Ink::strong};
  }
  Line line(*this);
  line.advance_to(indent);
  for (std::size_t from = 0; from < cells.size();) {
    std::size_t to = from;
    std::string run;
    while (to < cells.size() && cells[to].ink == cells[from].ink) run += cells[to++].text;
    line.add(run, cells[from].ink);
    from = to;
  }
}

void Page::command(int indent, std::string_view text) {
  const std::vector<std::string> words = shell_words(text);
  std::string line;
  int left = indent;
  const auto flush = [&](bool more) {
    Line out(*this);
    out.advance_to(left);
    out.add(line + (more ? " \\" : ""), Ink::strong);
    line.clear();
    left = indent + 4;
  };
  for (std::size_t i = 0; i < words.size(); ++i) {
    const std::string word = clean(words[i]);
    const int continuation = 2;  // room for " \"
    const bool full =
        left + terminal_columns(line) + 1 + terminal_columns(word) + continuation > style_.width;
    if (!line.empty() && full) flush(true);
    line += (line.empty() ? "" : " ") + word;
  }
  if (!line.empty()) flush(false);
}

Span Page::shade(int n) const {
  constexpr std::array<std::string_view, 4> blocks = {"█", "▓", "▒", "░"};
  constexpr std::array<std::string_view, 4> letters = {"#", "=", "+", "-"};
  constexpr std::array<Ink, 4> inks = {Ink::part1, Ink::part2, Ink::part3, Ink::part4};
  const auto index = static_cast<std::size_t>(n) % blocks.size();
  return {std::string(style_.unicode ? blocks[index] : letters[index]), inks[index]};
}

}  // namespace plimsoll

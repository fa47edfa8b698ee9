#include "report/layout.h"

#include <string>

#include "report/characters.h"
#include "support/catch.h"

using namespace plimsoll;

namespace {

std::string bar_text(const StackedBar& bar, bool unicode = false) {
  Page page({.width = 80, .colour = false, .unicode = unicode});
  page.bar(0, bar);
  return page.take();
}

std::string command_text(const std::string& command) {
  Page page({.width = 80, .colour = false, .unicode = true});
  page.command(2, command);
  return page.take();
}

}  // namespace

TEST_CASE("the width of text on a terminal", "[report]") {
  CHECK(terminal_columns("") == 0);
  CHECK(terminal_columns("token/s") == 7);
  CHECK(terminal_columns("47 … 62") == 7);   // one column for the ellipsis, three bytes
  CHECK(terminal_columns("e\u0301") == 1);   // a combining accent has none of its own
  CHECK(terminal_columns("模型") == 4);      // two columns each
  CHECK(terminal_columns("\xFF\xFE") == 2);  // each stray byte becomes a '?'
}

TEST_CASE("nothing from a file steers the terminal", "[report]") {
  CHECK(printable("a\033[31mb", true) == "a?[31mb");
  CHECK(printable("a\rb\ac", true) == "a?b?c");
  CHECK(printable("two\nlines\tand", true) == "two lines and");
  CHECK(printable("\u202Egnp.exe", true) == "?gnp.exe");  // a right-to-left override
  CHECK(printable("\x9B"
                  "31m",
                  true) == "?31m");  // a one-byte escape of 8-bit terminals is no UTF-8
}

TEST_CASE("text for terminals without UTF-8", "[report]") {
  CHECK(printable("47.0 … 62.3 × 2 → µs — \"é\"", false) == "47.0 .. 62.3 x 2 -> us - \"?\"");
}

TEST_CASE("wrapping", "[report]") {
  CHECK(wrap("", 10) == std::vector<std::string>{""});
  CHECK(wrap("to be or not", 5) == std::vector<std::string>{"to be", "or", "not"});
  CHECK(wrap("abcdefgh", 3) == std::vector<std::string>{"abc", "def", "gh"});
  CHECK(wrap("a bcdefgh", 3) == std::vector<std::string>{"a", "bcd", "efg", "h"});
  CHECK(wrap("模型模", 3) == std::vector<std::string>{"模", "型", "模"});  // 2 columns fit in 3
}

TEST_CASE("a stacked bar shows its parts to scale", "[report]") {
  // 80 columns for 80 units: 40 of the first part, 20 of the second, the mark at column 70.
  const StackedBar bar{.parts = {{40.0, 0}, {20.0, 1}}, .whole = 80.0, .mark = 70.0};
  CHECK(bar_text(bar) == std::string(40, '#') + std::string(20, '=') + std::string(10, '.') + "|" +
                             std::string(9, '.') + "\n");
}

TEST_CASE("a stacked bar stays on its line whatever it is given", "[report]") {
  const StackedBar bar{.parts = {{500.0, 0}}, .whole = 80.0, .mark = 900.0};
  CHECK(bar_text(bar) == std::string(79, '#') + "|\n");
  CHECK(bar_text({.parts = {}, .whole = 0.0, .mark = std::nullopt}) == std::string(80, '.') + "\n");
}

TEST_CASE("bars of a table", "[report]") {
  // The bar's column is what two columns of text and two gaps leave of 80, at most 48; a half of it
  // is 24 blocks.
  const Table table{.columns = {{}, {.bars = true}, {.align = Align::decimal}},
                    .rows = {{.cells = {{"a"}, {"", Ink::bar, 0.5}, {"50.0"}}},
                             {.cells = {{"b"}, {"", Ink::bar, 1e-9}, {"7"}}}}};
  Page page({.width = 80, .colour = false, .unicode = false});
  page.table(0, table);
  CHECK(page.take() == "a  " + std::string(24, '#') + std::string(26, ' ') + "50.0\n" + "b  #" +
                           std::string(23 + 26 + 1, ' ') + "7\n");
}

TEST_CASE("a command is broken where a shell may join it", "[report]") {
  const std::string word(30, 'w');
  CHECK(command_text("run " + word) == "  run " + word + "\n");
  CHECK(command_text("run " + word + " " + word + " " + word) ==
        "  run " + word + " " + word + " \\\n      " + word + "\n");
  // A quoted argument with blanks stays whole, even when it is too long for a line.
  const std::string quoted = "'" + word + " " + word + " " + word + "'";
  CHECK(command_text("run " + quoted) == "  run \\\n      " + quoted + "\n");
  CHECK(command_text("") == "");
}

TEST_CASE("a heading fills the line", "[report]") {
  Page page({.width = 80, .colour = false, .unicode = false});
  page.heading("Speed", "note");
  CHECK(page.take() == "\nSpeed " + std::string(80 - 6 - 5, '-') + " note\n");
}

TEST_CASE("colours wrap text and leave it alone", "[report]") {
  Page page({.width = 80, .colour = true, .unicode = false});
  page.paragraph(0, 0, {{"FITS:", Ink::good}, {"it", Ink::plain}, {"does", Ink::plain}});
  CHECK(page.take() == "\033[1;32mFITS:\033[0m it does\n");
}

#include "terminal.h"

#include <algorithm>
#include <cstdlib>
#include <string>
#include <string_view>
#include <sys/ioctl.h>
#include <unistd.h>

namespace plimsoll::cli {
namespace {

std::string_view environment(const char* name) {
  const char* value = std::getenv(name);
  return value ? value : "";
}

bool goes_to_terminal(const OutputOptions& options) {
  return options.file.empty() && ::isatty(STDOUT_FILENO) == 1;
}

int terminal_width() {
  winsize size{};
  if (::ioctl(STDOUT_FILENO, TIOCGWINSZ, &size) != 0 || size.ws_col == 0) return narrowest_page;
  return std::clamp(static_cast<int>(size.ws_col), narrowest_page, widest_page);
}

bool wants_colour(ColourChoice choice, bool terminal) {
  if (choice != ColourChoice::automatic) return choice == ColourChoice::always;
  return terminal && environment("NO_COLOR").empty() && environment("TERM") != "dumb";
}

bool locale_is_utf8() {
  std::string locale;
  for (const char* name : {"LC_ALL", "LC_CTYPE", "LANG"}) {
    locale = environment(name);
    if (!locale.empty()) break;
  }
  std::string folded;
  for (const char c : locale) {
    if (c != '-') folded += c >= 'A' && c <= 'Z' ? static_cast<char>(c + 32) : c;
  }
  return folded.find("utf8") != std::string::npos;
}

}  // namespace

TextStyle text_style(const OutputOptions& options) {
  const bool terminal = goes_to_terminal(options);
  return {.width = options.width.value_or(terminal ? terminal_width() : narrowest_page),
          .colour = wants_colour(options.colour, terminal),
          .unicode = locale_is_utf8()};
}

}  // namespace plimsoll::cli

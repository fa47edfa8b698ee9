#include "progress.h"

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <sys/ioctl.h>
#include <unistd.h>
#include <utility>

#include "base/quantity_text.h"
#include "report/report_content.h"

namespace plimsoll::cli {
namespace {

constexpr std::chrono::milliseconds between_lines{100};
constexpr double shortest_measurement_s = 0.5;  // before that a rate is noise

std::string grouped(std::size_t count) {
  return count_text(static_cast<std::int64_t>(count));
}

std::string duration_text(double seconds) {
  constexpr double longest_s = 1e9;  // beyond a human's patience, and within the integer
  const auto whole = static_cast<long long>(std::ceil(std::min(seconds, longest_s)));
  const long long hours = whole / 3600;
  const long long minutes = whole / 60 % 60;
  if (hours > 0) return std::to_string(hours) + " h " + std::to_string(minutes) + " min";
  if (minutes > 0) return std::to_string(minutes) + " min " + std::to_string(whole % 60) + " s";
  return std::to_string(whole) + " s";
}

// A longer line would wrap and could not be erased by rewriting it.
std::string cut_to_terminal(std::string line) {
  winsize size{};
  if (::ioctl(STDERR_FILENO, TIOCGWINSZ, &size) != 0 || size.ws_col < 2) return line;
  return line.substr(0, size.ws_col - 1U);
}

bool is_terminal() {
  const char* term = std::getenv("TERM");
  return ::isatty(STDERR_FILENO) == 1 && !(term && std::string(term) == "dumb");
}

}  // namespace

std::string progress_line(const std::string& what, std::size_t done, std::size_t total,
                          std::size_t earlier, double elapsed_s) {
  std::string line = grouped(done) + " of " + grouped(total) + " " + what;
  if (total > 0) line += " (" + std::to_string(done * 100 / total) + " %)";
  if (elapsed_s < shortest_measurement_s || done <= earlier) return line;
  const double rate = static_cast<double>(done - earlier) / elapsed_s;
  line += ", " + print_number(rate) + " per second";
  if (done < total)
    line += ", " + duration_text(static_cast<double>(total - done) / rate) + " left";
  return line;
}

Progress::Progress(std::string what, std::size_t earlier)
    : what_(std::move(what)),
      earlier_(earlier),
      terminal_(is_terminal()),
      start_(Clock::now()),
      last_(start_) {}

Progress::~Progress() {
  if (shown_) std::fputs("\r\033[K", stderr);
}

void Progress::show(std::size_t done, std::size_t total) {
  if (!terminal_) return;
  const Clock::time_point now = Clock::now();
  if (now - last_ < between_lines && done < total) return;
  last_ = now;
  shown_ = true;
  const double elapsed = std::chrono::duration<double>(now - start_).count();
  const std::string line =
      cut_to_terminal(progress_line(what_, done + earlier_, total + earlier_, earlier_, elapsed));
  std::fprintf(stderr, "\r\033[K%s", line.c_str());
  std::fflush(stderr);
}

}  // namespace plimsoll::cli

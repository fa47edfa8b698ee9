#include "sweep/journal.h"

#include <cerrno>
#include <fcntl.h>
#include <optional>
#include <string_view>
#include <sys/file.h>
#include <system_error>
#include <unistd.h>

#include "base/diagnostic.h"
#include "base/quantity_text.h"
#include "sweep/content_hash.h"

namespace plimsoll {
namespace {

constexpr std::string_view title = "plimsoll sweep journal 1\n";
constexpr std::string_view end_of_header = "rows\n";

[[noreturn]] void refuse(const char* code, const std::filesystem::path& file, std::string message,
                         std::string expected = {}) {
  Diagnostics diagnostics;
  diagnostics.error(code, {.file = file.string()}, std::move(message), std::move(expected));
  throw InputError(std::move(diagnostics));
}

[[noreturn]] void refuse_write(const std::filesystem::path& file, int error) {
  refuse("unwritable", file, "cannot write this file: " + std::generic_category().message(error));
}

std::string header_of(const SweepIdentity& identity) {
  std::string header(title);
  for (const auto& [name, hash] : identity) header += name + " " + hash + "\n";
  return header + std::string(end_of_header);
}

// What differs, in words: "scenario and data".
std::string differences(std::string_view content, const SweepIdentity& identity) {
  std::string names;
  for (const auto& [name, hash] : identity) {
    if (content.find("\n" + name + " " + hash + "\n") != std::string_view::npos) continue;
    names += (names.empty() ? "" : ", ") + name;
  }
  return names;
}

std::string escaped(const std::string& text) {
  std::string out;
  for (const char c : text) {
    if (c == '\\')
      out += "\\\\";
    else if (c == '\n')
      out += "\\n";
    else if (c == '\r')
      out += "\\r";
    else
      out += c;
  }
  return out;
}

std::string unescaped(std::string_view text) {
  std::string out;
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (text[i] != '\\' || i + 1 == text.size()) {
      out += text[i];
      continue;
    }
    const char c = text[++i];
    out += c == 'n' ? '\n' : c == 'r' ? '\r' : c;
  }
  return out;
}

std::string line_of(std::size_t point, const std::string& row) {
  const std::string record = escaped(row);
  const std::string number = std::to_string(point);
  return number + " " + ContentHash().add(number).add(record).text() + " " + record + "\n";
}

// Point and row of a line that is whole.
std::optional<std::pair<std::size_t, std::string>> read_line(std::string_view line) {
  constexpr std::size_t digits = 16;
  const std::size_t space = line.find(' ');
  if (space == std::string_view::npos || line.size() < space + digits + 2) return std::nullopt;
  const auto point = parse_integer(line.substr(0, space));
  if (!point || *point < 0) return std::nullopt;
  std::string row = unescaped(line.substr(space + digits + 2));
  if (line_of(static_cast<std::size_t>(*point), row) != std::string(line) + "\n")
    return std::nullopt;
  return std::pair(static_cast<std::size_t>(*point), std::move(row));
}

std::string read_all(int descriptor, const std::filesystem::path& file) {
  std::string content;
  std::string block(std::size_t{1} << 16, '\0');
  for (;;) {
    const ssize_t count = ::read(descriptor, block.data(), block.size());
    if (count < 0 && errno == EINTR) continue;
    if (count < 0) refuse_write(file, errno);
    if (count == 0) return content;
    content.append(block, 0, static_cast<std::size_t>(count));
  }
}

}  // namespace

Journal::Journal(std::filesystem::path file, const SweepIdentity& identity, OldJournal old)
    : file_(std::move(file)),
      descriptor_(::open(file_.c_str(), O_RDWR | O_CREAT | O_APPEND | O_CLOEXEC, 0666)) {
  if (descriptor_ < 0) refuse_write(file_, errno);
  try {
    if (::flock(descriptor_, LOCK_EX | LOCK_NB) != 0)
      refuse("in-use", file_, "another sweep writes to this journal", "its end, or another output");
    const std::string header = header_of(identity);
    const std::string content = read_all(descriptor_, file_);
    const bool torn = content.size() < header.size() && header.starts_with(content);
    if (old == OldJournal::discard || torn) {
      begin(header);
      return;
    }
    if (!content.starts_with(title))
      refuse("stale-journal", file_, "this is no journal of a sweep", "another output");
    if (!content.starts_with(header))
      refuse(
          "stale-journal", file_,
          "this journal belongs to another sweep; changed since: " + differences(content, identity),
          "--restart to drop its rows, or another output");
    read_rows(content, header.size());
  } catch (...) {
    ::close(descriptor_);
    throw;
  }
}

Journal::~Journal() {
  ::close(descriptor_);
}

void Journal::begin(const std::string& header) {
  if (::ftruncate(descriptor_, 0) != 0) refuse_write(file_, errno);
  write(header);
}

void Journal::read_rows(const std::string& content, std::size_t start) {
  while (start < content.size()) {
    const std::size_t end = content.find('\n', start);
    if (end == std::string::npos) break;
    auto line = read_line(std::string_view(content).substr(start, end - start));
    if (!line) break;
    found_.insert(std::move(*line));
    start = end + 1;
  }
  if (start < content.size() && ::ftruncate(descriptor_, static_cast<off_t>(start)) != 0)
    refuse_write(file_, errno);
}

void Journal::append(std::size_t point, const std::string& row) {
  const std::string line = line_of(point, row);
  const std::lock_guard lock(mutex_);
  write(line);
}

void Journal::write(const std::string& text) {
  std::string_view rest = text;
  while (!rest.empty()) {
    const ssize_t count = ::write(descriptor_, rest.data(), rest.size());
    if (count < 0 && errno == EINTR) continue;
    if (count < 0) refuse_write(file_, errno);
    rest.remove_prefix(static_cast<std::size_t>(count));
  }
}

void Journal::remove() {
  ::unlink(file_.c_str());
}

}  // namespace plimsoll

// The finished rows of a sweep beside its output, so that a sweep that was killed goes on where it
// was.
//
//   plimsoll sweep journal 1
//   scenario 0f3c…            what the rows depend on, each as a hash
//   …
//   rows
//   17 9a41… record           point, checksum, row of the table with its line breaks escaped
//
// Lines are appended whole. A line torn by a crash, and what follows it, is cut off when the
// journal is opened again. Only one process has a journal open at a time.
#pragma once

#include <cstddef>
#include <filesystem>
#include <map>
#include <mutex>
#include <string>
#include <utility>
#include <vector>

namespace plimsoll {

// Name and hash of each thing the rows depend on; equal for the same sweep.
using SweepIdentity = std::vector<std::pair<std::string, std::string>>;

enum class OldJournal { go_on, discard };

class Journal {
 public:
  // Opens or begins it. Throws InputError: stale-journal when it belongs to another sweep, in-use
  // when another process has it open, unwritable.
  Journal(std::filesystem::path file, const SweepIdentity& identity, OldJournal old);
  ~Journal();
  Journal(const Journal&) = delete;
  Journal& operator=(const Journal&) = delete;

  // Rows found when it was opened, by point.
  const std::map<std::size_t, std::string>& found() const { return found_; }

  // From any thread. Throws InputError (unwritable) when the disk is full.
  void append(std::size_t point, const std::string& row);

  // The table is written: the journal has served.
  void remove();

  const std::filesystem::path& file() const { return file_; }

 private:
  void begin(const std::string& header);
  void read_rows(const std::string& content, std::size_t start);
  void write(const std::string& text);

  std::filesystem::path file_;
  int descriptor_ = -1;
  std::map<std::size_t, std::string> found_;
  std::mutex mutex_;
};

}  // namespace plimsoll

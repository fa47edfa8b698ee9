// Runs the built program as a user would.
#pragma once

#include <filesystem>
#include <functional>
#include <string>
#include <utility>
#include <vector>

namespace plimsoll::test {

struct ProgramResult {
  int status = -1;  // exit status; 128 + signal when a signal ended it
  std::string output;
  std::string errors;
};

struct ProgramOptions {
  std::vector<std::pair<std::string, std::string>> environment = {};  // on top of a bare one
  std::string output_file = {};          // standard output goes there instead ("/dev/full")
  std::string input_file = "/dev/null";  // standard input
  bool closed_output = false;            // whoever reads standard output has gone
  int interrupt_after_ms = -1;           // sends SIGINT then
  std::function<bool()> signal_when =
      {};  // asked every millisecond; sends `signal` once it is true
  int signal = 0;
};

inline const ProgramOptions utf8{.environment = {{"LC_ALL", "C.UTF-8"}}};

ProgramResult run_program(const std::vector<std::string>& arguments,
                          const ProgramOptions& options = {});

// An empty folder that goes away with its owner.
class TemporaryFolder {
 public:
  TemporaryFolder();
  ~TemporaryFolder();
  TemporaryFolder(const TemporaryFolder&) = delete;
  TemporaryFolder& operator=(const TemporaryFolder&) = delete;

  std::filesystem::path path(const std::string& name) const { return folder_ / name; }
  std::string write(const std::string& name, const std::string& content) const;
  std::vector<std::string> names() const;  // of what is in it, sorted

 private:
  std::filesystem::path folder_;
};

std::string read_file(const std::filesystem::path& path);

}  // namespace plimsoll::test

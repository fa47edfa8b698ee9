#include "cli/run_program.h"

#include <algorithm>
#include <chrono>
#include <csignal>
#include <cstdlib>
#include <fcntl.h>
#include <fstream>
#include <stdexcept>
#include <sys/wait.h>
#include <thread>
#include <unistd.h>

namespace plimsoll::test {
namespace {

namespace fs = std::filesystem;

std::vector<char*> pointers_to(std::vector<std::string>& texts) {
  std::vector<char*> pointers;
  for (std::string& text : texts) pointers.push_back(text.data());
  pointers.push_back(nullptr);
  return pointers;
}

// A pipe that nobody reads any more.
int closed_pipe() {
  int ends[2];
  if (::pipe(ends) != 0) throw std::runtime_error("no pipe");
  ::close(ends[0]);
  return ends[1];
}

// The child must not run the test framework's handler, should the signal come before the program
// has started.
pid_t fork_with_default_interrupt() {
  sigset_t interrupt;
  sigset_t before;
  sigemptyset(&interrupt);
  sigaddset(&interrupt, SIGINT);
  ::sigprocmask(SIG_BLOCK, &interrupt, &before);
  const pid_t child = ::fork();
  if (child == 0) std::signal(SIGINT, SIG_DFL);
  ::sigprocmask(SIG_SETMASK, &before, nullptr);
  if (child < 0) throw std::runtime_error("cannot fork");
  return child;
}

// Its wait status; on the way the signal the options ask for.
int wait_for(pid_t child, const ProgramOptions& options) {
  int wait_status = 0;
  for (bool sent = !options.signal_when; !sent;) {
    if (::waitpid(child, &wait_status, WNOHANG) == child) return wait_status;
    sent = options.signal_when();
    if (sent) ::kill(child, options.signal);
    std::this_thread::sleep_for(std::chrono::milliseconds(1));
  }
  ::waitpid(child, &wait_status, 0);
  return wait_status;
}

int status_of(int wait_status) {
  return WIFEXITED(wait_status) ? WEXITSTATUS(wait_status) : 128 + WTERMSIG(wait_status);
}

}  // namespace

ProgramResult run_program(const std::vector<std::string>& arguments,
                          const ProgramOptions& options) {
  const TemporaryFolder folder;
  const std::string output_path =
      options.output_file.empty() ? folder.path("stdout").string() : options.output_file;
  const std::string error_path = folder.path("stderr").string();
  std::vector<std::string> words = {PLIMSOLL_BINARY};
  words.insert(words.end(), arguments.begin(), arguments.end());
  std::vector<std::string> variables = {"PATH=/usr/bin:/bin"};
  for (const auto& [name, value] : options.environment) variables.push_back(name + "=" + value);
  const std::vector<char*> argv = pointers_to(words);
  const std::vector<char*> envp = pointers_to(variables);

  const pid_t child = fork_with_default_interrupt();
  if (child == 0) {
    const int output = options.closed_output
                           ? closed_pipe()
                           : ::open(output_path.c_str(), O_WRONLY | O_CREAT | O_TRUNC, 0600);
    const int errors = ::open(error_path.c_str(), O_WRONLY | O_CREAT | O_TRUNC, 0600);
    const int input = ::open(options.input_file.c_str(), O_RDONLY);
    ::dup2(input, STDIN_FILENO);
    ::dup2(output, STDOUT_FILENO);
    ::dup2(errors, STDERR_FILENO);
    ::execve(argv[0], argv.data(), envp.data());
    ::_exit(127);
  }
  if (options.interrupt_after_ms >= 0) {
    std::this_thread::sleep_for(std::chrono::milliseconds(options.interrupt_after_ms));
    ::kill(child, SIGINT);
  }
  const int wait_status = wait_for(child, options);
  ProgramResult result;
  result.status = status_of(wait_status);
  if (options.output_file.empty()) result.output = read_file(output_path);
  result.errors = read_file(error_path);
  return result;
}

TemporaryFolder::TemporaryFolder() {
  std::string pattern = (fs::temp_directory_path() / "plimsoll-test-XXXXXX").string();
  if (!::mkdtemp(pattern.data())) throw std::runtime_error("no temporary folder");
  folder_ = pattern;
}

TemporaryFolder::~TemporaryFolder() {
  std::error_code ignored;
  fs::remove_all(folder_, ignored);
}

std::string TemporaryFolder::write(const std::string& name, const std::string& content) const {
  fs::create_directories(path(name).parent_path());
  std::ofstream(path(name), std::ios::binary) << content;
  return path(name).string();
}

std::vector<std::string> TemporaryFolder::names() const {
  std::vector<std::string> names;
  for (const auto& entry : fs::directory_iterator(folder_))
    names.push_back(entry.path().filename());
  std::sort(names.begin(), names.end());
  return names;
}

std::string read_file(const fs::path& path) {
  std::ifstream file(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(file), {}};
}

}  // namespace plimsoll::test

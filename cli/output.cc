#include "output.h"

#include <array>
#include <cerrno>
#include <csignal>
#include <string>
#include <system_error>
#include <unistd.h>

#include "base/diagnostic.h"
#include "base/output_file.h"

namespace plimsoll::cli {
namespace {

constexpr std::array<int, 3> ending_signals = {SIGINT, SIGTERM, SIGHUP};

// Holds the ending signals back while it lives, so that no temporary file stays behind.
class Uninterrupted {
 public:
  Uninterrupted() {
    sigset_t signals;
    sigemptyset(&signals);
    for (const int signal : ending_signals) sigaddset(&signals, signal);
    pthread_sigmask(SIG_BLOCK, &signals, &before_);
  }
  ~Uninterrupted() { pthread_sigmask(SIG_SETMASK, &before_, nullptr); }
  Uninterrupted(const Uninterrupted&) = delete;
  Uninterrupted& operator=(const Uninterrupted&) = delete;

 private:
  sigset_t before_;
};

void write_standard_output(std::string_view text) {
  while (!text.empty()) {
    const ssize_t written = ::write(STDOUT_FILENO, text.data(), text.size());
    if (written >= 0) {
      text.remove_prefix(static_cast<std::size_t>(written));
      continue;
    }
    if (errno == EINTR) continue;
    if (errno == EPIPE) return;
    Diagnostics diagnostics;
    diagnostics.error("unwritable", {.file = "standard output"},
                      "cannot write: " + std::generic_category().message(errno));
    throw InputError(diagnostics);
  }
}

extern "C" void end_program(int signal) {
  ::_exit(128 + signal);
}

}  // namespace

void write_result(const std::filesystem::path& file, std::string_view text) {
  if (file.empty()) return write_standard_output(text);
  const Uninterrupted guard;
  write_file_atomically(file, text);
}

void install_signal_handlers() {
  struct sigaction action = {};
  action.sa_handler = end_program;
  sigemptyset(&action.sa_mask);
  for (const int signal : ending_signals) {
    struct sigaction before = {};
    sigaction(signal, nullptr, &before);
    if (before.sa_handler != SIG_IGN) sigaction(signal, &action, nullptr);  // nohup stays nohup
  }
  std::signal(SIGPIPE, SIG_IGN);
}

}  // namespace plimsoll::cli

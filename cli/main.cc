// The border of the program: mistakes of the user become diagnostics and status 2, ours status 1.

#include <cstdio>
#include <exception>
#include <string>

#include "arguments.h"
#include "base/diagnostic.h"
#include "commands/commands.h"
#include "failure.h"
#include "interrupt.h"
#include "output.h"

namespace plimsoll::cli {
namespace {

enum ExitStatus { success = 0, internal_error = 1, outside_failure = 1, bad_input = 2 };

constexpr std::size_t most_diagnostics = 100;

void print_error(const std::string& line) {
  std::fprintf(stderr, "%s\n", line.c_str());
}

int refuse(const Diagnostics& diagnostics) {
  const std::vector<Diagnostic> sorted = diagnostics.sorted();
  for (std::size_t i = 0; i < sorted.size() && i < most_diagnostics; ++i) {
    print_error(to_text(sorted[i]));
  }
  if (sorted.size() > most_diagnostics) {
    print_error("… and " + std::to_string(sorted.size() - most_diagnostics) + " more");
  }
  return bad_input;
}

int confess(const std::string& what, int argc, const char* const* argv) {
  std::string command;
  for (int i = 0; i < argc; ++i) command += std::string(i ? " " : "") + argv[i];
  print_error("plimsoll: internal error: " + what);
  print_error(
      "This is a defect of plimsoll, not of your input. Please report these lines, with the "
      "scenario file:");
  print_error("  plimsoll " PLIMSOLL_VERSION);
  print_error("  " + command);
  return internal_error;
}

int run(int argc, const char* const* argv) {
  install_signal_handlers();
  try {
    std::visit([](const auto& command) { execute(command); }, parse_arguments(argc, argv));
    return success;
  } catch (const InputError& mistake) {
    return refuse(mistake.diagnostics());
  } catch (const Interrupted& interruption) {
    print_error(std::string("plimsoll: ") + interruption.what());
    return interruption.status();
  } catch (const OutsideFailure& failure) {
    print_error(std::string("plimsoll: ") + failure.what());
    return outside_failure;
  } catch (const std::exception& failure) {
    return confess(failure.what(), argc, argv);
  } catch (...) {
    return confess("unknown exception", argc, argv);
  }
}

}  // namespace
}  // namespace plimsoll::cli

int main(int argc, char** argv) {
  return plimsoll::cli::run(argc, argv);
}

// `plimsoll calibrate --folder` from the outside.

#include <csignal>
#include <filesystem>

#include "cli/run_program.h"
#include "support/catch.h"

using namespace plimsoll::test;
using Catch::Contains;

TEST_CASE("calibrate --folder: nothing is left after a signal", "[cli][calibrate][storage]") {
  const TemporaryFolder folder;
  const TemporaryFolder results;
  const std::string profile = results.path("profile.yaml").string();
  for (const int signal : {SIGINT, SIGKILL}) {
    ProgramOptions options = utf8;
    options.signal = signal;
    int milliseconds = 0;
    options.signal_when = [&] { return ++milliseconds > 500; };
    const ProgramResult result = run_program(
        {"calibrate", "--backend", "storage", "--folder", folder.path("").string(), "-o", profile},
        options);
    INFO(result.errors);
    CHECK(result.status == 128 + signal);
    CHECK(folder.names().empty());
    CHECK(results.names().empty());
  }
}

TEST_CASE("calibrate --folder: what cannot be measured in is refused",
          "[cli][calibrate][storage]") {
  const auto errors = [](const std::vector<std::string>& arguments) {
    const ProgramResult result = run_program(arguments, utf8);
    CHECK(result.status == 2);
    CHECK(result.output.empty());
    return result.errors;
  };
  CHECK_THAT(errors({"calibrate", "--backend", "storage"}),
             Contains("[missing-argument]") && Contains("--folder DIR"));
  CHECK_THAT(errors({"calibrate", "--backend", "storage", "--folder", "/nonexistent"}),
             Contains("[unwritable]") && Contains("No such file or directory"));
}

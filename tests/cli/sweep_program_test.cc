// `plimsoll sweep` from the outside: killed, interrupted, gone on with, refused.

#include <algorithm>
#include <csignal>
#include <string>
#include <vector>

#include "cli/run_program.h"
#include "support/catch.h"
#include "support/fewer_cases.h"

using namespace plimsoll::test;
using Catch::Contains;

namespace {

using Words = std::vector<std::string>;

// Points of some milliseconds each, so many that a sweep can be stopped in the middle.
std::size_t prompts() {
  return fewer_cases() ? 50 : 150;
}

std::size_t all_points() {
  return 2 * prompts();
}

Words sweep(const std::string& output, const Words& more = {}) {
  Words words = {"sweep",
                 "--model",
                 "qwen3-30b-a3b",
                 "--system",
                 "rtx-4090-pc",
                 "--context",
                 "4k",
                 "--vary",
                 "quantization=q4_k_m,q8_0",
                 "--vary",
                 "workload.prompt=300:1790:" + std::to_string(prompts()),
                 "-o",
                 output};
  words.insert(words.end(), more.begin(), more.end());
  return words;
}

std::size_t lines_in(const std::filesystem::path& file) {
  const std::string content = read_file(file);
  return static_cast<std::size_t>(std::count(content.begin(), content.end(), '\n'));
}

// Computed once: what an undisturbed run writes.
const std::string& expected_table() {
  static const std::string table = [] {
    const TemporaryFolder folder;
    const std::string output = folder.path("out.csv").string();
    const ProgramResult result = run_program(sweep(output, {"--threads", "1"}), utf8);
    REQUIRE(result.status == 0);
    CHECK(result.errors.empty());  // no progress where nobody looks
    CHECK(result.output.empty());
    CHECK(folder.names() == Words{"out.csv"});
    CHECK(lines_in(output) == all_points() + 1);
    return read_file(output);
  }();
  return table;
}

// Stops it by that signal once the journal has some rows.
ProgramResult stopped(const TemporaryFolder& folder, int signal, const std::string& threads) {
  const auto journal = folder.path("out.csv.partial");
  const std::size_t before = lines_in(journal);
  ProgramOptions options = utf8;
  options.signal = signal;
  options.signal_when = [&] { return lines_in(journal) > std::max<std::size_t>(before, 6) + 20; };
  return run_program(sweep(folder.path("out.csv").string(), {"--threads", threads}), options);
}

void check_refusal(const Words& words, const std::string& part) {
  const ProgramResult result = run_program(words, utf8);
  INFO(result.errors);
  CHECK(result.status == 2);
  CHECK(result.output.empty());
  CHECK_THAT(result.errors, Contains(part));
}

}  // namespace

TEST_CASE("killed twice and gone on with, the table is the same", "[cli][sweep]") {
  const Words counts = fewer_cases() ? Words{"2"} : Words{"1", "2"};
  for (const std::string& threads : counts) {
    CAPTURE(threads);
    const TemporaryFolder folder;
    for (int kill = 0; kill < 2; ++kill) {
      CHECK(stopped(folder, SIGKILL, threads).status == 128 + SIGKILL);
      CHECK(folder.names() == Words{"out.csv.partial"});
    }
    const std::size_t kept = lines_in(folder.path("out.csv.partial"));
    CHECK(kept > 40);
    const ProgramResult last =
        run_program(sweep(folder.path("out.csv").string(), {"--threads", threads}), utf8);
    CHECK(last.status == 0);
    CHECK_THAT(last.errors, Contains("going on after "));
    CHECK(read_file(folder.path("out.csv")) == expected_table());
    CHECK(folder.names() == Words{"out.csv"});
  }
}

TEST_CASE("Ctrl-C keeps what was done and says how to go on", "[cli][sweep]") {
  for (const int signal : {SIGINT, SIGTERM}) {
    const TemporaryFolder folder;
    const ProgramResult first = stopped(folder, signal, "2");
    CHECK(first.status == 128 + signal);
    CHECK(first.output.empty());
    CHECK_THAT(first.errors, Contains("of " + std::to_string(all_points()) + " points") &&
                                 Contains("the same command goes on from there"));
    CHECK(folder.names() == Words{"out.csv.partial"});
    // What was begun is finished: the last line is whole.
    CHECK(read_file(folder.path("out.csv.partial")).back() == '\n');
    const ProgramResult second = run_program(sweep(folder.path("out.csv").string()), utf8);
    CHECK(second.status == 0);
    CHECK(read_file(folder.path("out.csv")) == expected_table());
  }
}

TEST_CASE("without an output file the table is printed", "[cli][sweep]") {
  const Words words = {"sweep",       "--model", "gemma-2b",
                       "--quant",     "q8_0",    "--system",
                       "rtx-4090-pc", "--vary",  "workload.batch=1,2,0"};
  const ProgramResult result = run_program(words, utf8);
  CHECK(result.status == 0);
  CHECK_THAT(result.output, Catch::StartsWith("workload.batch,verdict,"));
  CHECK(std::count(result.output.begin(), result.output.end(), '\n') == 4);
  CHECK_THAT(result.output, Contains(",out-of-range,"));
  CHECK_THAT(result.errors, Contains("1 of 3 points are no valid scenario"));
  ProgramOptions german;
  german.environment = {{"LC_ALL", "de_DE.UTF-8"}};
  CHECK(run_program(words, german).output == result.output);
}

TEST_CASE("a machine with every system it is varied over", "[cli][sweep]") {
  const ProgramResult result = run_program({"sweep", "--model", "gemma-2b", "--quant", "q8_0",
                                            "--vary", "system=rtx-4090-pc,raspberry-pi-5-8gb"},
                                           utf8);
  CHECK(result.status == 0);
  CHECK(result.errors.empty());
  CHECK_THAT(result.output,
             Contains("\nrtx-4090-pc,fits,") && Contains("\nraspberry-pi-5-8gb,fits,"));
}

TEST_CASE("a sweep that makes no sense is refused before it runs", "[cli][sweep]") {
  const TemporaryFolder folder;
  const std::string output = folder.path("out.csv").string();
  const Words base = {"sweep", "--model", "gemma-2b", "--system", "rtx-4090-pc", "-o", output};
  const auto with = [&](const Words& more) {
    Words words = base;
    words.insert(words.end(), more.begin(), more.end());
    return words;
  };
  check_refusal(base, "[missing-argument]");
  check_refusal(with({"--vary", "workload.contxt=1,2"}),
                "did you mean 'workload.context'? [unknown-path]");
  check_refusal(with({"--vary", "workload.batch"}), "[bad-vary]");
  check_refusal(with({"--vary", "workload.batch=1", "--threads", "0"}), "[bad-value]");
  check_refusal({"sweep", "--model", "gemma-2b", "--vary", "workload.batch=1"},
                "[missing-argument]");
  check_refusal({"sweep", "none.yaml", "--vary", "workload.batch=1"}, "[unreadable]");
  check_refusal({"sweep", "--model", "m", "--system", "s", "--vary", "workload.batch=1", "-o",
                 folder.path("none/out.csv").string()},
                "[unwritable]");
  CHECK(folder.names().empty());
}

TEST_CASE("a journal of another sweep is not taken for ours", "[cli][sweep]") {
  const TemporaryFolder folder;
  stopped(folder, SIGKILL, "1");
  const std::string output = folder.path("out.csv").string();
  const std::string before = read_file(folder.path("out.csv.partial"));
  check_refusal(sweep(output, {"--set", "workload.depth=1"}), "changed since: scenario");
  check_refusal(sweep(output, {"--vary", "workload.depth=0,1"}), "[stale-journal]");
  CHECK(read_file(folder.path("out.csv.partial")) == before);
  const ProgramResult anew = run_program(sweep(output, {"--restart"}), utf8);
  CHECK(anew.status == 0);
  CHECK(anew.errors.empty());
  CHECK(read_file(output) == expected_table());
}

// The built program from the outside: status, what it prints where, and what it leaves behind. What
// a report says is the business of other tests.

#include <algorithm>
#include <nlohmann/json.hpp>
#include <sstream>
#include <string>
#include <vector>

#include "cli/run_program.h"
#include "support/catch.h"

using namespace plimsoll::test;
using Catch::Contains;
using nlohmann::json;

namespace {

const std::vector<std::string> small_question = {
    "report", "--model", "gemma-2b", "--quant", "q8_0", "--system", "rtx-4090-pc", "--no-changes"};

std::vector<std::string> with(std::vector<std::string> words,
                              const std::vector<std::string>& more) {
  words.insert(words.end(), more.begin(), more.end());
  return words;
}

std::string scenario_file(const TemporaryFolder& folder) {
  return folder.write("scenario.yaml",
                      "kind: scenario\nmodel: gemma-2b\nquantization: q8_0\nsystem: rtx-4090-pc\n");
}

// Refused: status 2, nothing on standard output, a diagnostic with that code on the other.
void check_refused(const std::vector<std::string>& words, const std::string& code) {
  const ProgramResult result = run_program(words, utf8);
  INFO(result.errors);
  CHECK(result.status == 2);
  CHECK(result.output.empty());
  CHECK_THAT(result.errors, Contains("[" + code + "]"));
}

}  // namespace

TEST_CASE("a report from options alone", "[cli][program]") {
  const ProgramResult result = run_program(small_question, utf8);
  INFO(result.errors);
  CHECK(result.status == 0);
  CHECK(result.errors.empty());
  CHECK_THAT(result.output, Catch::StartsWith("FITS: decodes "));
}

TEST_CASE("options change what a file says", "[cli][program]") {
  const TemporaryFolder folder;
  const ProgramResult result =
      run_program({"report", scenario_file(folder), "--no-changes", "--format", "json", "--context",
                   "2k", "--set", "workload.batch=3"},
                  utf8);
  REQUIRE(result.status == 0);
  const json scenario = json::parse(result.output)["scenario"];
  CHECK(scenario["context_tokens"] == 2048);
  CHECK(scenario["batch"] == 3);
}

TEST_CASE("the status is 0 whatever the verdict", "[cli][program]") {
  const ProgramResult result =
      run_program({"report", "--model", "llama-3.1-405b", "--quant", "f16", "--system",
                   "raspberry-pi-4b-8gb", "--no-changes", "--format", "json"},
                  utf8);
  INFO(result.errors);
  REQUIRE(result.status == 0);
  const json report = json::parse(result.output);
  CHECK(report["verdict"] == "does-not-fit");
  // 810 GB of weights miss some 800 of them on a machine with 8
  CHECK(report["short_by_bytes"].get<double>() > 700e9);
  CHECK(report["decode_tokens_per_second"].is_null());
}

TEST_CASE("the same question gives the same bytes", "[cli][program]") {
  const auto words = with(small_question, {"--format", "json"});
  CHECK(run_program(words, utf8).output == run_program(words, utf8).output);
}

TEST_CASE("without a model every model is ranked", "[cli][program]") {
  const ProgramResult result =
      run_program({"report", "--system", "raspberry-pi-5-8gb", "--format", "json"}, utf8);
  INFO(result.errors);
  REQUIRE(result.status == 0);
  const json ranking = json::parse(result.output);
  const ProgramResult list = run_program({"list", "models", "--format", "json"}, utf8);
  CHECK(ranking["models"].size() > 40);
  CHECK_THAT(ranking["machine"].get<std::string>(), Contains("Raspberry Pi 5"));
}

TEST_CASE("several machines in every spelling", "[cli][program]") {
  for (const char* machines :
       {"2x framework-desktop-128gb", "framework-desktop-128gb x2", "framework-desktop-128gbx2",
        "2x framework-desktop-128gb over usb4-ip"}) {
    INFO(machines);
    const ProgramResult result = run_program(
        {"report", "--model", "gemma-2b", "--system", machines, "--no-changes", "--format", "json"},
        utf8);
    INFO(result.errors);
    REQUIRE(result.status == 0);
    const json report = json::parse(result.output);
    CHECK(report["scenario"]["machines"] == 2);
    CHECK_THAT(report["scenario"]["system"].get<std::string>(),
               Contains("2x Framework Desktop 128 GB over "));
  }
}

TEST_CASE("bad input is refused", "[cli][program]") {
  const TemporaryFolder folder;
  check_refused({"reprot"}, "unknown-command");
  check_refused({"report", "--modle", "x", "--system", "y"}, "unknown-option");
  check_refused({"report", "--model", "gemma-2c", "--system", "rtx-4090-pc"}, "unknown-model");
  check_refused({"report", "--model", "gemma-2b", "--system", "rtx-4090-cp"}, "unknown-system");
  check_refused({"report", "--system", "rtx-4090-cp"}, "unknown-system");
  check_refused({"report", folder.path("none.yaml").string()}, "unreadable");
  check_refused({"report", folder.write("broken.yaml", "a: [1, 2")}, "syntax");
  check_refused({"report", folder.write("binary.yaml", std::string("\0\xFF\x01", 3))}, "not-text");
  check_refused(with(small_question, {"--set", "nonsense"}), "bad-override");
  check_refused(with(small_question, {"--hwdb", folder.path("none").string()}), "unreadable");
  check_refused({"show", "device", "no-such-device"}, "unknown-device");
  check_refused({"list", "gadgets"}, "unknown-kind");
}

TEST_CASE("every problem of a file is told, with its place", "[cli][program]") {
  const TemporaryFolder folder;
  const std::string file = folder.write(
      "two.yaml", "kind: scenario\nmodel: gemma-2b\nsystm: rtx-4090-pc\nworkload: {batch: -1}\n");
  const ProgramResult result = run_program({"report", file}, utf8);
  CHECK(result.status == 2);
  CHECK_THAT(result.errors, Contains(file + ":3:") && Contains("did you mean 'system'"));
  CHECK_THAT(result.errors, Contains(file + ":4:"));
}

TEST_CASE("a file appears whole or not at all", "[cli][program]") {
  const TemporaryFolder folder;
  const std::string target = folder.path("report.md").string();
  const ProgramResult good =
      run_program(with(small_question, {"--format", "md", "-o", target}), utf8);
  CHECK(good.status == 0);
  CHECK(good.output.empty());
  CHECK_THAT(read_file(target), Catch::StartsWith("# "));

  const std::string before = read_file(target);
  const ProgramResult bad =
      run_program({"report", "--model", "nonsense", "--system", "rtx-4090-pc", "-o", target}, utf8);
  CHECK(bad.status == 2);
  CHECK(read_file(target) == before);
  CHECK(folder.names() == std::vector<std::string>{"report.md"});
}

TEST_CASE("where nothing can be written", "[cli][program]") {
  const TemporaryFolder folder;
  check_refused(with(small_question, {"-o", folder.path("none/report.txt").string()}),
                "unwritable");
  check_refused(with(small_question, {"-o", folder.path("").string()}), "unwritable");  // a folder
  ProgramOptions full = utf8;
  full.output_file = "/dev/full";
  const ProgramResult result = run_program(small_question, full);
  CHECK(result.status == 2);
  CHECK_THAT(result.errors, Contains("[unwritable]"));
}

TEST_CASE("whoever reads may stop reading", "[cli][program]") {
  ProgramOptions closed = utf8;
  closed.closed_output = true;
  const ProgramResult result = run_program(small_question, closed);
  CHECK(result.status == 0);
  CHECK(result.errors.empty());
}

TEST_CASE("Ctrl-C leaves nothing behind", "[cli][program]") {
  const TemporaryFolder folder;
  // Interrupted at once, in the middle, or too late: either nothing was written or everything.
  for (const int delay : {0, 1, 2, 5, 10, 20}) {
    ProgramOptions interrupted = utf8;
    interrupted.interrupt_after_ms = delay;
    const std::string target = folder.path("report.txt").string();
    const ProgramResult result = run_program(with(small_question, {"-o", target}), interrupted);
    const bool done = result.status == 0;
    INFO(delay << " ms, status " << result.status);
    CHECK((done || result.status == 130));
    CHECK((folder.names().empty() || folder.names() == std::vector<std::string>{"report.txt"}));
    if (done) CHECK_THAT(read_file(target), Contains("Assumptions"));
    std::filesystem::remove(target);
  }
}

TEST_CASE("colour only where it is asked for", "[cli][program]") {
  CHECK(run_program(small_question, utf8).output.find('\033') == std::string::npos);
  CHECK(run_program(with(small_question, {"--color=always"}), utf8).output.find('\033') !=
        std::string::npos);
  CHECK(run_program(with(small_question, {"--color=never"}), utf8).output.find('\033') ==
        std::string::npos);
  // Asked for by name outranks NO_COLOR, as https://no-color.org has it.
  const ProgramOptions no_color{.environment = {{"LC_ALL", "C.UTF-8"}, {"NO_COLOR", "1"}}};
  CHECK(run_program(small_question, no_color).output.find('\033') == std::string::npos);
  CHECK(run_program(with(small_question, {"--color=always"}), no_color).output.find('\033') !=
        std::string::npos);
}

TEST_CASE("ASCII where the locale is no UTF-8", "[cli][program]") {
  const auto is_ascii = [](const std::string& text) {
    return std::all_of(text.begin(), text.end(),
                       [](char c) { return static_cast<unsigned char>(c) < 0x80; });
  };
  CHECK(is_ascii(run_program(small_question).output));
  CHECK_FALSE(
      is_ascii(run_program(small_question, {.environment = {{"LANG", "en_US.utf8"}}}).output));
  // LC_ALL outranks LANG
  CHECK(is_ascii(
      run_program(small_question, {.environment = {{"LANG", "en_US.UTF-8"}, {"LC_ALL", "C"}}})
          .output));
}

TEST_CASE("lines are as wide as asked for", "[cli][program]") {
  const auto widest = [](const std::string& text) {
    std::istringstream stream(text);
    std::size_t width = 0;
    for (std::string line; std::getline(stream, line);) width = std::max(width, line.size());
    return width;
  };
  // Rules fill the line, and in ASCII a byte is a column.
  CHECK(widest(run_program(small_question).output) == 80);
  CHECK(widest(run_program(with(small_question, {"--width", "120"})).output) == 120);
}

TEST_CASE("a comma locale changes nothing", "[cli][program]") {
  const ProgramOptions german{.environment = {{"LC_ALL", "de_DE.UTF-8"}}};
  CHECK(run_program(small_question, german).output == run_program(small_question, utf8).output);
}

TEST_CASE("names of a file without an entry are listed, with what they may mean",
          "[cli][program]") {
  const TemporaryFolder folder;
  const std::string file =
      folder.write("names.md",
                   "## device\n- NVIDIA H100 80GB |  | 80\n- NVIDIA H100 SXM5 "
                   "80GB |  | 80\n## model\n- Mixtral-8x22B\n- Mixtral-8x23B\n");
  const ProgramResult result =
      run_program({"list", "--unresolved", file, "--format", "json"}, utf8);
  INFO(result.errors);
  REQUIRE(result.status == 0);
  const json found = json::parse(result.output);
  CHECK(found["names"] == 4);
  REQUIRE(found["unresolved"].size() == 1);
  CHECK(found["unresolved"][0]["kind"] == "model");
  CHECK(found["unresolved"][0]["line"] == 6);
  CHECK_THAT(std::string(found["unresolved"][0]["hint"]), Contains("8x22b"));
  // Of two variants with 80 GB nobody can tell which was meant.
  REQUIRE(found["several"].size() == 1);
  CHECK(found["several"][0]["line"] == 2);
  CHECK(found["several"][0]["hint"] == "h100-sxm5-80gb, h100-pcie-80gb");
  const ProgramResult text = run_program({"list", "--unresolved", file}, utf8);
  CHECK_THAT(text.output, Contains("1 of 4 (25 %) of the names do not resolve."));
  check_refused({"list", "--unresolved", "no-such-file.yaml"}, "unreadable");
}

TEST_CASE("list and show", "[cli][program]") {
  for (const char* kind :
       {"devices", "systems", "models", "engines", "quantizations", "links", "storage", "os"}) {
    const ProgramResult result = run_program({"list", kind, "--format", "json"}, utf8);
    INFO(kind << "\n" << result.errors);
    CHECK(result.status == 0);
    CHECK_NOTHROW(json::parse(result.output));
  }
  const ProgramResult list = run_program({"list", "devices", "m3 max"}, utf8);
  CHECK_THAT(list.output, Contains("m3-max-40c") && !Contains("rtx-4090"));
  const ProgramResult show = run_program({"show", "device", "RTX 4090"}, utf8);
  CHECK(show.status == 0);
  CHECK_THAT(show.output, Contains("24 GiB"));
}

TEST_CASE("an overlay adds entries and replaces ours", "[cli][program]") {
  const TemporaryFolder folder;
  folder.write("links/ethernet-9g.yaml",
               "kind: link\nid: ethernet-9g\nname: Ethernet 9 Gbit/s\nscope: between_hosts\n"
               "raw: {value: 9 Gbit/s, source: test, status: claimed}\n"
               "reached: {value: 8 Gbit/s, source: test, status: claimed}\n"
               "latency: {value: 20 us, source: test, status: claimed}\nfull_duplex: true\n");
  const ProgramResult result =
      run_program({"list", "links", "9g", "--hwdb", folder.path("").string()}, utf8);
  INFO(result.errors);
  CHECK(result.status == 0);
  CHECK_THAT(result.output, Contains("ethernet-9g"));
}

TEST_CASE("simulate writes a trace", "[cli][program]") {
  const TemporaryFolder folder;
  const std::string trace = folder.path("run.json").string();
  const ProgramResult result =
      run_program({"simulate", scenario_file(folder), "--trace", trace}, utf8);
  INFO(result.errors);
  REQUIRE(result.status == 0);
  CHECK_THAT(result.output, Contains("Simulated run"));
  const json events = json::parse(read_file(trace))["traceEvents"];
  const auto complete = std::count_if(events.begin(), events.end(),
                                      [](const json& event) { return event["ph"] == "X"; });
  CHECK(complete > 18);  // at least one operator for each of the model's 18 layers
}

TEST_CASE("help is printed and no wider than a terminal", "[cli][program]") {
  for (const char* command : {"", "report", "simulate", "compare", "sweep", "list", "show"}) {
    std::vector<std::string> words = {"--help"};
    if (*command) words.insert(words.begin(), command);
    const ProgramResult result = run_program(words, utf8);
    CHECK(result.status == 0);
    std::istringstream stream(result.output);
    for (std::string line; std::getline(stream, line);) {
      INFO(line);
      CHECK(line.size() <= 82);  // an ellipsis takes three bytes for a column
    }
  }
}

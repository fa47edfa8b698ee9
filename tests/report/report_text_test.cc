#include "report/report_text.h"

#include <algorithm>
#include <string>
#include <vector>

#include "report/characters.h"
#include "report/random_outcome.h"
#include "report/ranking_report.h"
#include "report/sample_outcomes.h"
#include "support/catch.h"
#include "support/golden.h"
#include "support/lines.h"

using namespace plimsoll;
using namespace plimsoll::test;
using Catch::Contains;

namespace {

std::string without_colours(const std::string& text) {
  std::string plain;
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (text[i] == '\033')
      i = text.find('m', i);
    else
      plain += text[i];
  }
  return plain;
}

// The line that holds `part`, or nothing.
std::string line_with(const std::string& text, const std::string& part) {
  for (const std::string& line : lines_of(text)) {
    if (line.find(part) != std::string::npos) return line;
  }
  return {};
}

void check_golden(const std::string& name, const std::string& text) {
  CHECK(text == golden_text(PLIMSOLL_GOLDEN_DIR "/" + name, text));
}

void check_lines(const std::string& text, int width) {
  for (const std::string& line : lines_of(text)) {
    INFO(line);
    REQUIRE(terminal_columns(line) <= width);
    REQUIRE((line.empty() || line.back() != ' '));
  }
}

}  // namespace

TEST_CASE("reports of the hand-made outcomes", "[report][golden]") {
  for (const int width : {80, 140}) {
    const TextStyle style{.width = width, .colour = false, .unicode = true};
    const std::string suffix = "-" + std::to_string(width) + ".txt";
    check_golden("fitting" + suffix, report_text(fitting_outcome(), style));
    check_golden("unfitting" + suffix, report_text(unfitting_outcome(), style));
    check_golden("replicated" + suffix, report_text(replicated_outcome(), style));
  }
  check_golden("unfitting-ascii.txt",
               report_text(unfitting_outcome(), {.width = 80, .colour = false, .unicode = false}));
}

TEST_CASE("the verdict comes first and in plain words", "[report]") {
  CHECK_THAT(
      report_text(fitting_outcome(), narrow_page),
      Catch::StartsWith("FITS: decodes 50.0 token/s per sequence, first token after 250 ms"));
  CHECK_THAT(report_text(unfitting_outcome(), narrow_page),
             Catch::StartsWith("DOES NOT FIT: short by 12 GB on unified memory.\n"));
  // Its pools hold the changed scenario, so only the sum says what was missing.
  CHECK_THAT(report_text(changed_outcome(), narrow_page),
             Catch::StartsWith("FITS WITH CHANGES: short by 2 GB as asked; with context 8192 -> "));
}

TEST_CASE("figures stand with their 90 % interval in one unit", "[report]") {
  const std::string text = report_text(fitting_outcome(), narrow_page);
  CHECK_THAT(line_with(text, "decode, each sequence"), Contains("50.0   token/s  (40.0 … 62.5)"));
  // 0.25 s with 0.2 to 0.32: milliseconds, three digits
  CHECK_THAT(line_with(text, "time to first token"), Contains("250     ms       (200 … 320)"));
  CHECK_THAT(line_with(text, "energy per token"), Contains("3.75  J/token  (2.40 … 5.60)"));
}

TEST_CASE("what does not run has no figures", "[report]") {
  const std::string text = report_text(unfitting_outcome(), narrow_page);
  CHECK(text.find("Speed") == std::string::npos);
  CHECK_THAT(text, Contains("It does not fit with any context."));
  // The change makes it run; there is no rate to compare with, so no factor.
  CHECK_THAT(line_with(text, "1  system"), Contains("8.00  token/s  (7.00 … 9.00)"));
  CHECK(line_with(text, "1  system").find("x  ") == std::string::npos);
}

TEST_CASE("identical pools are one line, and its bar is to scale", "[report]") {
  const std::string text = report_text(fitting_outcome(), narrow_page);
  // 64 + 4 + 2 + 1 = 71 GB of 80 GB
  CHECK_THAT(text,
             Contains("GPU 0-3 memory, each: 71.0 GB (70.5 … 72.0) of 80 GB usable, 9 GB free"));
  CHECK(text.find("GPU 1 ") == std::string::npos);
  // 78 columns for 80 GiB = 85.9 GB: the experts' 64 GB end at column 58.1, 68 GB at 61.7, the
  // limit stands at 72.6.
  std::string blocks;
  for (int i = 0; i < 58; ++i) blocks += "█";
  CHECK_THAT(text, Contains("\n  " + blocks + "▓▓▓▓▒▒"));
}

TEST_CASE("over the limit, the bar goes on behind the mark", "[report]") {
  // 48 GB used of 48 GiB = 51.5 GB over 78 columns: weights 44 GB to column 66.6, the mark at 36 GB
  // is column 54.5.
  const TextStyle ascii{.width = 80, .colour = false, .unicode = false};
  const std::string text = report_text(unfitting_outcome(), ascii);
  const auto row = line_with(text, "##");
  CHECK(row.find('|') == 2 + 54);
  CHECK(row.find_last_of('#') == 2 + 66);
}

TEST_CASE("small shares of a token are summed up", "[report]") {
  Outcome outcome;
  outcome.verdict = Verdict::fits;
  outcome.time_shares = {{"GPU", "experts", Seconds(0.97), 0.97}};
  for (int i = 0; i < 6; ++i) {
    outcome.time_shares.push_back({"host", "part " + std::to_string(i), Seconds(0.005), 0.005});
  }
  const std::string text = report_text(outcome, narrow_page);
  CHECK_THAT(line_with(text, "6 small parts"), Contains("3.0 %") && Contains("30.0 ms"));
  CHECK(text.find("part 3") == std::string::npos);
}

TEST_CASE("doubtful figures come first and are marked", "[report]") {
  const std::string text = report_text(fitting_outcome(), narrow_page);
  const auto doubtful = text.find("Claimed or uncertain");
  REQUIRE(doubtful != std::string::npos);
  CHECK(doubtful < text.find("Chosen by default"));
  CHECK_THAT(line_with(text, "latency of NVLink 3"),
             Catch::StartsWith("  !  ") && Contains("claimed"));
  // One source, named once.
  const auto first = text.find("NVIDIA A100 datasheet");
  CHECK(text.find("NVIDIA A100 datasheet", first + 1) == std::string::npos);
}

TEST_CASE("redundancy and costs are told where something is known", "[report]") {
  const std::string text = report_text(replicated_outcome(), narrow_page);
  // Two digits of what is missing, cut off: 1 - 2.6e-6.
  CHECK_THAT(line_with(text, "availability of the service"), Contains("99.99974") && Contains("%"));
  CHECK_THAT(line_with(text, "down"), Contains("1.50") && Contains("min a year"));
  CHECK_THAT(line_with(text, "own   3x box"),
             Contains("10000 (8500 … 12000)") && Contains("20.0 (17.0 … 24.0)"));
  CHECK_THAT(line_with(text, "API   mixtral"), Contains("not known"));
  CHECK_THAT(text, Contains("no API price of mixtral-8x22b is known"));
  CHECK_THAT(line_with(text, "Owning has paid back"), Contains("after 15.8 months (9.50 …"));
  CHECK_THAT(text, Contains("never); probability 93 % that it ever does."));
  CHECK(report_text(fitting_outcome(), narrow_page).find("Cost per month") == std::string::npos);
  Outcome unknown = replicated_outcome();
  unknown.costs->ways = {unknown.costs->ways.back()};
  CHECK(report_text(unknown, narrow_page).find("Cost per month") == std::string::npos);
}

TEST_CASE("lossy changes carry their warning", "[report]") {
  CHECK_THAT(line_with(report_text(fitting_outcome(), narrow_page), "2-bit weights"),
             Catch::StartsWith("      ! 2-bit"));
}

TEST_CASE("the start command can be pasted", "[report]") {
  const std::string text = report_text(fitting_outcome(), narrow_page);
  std::string command = text.substr(text.find("vllm serve"));
  command = command.substr(0, command.find("\n\n"));
  // What a shell does: a backslash before a line end joins the lines.
  for (auto end = command.find("\\\n"); end != std::string::npos; end = command.find("\\\n")) {
    command.replace(end, 2 + 6, "");
  }
  CHECK(command == fitting_outcome().start_command);
}

TEST_CASE("no line is wider than the page, whatever the outcome", "[report][property]") {
  Rng rng(1, "report width");
  for (int round = 0; round < 300; ++round) {
    const Outcome outcome = random_outcome(rng);
    const std::vector<RankedModel> ranking = random_ranking(rng);
    const std::string machine = random_text(rng);
    for (const int width : {80, 97, 140}) {
      for (const bool unicode : {true, false}) {
        const TextStyle style{.width = width, .colour = false, .unicode = unicode};
        const std::string text = report_text(outcome, style);
        check_lines(text, width);
        check_lines(ranking_text(machine, ranking, style), width);
        const bool ascii = std::all_of(text.begin(), text.end(),
                                       [](char c) { return c == '\n' || (c >= ' ' && c < 0x7F); });
        REQUIRE((unicode || ascii));
        REQUIRE(text.find('\033') == std::string::npos);
        const TextStyle coloured{.width = width, .colour = true, .unicode = unicode};
        REQUIRE(without_colours(report_text(outcome, coloured)) == text);
      }
    }
  }
}

TEST_CASE("a page narrower than 80 columns is taken as 80", "[report]") {
  CHECK(report_text(fitting_outcome(), {.width = 20, .colour = false, .unicode = true}) ==
        report_text(fitting_outcome(), narrow_page));
}

// `plimsoll plan` from the outside: its plans are the reports they name, its formats agree, what is
// wrong is refused, an interrupted one says so.

#include <csignal>
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

using Words = std::vector<std::string>;

// One family of machines and one engine: a question that is quick to answer.
Words plan(const Words& more = {}) {
  Words words = {"plan",          "--model",  "qwen3-30b-a3b", "--systems",
                 "mac studio m2", "--engine", "llama.cpp"};
  words.insert(words.end(), more.begin(), more.end());
  return words;
}

json answer(const Words& words) {
  const ProgramResult result = run_program(words, utf8);
  INFO(result.errors);
  REQUIRE(result.status == 0);
  return json::parse(result.output);
}

// The words of a command that needs no quotes but for the system.
Words words_of(const std::string& command) {
  Words words;
  std::string word;
  bool quoted = false;
  for (const char c : command + " ") {
    if (c == '\'') {
      quoted = !quoted;
    } else if (c == ' ' && !quoted) {
      if (!word.empty()) words.push_back(word);
      word.clear();
    } else {
      word += c;
    }
  }
  return words;
}

TEST_CASE("Every plan names the report behind it") {
  const json result = answer(plan({"--at-least", "10", "--format", "json"}));
  REQUIRE_FALSE(result["front"].empty());
  for (const json& each : result["front"]) {
    Words report = words_of(each["command"]);
    REQUIRE(report.size() > 2);
    CHECK(report[0] == "plimsoll");
    report.erase(report.begin());
    report.insert(report.end(), {"--no-changes", "--format", "json"});
    const json outcome = answer(report);
    INFO(each["command"]);
    CHECK(outcome["verdict"] == each["verdict"]);
    for (const char* figure : {"decode_tokens_per_second", "time_to_first_token_s"})
      CHECK(outcome[figure] == each[figure]);
  }
}

TEST_CASE("A plan is the same on any number of threads, in every format") {
  for (const char* format : {"text", "json", "md"}) {
    const ProgramResult one = run_program(plan({"--threads", "1", "--format", format}), utf8);
    const ProgramResult two = run_program(plan({"--threads", "2", "--format", format}), utf8);
    CHECK(one.status == 0);
    CHECK(one.output == two.output);
    CHECK(one.errors.empty());
  }
}

TEST_CASE("Every candidate of a plan is accounted for") {
  const json counts = answer(plan({"--budget", "3000", "--format", "json"}))["counts"];
  std::int64_t sum = 0;
  for (const char* part : {"refused", "too_dear", "too_hungry", "too_large", "too_slow", "beaten",
                           "unneeded", "does_not_fit", "evaluated"})
    sum += counts[part].get<std::int64_t>();
  CHECK(sum == counts["candidates"]);
}

TEST_CASE("The default speed of a plan is printed as such") {
  const ProgramResult result = run_program(plan(), utf8);
  CHECK_THAT(result.output, Contains("5.3 token/s (default"));
}

TEST_CASE("The text of a plan keeps to its width") {
  for (const std::string width : {"80", "140"}) {
    const ProgramResult result =
        run_program(plan({"--width", width, "--budget", "9000"}), {.environment = {}});
    std::istringstream lines(result.output);
    for (std::string line; std::getline(lines, line);) {
      INFO(line);
      CHECK(line.size() <= static_cast<std::size_t>(std::stoi(width)));
    }
  }
}

TEST_CASE("Where nothing meets it the nearest miss and a cure are named") {
  const ProgramResult result = run_program(plan({"--budget", "100"}), utf8);
  CHECK(result.status == 0);
  CHECK_THAT(result.output, Contains("meets the requirement"));
  CHECK_THAT(result.output, Contains("Nearest miss"));
  CHECK_THAT(result.output, Contains("budget:"));
}

TEST_CASE("A requirement file is read, and options change it") {
  const TemporaryFolder folder;
  const std::string file = folder.write("r.yaml",
                                        "kind: requirement\nmodel: qwen3-30b-a3b\nsystems: mac "
                                        "studio m2\nengine: llama.cpp\nat_least: 10 token/s\n");
  const json from_file = answer({"plan", file, "--format", "json"});
  const json from_options = answer(plan({"--at-least", "10", "--format", "json"}));
  CHECK(from_file == from_options);
  const json changed = answer({"plan", file, "--at-least", "20", "--format", "json"});
  CHECK(changed["requirement"]["at_least_tokens_per_second"] == 20.0);
}

TEST_CASE("What is wrong with a plan's options is told at once") {
  const ProgramResult result = run_program(
      {"plan", "--rent", "--buy", "--users", "none", "--threads", "0", "--at-most=3"}, utf8);
  CHECK(result.status == 2);
  CHECK_THAT(result.errors, Contains("--rent and --buy"));
  CHECK_THAT(result.errors, Contains("--users"));
  CHECK_THAT(result.errors, Contains("--threads"));
  CHECK_THAT(result.errors, Contains("--at-most"));
  CHECK_THAT(result.errors, Contains("--model"));
}

TEST_CASE("A model that is not there is refused with the nearest name") {
  const ProgramResult result = run_program({"plan", "--model", "qwen3-30b-a3c"}, utf8);
  CHECK(result.status == 2);
  CHECK_THAT(result.errors, Contains("qwen3-30b-a3b"));
}

TEST_CASE("An interrupted plan prints the best so far and says so") {
  const TemporaryFolder folder;
  ProgramOptions options = utf8;
  options.interrupt_after_ms = 400;
  const ProgramResult result =
      run_program({"plan", "--model", "kimi-k2.5", "--users", "64", "--threads", "1"}, options);
  // On a fast machine it may have finished before.
  if (result.status == 0) return;
  CHECK(result.status == 128 + SIGINT);
}

}  // namespace

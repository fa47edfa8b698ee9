#include "arguments.h"

#include <string>
#include <vector>

#include "support/catch.h"

using namespace plimsoll;
using namespace plimsoll::cli;

namespace {

Command parse(std::vector<const char*> words) {
  words.insert(words.begin(), "plimsoll");
  return parse_arguments(static_cast<int>(words.size()), words.data());
}

std::vector<Diagnostic> mistakes_of(const std::vector<const char*>& words) {
  try {
    parse(words);
  } catch (const InputError& mistake) {
    return mistake.diagnostics().sorted();
  }
  return {};
}

std::vector<std::string> codes_of(const std::vector<const char*>& words) {
  std::vector<std::string> codes;
  for (const Diagnostic& diagnostic : mistakes_of(words)) codes.push_back(diagnostic.code);
  return codes;
}

using Codes = std::vector<std::string>;
using Fields = std::vector<std::pair<std::string, std::string>>;

}  // namespace

TEST_CASE("options of a scenario", "[cli]") {
  const auto command = std::get<ReportCommand>(parse({"report",
                                                      "--model",
                                                      "m",
                                                      "--quant",
                                                      "q4_k_m",
                                                      "--system",
                                                      "4x s",
                                                      "--link",
                                                      "l",
                                                      "--engine",
                                                      "llama.cpp:cuda",
                                                      "--context",
                                                      "32k",
                                                      "--prompt",
                                                      "131072",
                                                      "--generate",
                                                      "1",
                                                      "--batch",
                                                      "48",
                                                      "--depth",
                                                      "0",
                                                      "--set",
                                                      "a=1",
                                                      "--set",
                                                      "b=2"}));
  CHECK(command.scenario.fields == Fields{{"model", "m"},
                                          {"quantization", "q4_k_m"},
                                          {"system", "4x s"},
                                          {"engine", "llama.cpp:cuda"},
                                          {"context", "32768"},  // 32 x 1024
                                          {"prompt", "131072"},
                                          {"generate", "1"},
                                          {"batch", "48"},
                                          {"depth", "0"}});
  CHECK(command.scenario.link == "l");
  CHECK(command.scenario.overrides == std::vector<std::string>{"a=1", "b=2"});
  CHECK(command.changes);
  CHECK(command.output.format == Format::text);
}

TEST_CASE("options of streamed experts", "[cli]") {
  const auto command =
      std::get<SimulateCommand>(parse({"simulate", "s.yaml", "--access", "direct", "--read-threads",
                                       "8", "--app-cache", "9.8 GB", "--routing", "t.csv"}));
  CHECK(command.scenario.fields == Fields{{"access", "direct"},
                                          {"read_threads", "8"},
                                          {"app_cache", "9.8 GB"},
                                          {"routing", "t.csv"}});
  CHECK(codes_of({"report", "s.yaml", "--read-threads", "0"}) == Codes{"bad-value"});
}

TEST_CASE("a scenario file may stand anywhere among the options", "[cli]") {
  for (const auto& words :
       std::vector<std::vector<const char*>>{{"report", "s.yaml", "--set", "a=1"},
                                             {"report", "--set", "a=1", "s.yaml"},
                                             {"report", "--hwdb", "d", "s.yaml", "--set", "a=1"}}) {
    const auto command = std::get<ReportCommand>(parse(words));
    CHECK(command.scenario.file == "s.yaml");
    CHECK(command.scenario.overrides == std::vector<std::string>{"a=1"});
  }
}

TEST_CASE("the names of a file are of every kind", "[cli]") {
  const auto command =
      std::get<UnresolvedCommand>(parse({"list", "--unresolved", "names.md", "--format", "json"}));
  CHECK(command.file == "names.md");
  CHECK(command.output.format == Format::json);
  CHECK(codes_of({"list", "devices", "--unresolved", "names.md"}) == Codes{"bad-option"});
}

TEST_CASE("a simulated run can be held against a published rate", "[cli]") {
  const auto command = std::get<SimulateCommand>(
      parse({"simulate", "s.yaml", "--published", "5.68", "--format", "json"}));
  CHECK(command.published == 5.68);
  CHECK(command.output.format == Format::json);
  CHECK_FALSE(std::get<SimulateCommand>(parse({"simulate", "s.yaml"})).published);
  for (const char* rate : {"0", "-1", "fast", "5 token/s"})
    CHECK(codes_of({"simulate", "s.yaml", "--published", rate}) == Codes{"bad-value"});
}

TEST_CASE("output options", "[cli]") {
  const auto command =
      std::get<ReportCommand>(parse({"report", "s.yaml", "--format", "md", "-o", "out.md",
                                     "--width", "100", "--color=always", "--no-changes"}));
  CHECK(command.output.format == Format::markdown);
  CHECK(command.output.file == "out.md");
  CHECK(command.output.width == 100);
  CHECK(command.output.colour == ColourChoice::always);
  CHECK_FALSE(command.changes);
}

TEST_CASE("list and show take kinds in the singular and the plural", "[cli]") {
  CHECK(std::get<ListCommand>(parse({"list", "devices"})).kind == EntryKind::device);
  CHECK(std::get<ListCommand>(parse({"list", "device", "m3"})).pattern == "m3");
  CHECK(std::get<ShowCommand>(parse({"show", "quantization", "q4_k_m"})).name == "q4_k_m");
  CHECK(codes_of({"list", "devcies"}) == Codes{"unknown-kind"});
  CHECK(mistakes_of({"list", "devcies"})[0].suggestion == "devices");
  CHECK(codes_of({"show"}) == Codes{"missing-argument", "missing-argument"});
}

TEST_CASE("every mistake of a line is told", "[cli]") {
  CHECK(codes_of({"report", "s.yaml", "--context", "3q", "--batch", "-1", "--format", "xml",
                  "--width", "12", "--color", "red", "--formt", "json"}) ==
        Codes{"unknown-option", "bad-value", "bad-value", "bad-value", "bad-value", "bad-value"});
}

TEST_CASE("counts that are none", "[cli]") {
  for (const char* text : {"0", "-5", "1.5", "k", "1kk", "99999999999999999999",
                           "9007199254740993k", "0x10", " 1", "1e3", "nan"}) {
    INFO(text);
    CHECK(codes_of({"report", "s.yaml", "--prompt", text}) == Codes{"bad-value"});
  }
}

TEST_CASE("unknown words come with the nearest known one", "[cli]") {
  CHECK(codes_of({"reprot", "s.yaml"}) == Codes{"unknown-command"});
  CHECK(mistakes_of({"reprot", "s.yaml"})[0].suggestion == "report");
  CHECK(mistakes_of({"report", "--modle", "m", "--system", "s"})[0].suggestion == "--model");
  CHECK(mistakes_of({"--verison"})[0].suggestion == "--version");
  CHECK(codes_of({"report", "--modle=m", "--system", "s"}) == Codes{"unknown-option"});
  CHECK(mistakes_of({"reprot"})[0].place.file == "command line");
}

TEST_CASE("missing and surplus arguments", "[cli]") {
  CHECK(codes_of({"report"}) == Codes{"missing-argument"});
  CHECK(codes_of({"report", "--model", "m"}) == Codes{"missing-argument"});
  CHECK(codes_of({"report", "s.yaml", "--model"}) == Codes{"bad-option"});
  CHECK(codes_of({"report", "s.yaml", "t.yaml"}) == Codes{"bad-option"});
}

TEST_CASE("scenarios to compare", "[cli]") {
  const auto command = std::get<CompareCommand>(
      parse({"compare", "a.yaml", "--batch", "2", "b.yaml", "c.yaml", "--format", "json"}));
  CHECK(command.files == std::vector<std::string>{"a.yaml", "b.yaml", "c.yaml"});
  CHECK(command.scenario.fields == Fields{{"batch", "2"}});
  CHECK(command.scenario.file.empty());
  CHECK(command.output.format == Format::json);
  CHECK(codes_of({"compare", "a.yaml"}) == Codes{"missing-argument"});
  CHECK(codes_of({"compare", "a.yaml", "b.yaml", "--batch", "x", "--width", "1"}) ==
        Codes{"bad-value", "bad-value"});
}

TEST_CASE("what a sweep varies", "[cli]") {
  const auto command =
      std::get<SweepCommand>(parse({"sweep", "s.yaml", "--vary", "a=1,2", "--vary", "b=1:9:3", "-o",
                                    "out.csv", "--threads", "3"}));
  CHECK(command.scenario.file == "s.yaml");
  CHECK(command.vary == std::vector<std::string>{"a=1,2", "b=1:9:3"});
  CHECK(command.file == "out.csv");
  CHECK(command.threads == 3);
  CHECK_FALSE(command.restart);
  CHECK(std::get<SweepCommand>(parse({"sweep", "s.yaml", "--vary", "a=1", "--restart"})).restart);
  CHECK(codes_of({"sweep", "s.yaml"}) == Codes{"missing-argument"});
  CHECK(codes_of({"sweep", "--vary", "workload.batch=1"}) == Codes{"missing-argument"});
  CHECK(codes_of({"sweep", "--model", "m", "--vary", "system=a,b"}).empty());
  for (const char* threads : {"0", "-1", "two", "1.5", "99999"})
    CHECK(codes_of({"sweep", "s.yaml", "--vary", "a=1", "--threads", threads}) ==
          Codes{"bad-value"});
}

TEST_CASE("help and version", "[cli]") {
  CHECK_THAT(std::get<PrintCommand>(parse({"--version"})).text, Catch::StartsWith("plimsoll "));
  CHECK_THAT(std::get<PrintCommand>(parse({})).text, Catch::Contains("Usage"));
  for (const char* command : {"report", "simulate", "compare", "sweep", "list", "show"}) {
    const std::string help = std::get<PrintCommand>(parse({command, "--help"})).text;
    CHECK_THAT(help,
               Catch::Contains("Examples:") && Catch::Contains(std::string("plimsoll ") + command));
  }
}

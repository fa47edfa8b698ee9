// `plimsoll compare` from the outside.

#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "cli/run_program.h"
#include "support/catch.h"

using namespace plimsoll::test;
using Catch::Contains;
using nlohmann::json;

namespace {

std::string scenario(const TemporaryFolder& folder, const std::string& name,
                     const std::string& model, const std::string& quantization) {
  return folder.write(name, "kind: scenario\nmodel: " + model + "\nquantization: " + quantization +
                                "\nsystem: rtx-4090-pc\n");
}

}  // namespace

TEST_CASE("scenario files side by side", "[cli][compare]") {
  const TemporaryFolder folder;
  const std::string a = scenario(folder, "small.yaml", "gemma-2b", "q8_0");
  const std::string b = scenario(folder, "large.yaml", "llama-3.1-8b", "q8_0");
  // Repacked at load, so it does not page either.
  const std::string c = scenario(folder, "huge.yaml", "llama-3.1-405b", "q4_k_m");
  const ProgramResult result =
      run_program({"compare", a, b, c, "--format", "json", "--set", "workload.prompt=100"}, utf8);
  INFO(result.errors);
  REQUIRE(result.status == 0);
  const json document = json::parse(result.output);
  REQUIRE(document["scenarios"].size() == 3);
  CHECK(document["scenarios"][0]["name"] == "small");
  CHECK(document["scenarios"][0]["file"] == a);
  CHECK(document["scenarios"][2]["verdict"] == "does-not-fit");
  for (const json& each : document["differences"]) CHECK(each["field"] != "workload.prompt");
  const json& decode = document["against_first"][0]["figures"][0];
  CHECK(decode["figure"] == "decode_tokens_per_second");
  CHECK(decode["ratio"].get<double>() < 1.0);  // more weights to read for each token
  CHECK(document["against_first"][1]["figures"].empty());

  const ProgramResult text = run_program({"compare", a, b, c, "--width", "140"}, utf8);
  CHECK(text.status == 0);
  CHECK_THAT(text.output, Contains("What differs") && Contains("Against A"));
  const ProgramResult page = run_program({"compare", a, b, "--format", "md"}, utf8);
  CHECK_THAT(page.output, Catch::StartsWith("# "));
}

TEST_CASE("comparisons that are refused", "[cli][compare]") {
  const TemporaryFolder folder;
  const std::string good = scenario(folder, "good.yaml", "gemma-2b", "q8_0");
  const auto refused = [](const std::vector<std::string>& words) {
    const ProgramResult result = run_program(words, utf8);
    CHECK(result.status == 2);
    CHECK(result.output.empty());
    return result.errors;
  };
  CHECK_THAT(refused({"compare", good}), Contains("[missing-argument]"));
  CHECK_THAT(refused({"compare"}), Contains("[missing-argument]"));
  const std::string one = scenario(folder, "one.yaml", "nonsense", "q8_0");
  const std::string two = folder.write("two.yaml", "kind: scenario\nmodl: x\n");
  const std::string three = folder.write("three.yaml", "kind: scenario\nsystm: x\n");
  // Every problem of every file that can be read; names are looked up when all can.
  CHECK_THAT(refused({"compare", good, two, three}),
             Contains(two + ":2:") && Contains(three + ":2:"));
  CHECK_THAT(refused({"compare", good, one}), Contains(one + ":2:"));
}

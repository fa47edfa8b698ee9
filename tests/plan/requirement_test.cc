#include "catalog/data_fixture.h"
#include "plan/plan.h"
#include "support/catch.h"

namespace plimsoll {
namespace {

const char* const whole = R"(kind: requirement
model: gemma-2b
quantization: q4_k_m
engine: llama.cpp:vulkan
systems: framework
at_least: 20 token/s
ttft: 2 s
context: 32768
prompt: 1000
generate: 500
users: 8
replicas_to_spare: 1
budget: 3000 USD
power: 600 W
own: [framework-desktop-128gb, 2x dgx-spark]
pay: buy
)";

TEST_CASE("A requirement file says everything") {
  const DataFixture data;
  const Requirement r = read_requirement(data.write("r.yaml", whole));
  CHECK(*r.model.value == "gemma-2b");
  CHECK(*r.quantization.value == "q4_k_m");
  CHECK(*r.engine.value == "llama.cpp");
  CHECK(*r.backend.value == "vulkan");
  CHECK(*r.systems.value == "framework");
  CHECK(*r.at_least.value == 20.0);
  CHECK(r.ttft.value->base() == 2.0);
  CHECK(*r.context.value == 32768);
  CHECK(*r.prompt.value == 1000);
  CHECK(*r.generate.value == 500);
  CHECK(*r.users.value == 8);
  CHECK(*r.spare.value == 1);
  CHECK(r.budget.value->base() == 3000.0);
  CHECK(r.power.value->base() == 600.0);
  REQUIRE(r.own.size() == 2);
  CHECK(r.own[0].system == "framework-desktop-128gb");
  CHECK(r.own[0].count == 1);
  CHECK(r.own[1].system == "dgx-spark");
  CHECK(r.own[1].count == 2);
  CHECK(r.acquisition == Acquisition::buy);
}

TEST_CASE("A requirement that is written reads back as it was") {
  const DataFixture data;
  for (const char* file : {whole, "kind: requirement\nmodel: gemma-2b\npay: rent\n",
                           "kind: requirement\nmodel: 'a \"b\"'\nat_least: 0.1 token/s\n"
                           "engine: exo\nown: x\n"}) {
    const std::string written = to_yaml(read_requirement(data.write("r.yaml", file)));
    INFO(written);
    const Requirement again = read_requirement(data.write("again.yaml", written));
    CHECK(to_yaml(again) == written);
  }
  const Requirement r = read_requirement(
      data.write("again.yaml", to_yaml(read_requirement(data.write("r.yaml", whole)))));
  CHECK(*r.backend.value == "vulkan");
  CHECK(*r.at_least.value == 20.0);
  CHECK(r.ttft.value->base() == 2.0);
  CHECK(r.budget.value->base() == 3000.0);
  CHECK(r.power.value->base() == 600.0);
  CHECK(*r.spare.value == 1);
  REQUIRE(r.own.size() == 2);
  CHECK(r.own[1].count == 2);
}

TEST_CASE("Options change a requirement file") {
  const DataFixture data;
  const Requirement r = read_requirement(data.write("r.yaml", whole),
                                         {{"at_least", "35"}, {"pay", "rent"}, {"own", "x"}});
  CHECK(*r.at_least.value == 35.0);
  CHECK(r.at_least.place.file == "--at_least");
  CHECK(r.acquisition == Acquisition::rent);
  REQUIRE(r.own.size() == 1);
  CHECK(*r.users.value == 8);
}

TEST_CASE("Options take numbers without a unit, files do not") {
  const Requirement r = requirement_from_options(
      {{"model", "m"}, {"at_least", "20"}, {"ttft", "1.5"}, {"budget", "3000"}, {"power", "600"}});
  CHECK(*r.at_least.value == 20.0);
  CHECK(r.ttft.value->base() == 1.5);
  CHECK(r.budget.value->base() == 3000.0);
  CHECK(r.power.value->base() == 600.0);
  const DataFixture data;
  CHECK_THROWS_AS(
      read_requirement(data.write("r.yaml", "kind: requirement\nmodel: m\nbudget: 3\n")),
      InputError);
}

TEST_CASE("Every problem of a requirement file is told at once, with its place") {
  const DataFixture data;
  const auto file = data.write("r.yaml",
                               "kind: requirement\nmodel: m\nat_least: 20 apples\nttft: 0 s\n"
                               "users: none\nbudgets: 3 USD\npay: steal\nown: [0x a]\n");
  try {
    read_requirement(file);
    FAIL("it was read");
  } catch (const InputError& error) {
    std::vector<std::pair<std::string, int>> found;
    for (const Diagnostic& d : error.diagnostics().sorted())
      found.emplace_back(d.code, d.place.line);
    const std::vector<std::pair<std::string, int>> expected = {
        {"unit", 3},        {"out-of-range", 4},  {"number", 5},
        {"unknown-key", 6}, {"unknown-value", 7}, {"bad-machines", 8}};
    CHECK(found == expected);
  }
}

}  // namespace
}  // namespace plimsoll

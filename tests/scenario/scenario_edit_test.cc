// Scenarios read from a text and changed by overrides.
#include "scenario/scenario_edit.h"

#include "support/catch.h"

namespace plimsoll {

TEST_CASE("a text reads as a file of it", "[scenario_edit]") {
  const ScenarioSpec spec = parse_scenario(
      "kind: scenario\nmodel: qwen3-8b\nsystem: 2x rtx-4090-pc\nworkload:\n  context: 8192\n",
      "memory");
  CHECK(spec.model.value == "qwen3-8b");
  CHECK(spec.model.place == SourcePlace{.file = "memory", .line = 2, .column = 8});
  CHECK(spec.count.value == 2);
  CHECK(spec.context.value == 8192);
  CHECK(to_yaml(parse_scenario(to_yaml(spec), "again")) == to_yaml(spec));
}

TEST_CASE("a text that is no scenario is refused with its name", "[scenario_edit]") {
  for (const char* text : {"", "kind: device\n", "kind: scenario\nmodle: x\n", "a: [1\n"}) {
    INFO(text);
    try {
      parse_scenario(text, "memory");
      FAIL("not refused");
    } catch (const InputError& refused) {
      CHECK(refused.diagnostics().sorted().front().place.file == "memory");
    }
  }
}

TEST_CASE("overrides change a scenario as --set does", "[scenario_edit]") {
  const std::string text = "kind: scenario\nmodel: qwen3-8b\nsystem: rtx-4090-pc\n";
  const ScenarioSpec spec = parse_scenario(text, "memory");
  const std::vector<std::string> overrides = {"system.count=3", "quantization=q4_k_m",
                                              "workload.batch=8"};
  CHECK(to_yaml(with_overrides(spec, overrides)) ==
        to_yaml(parse_scenario(text, "memory", overrides)));
  CHECK(to_yaml(with_overrides(spec, {})) == to_yaml(spec));
  const ScenarioSpec cluster = with_overrides(spec, {"cluster=two-kinds"});
  CHECK_FALSE(cluster.system.has());
  CHECK_THROWS_AS(with_overrides(spec, {"workload.batch=none"}), InputError);
}

}  // namespace plimsoll

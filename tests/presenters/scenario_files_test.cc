#include <fstream>

#include "cli/run_program.h"
#include "presenters/examples.h"
#include "presenters/recent.h"
#include "presenters/scenario_text.h"
#include "support/catch.h"

using namespace plimsoll;
using namespace plimsoll::gui;
using plimsoll::test::TemporaryFolder;

TEST_CASE("a scenario keeps the bytes of its file for as long as it says the same",
          "[scenario_text]") {
  const TemporaryFolder folder;
  const std::string bytes =
      "# mine\nkind: scenario\nmodel: gemma-2b  # small\nsystem: rtx-4090-pc\n";
  const OpenedScenario opened = open_scenario(folder.write("a.yaml", bytes));
  CHECK(opened.text.of(opened.spec) == bytes);
  ScenarioSpec changed = opened.spec;
  changed.batch = {.value = 4};
  CHECK(opened.text.of(changed) == to_yaml(changed));
  changed.batch = {};
  CHECK(opened.text.of(changed) == bytes);
  // A new one has no file to keep.
  CHECK(ScenarioText().of(changed) == to_yaml(changed));
}

TEST_CASE("a file that cannot be read is refused with every problem", "[scenario_text]") {
  const TemporaryFolder folder;
  const std::string file = folder.write("a.yaml", "kind: scenario\nmodle: x\nreplicas: none\n");
  try {
    open_scenario(file);
    FAIL("not refused");
  } catch (const InputError& refused) {
    CHECK(refused.diagnostics().sorted().size() == 2);
  }
  CHECK_THROWS_AS(open_scenario(folder.path("none.yaml")), InputError);
}

TEST_CASE("requirements and scenarios are told apart by their first key", "[scenario_text]") {
  const TemporaryFolder folder;
  CHECK(kind_of_file(folder.write("r.yaml", "kind: requirement\nmodel: x\n")) == "requirement");
  CHECK(kind_of_file(folder.write("s.yaml", "kind: scenario\nmodel: x\n")) == "scenario");
  CHECK(kind_of_file(folder.path("none.yaml")).empty());
}

TEST_CASE("recent files: the latest first, each once, ten at most", "[recent]") {
  RecentFiles recent;
  for (int i = 0; i < 12; ++i) recent.add("/f/" + std::to_string(i));
  REQUIRE(recent.files().size() == RecentFiles::most);
  CHECK(recent.files().front() == "/f/11");
  CHECK(recent.files().back() == "/f/2");
  recent.add("/f/x/../5");  // the same as /f/5
  CHECK(recent.files().size() == RecentFiles::most);
  CHECK(recent.files().front() == "/f/5");
  CHECK(RecentFiles(recent.files()).files() == recent.files());
  recent.remove("/f/5");
  CHECK(recent.files().front() == "/f/11");
}

TEST_CASE("examples lie beside the data, by folder and name", "[examples]") {
  const TemporaryFolder folder;
  std::filesystem::create_directories(folder.path("examples/b"));
  std::filesystem::create_directories(folder.path("examples/a"));
  folder.write("examples/b/z.yaml", "kind: scenario\nname: First\n");
  folder.write("examples/b/a.yaml", "kind: scenario\nname: Second\n");
  folder.write("examples/b/sweep.yaml", "kind: sweep\nname: None\n");
  folder.write("examples/a/only.yaml", "kind: scenario\n");
  const std::vector<Example> examples =
      shipped_examples({{.hwdb = folder.path("hwdb"), .models = folder.path("models")}});
  REQUIRE(examples.size() == 3);
  CHECK(examples[0].name == "only");
  CHECK(examples[1].name == "First");
  CHECK(examples[2].name == "Second");
  CHECK(examples[2].group == "b");
  CHECK(shipped_examples({}).empty());
}

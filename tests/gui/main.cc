// Runs every class of tests; arguments go to each (a name of a test function, -v2).
#include <QApplication>
#include <QStandardPaths>

#include "gui_test.h"
#include "window_test.h"

namespace plimsoll::gui {

CatalogFactory shipped_catalogs() {
  const std::filesystem::path root = PLIMSOLL_SOURCE_DIR;
  return [root] {
    return std::make_unique<Catalog>(
        std::vector{DataFolders{.hwdb = root / "hwdb", .models = root / "models"}});
  };
}

bool wait_for_answer(Workspace& workspace) {
  return QTest::qWaitFor(
      [&] {
        return workspace.answer_is_current() &&
               (workspace.answer()->refused() ||
                workspace.answer()->stage == AnswerStage::complete);
      },
      10000);
}

ScenarioSpec small_scenario() {
  return scenario_from_options(
      {{"model", "gemma-2b"}, {"quantization", "q8_0"}, {"system", "rtx-4090-pc"}}, {});
}

}  // namespace plimsoll::gui

int main(int argc, char** argv) {
  QApplication application(argc, argv);
  QStandardPaths::setTestModeEnabled(true);
  int failed = 0;
  const auto run = [&](QObject&& test) { failed += QTest::qExec(&test, argc, argv); };
  run(plimsoll::gui::WindowTest());
  return failed == 0 ? 0 : 1;
}

// Runs every class of tests, or the one that is named first; other arguments go to each: -v2, or of
// one class a test function.
#include <QApplication>
#include <QStandardPaths>

#include "answer_panel_test.h"
#include "changes_panel_test.h"
#include "choose_panel_test.h"
#include "cluster_panel_test.h"
#include "compare_panel_test.h"
#include "files_test.h"
#include "gui_test.h"
#include "memory_panel_test.h"
#include "picture_test.h"
#include "random_edits_test.h"
#include "scenario_panel_test.h"
#include "timeline_panel_test.h"
#include "token_time_panel_test.h"
#include "translation_test.h"
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
      patience_ms);
}

ScenarioSpec small_scenario() {
  return scenario_from_options(
      {{"model", "gemma-2b"}, {"quantization", "q8_0"}, {"system", "rtx-4090-pc"}}, {});
}

}  // namespace plimsoll::gui

int main(int argc, char** argv) {
  QApplication application(argc, argv);
  QApplication::setApplicationName(QStringLiteral("plimsoll-gui-tests"));
  QStandardPaths::setTestModeEnabled(true);
  QStringList arguments = QApplication::arguments();
  const bool one = arguments.size() > 1 && !arguments.at(1).startsWith(u'-');
  const QString only = one ? arguments.takeAt(1) : QString();
  int failed = 0;
  int ran = 0;
  const auto run = [&](QObject&& test) {
    const QString name = QLatin1String(test.metaObject()->className());
    if (!only.isEmpty() && !name.endsWith(QStringLiteral("::") + only)) return;
    ++ran;
    failed += QTest::qExec(&test, arguments);
  };
  run(plimsoll::gui::WindowTest());
  run(plimsoll::gui::ScenarioPanelTest());
  run(plimsoll::gui::AnswerPanelTest());
  run(plimsoll::gui::ChangesPanelTest());
  run(plimsoll::gui::ComparePanelTest());
  run(plimsoll::gui::ClusterPanelTest());
  run(plimsoll::gui::ChoosePanelTest());
  run(plimsoll::gui::FilesTest());
  run(plimsoll::gui::MemoryPanelTest());
  run(plimsoll::gui::TokenTimePanelTest());
  run(plimsoll::gui::TimelinePanelTest());
  run(plimsoll::gui::PictureTest());
  run(plimsoll::gui::RandomEditsTest());
  run(plimsoll::gui::TranslationTest());
  return failed == 0 && ran > 0 ? 0 : 1;
}

#include "compare_panel_test.h"

#include <QAbstractItemModelTester>
#include <QAction>
#include <QApplication>
#include <QClipboard>
#include <QLineEdit>
#include <QListWidget>
#include <QTableView>

#include "app/settings.h"
#include "gui_test.h"
#include "panels/compare/compare_panel.h"
#include "report/compare_content.h"
#include "scenario/scenario_edit.h"

namespace plimsoll::gui {
namespace {

struct Scene {
  Workspace workspace{shipped_catalogs()};
  QWidget window;
  ComparePanel panel{workspace, &window};

  Scene() {
    window.resize(900, 500);
    panel.resize(900, 500);
    window.show();
    workspace.start_with(small_scenario());
  }
  void act(const char* name) {
    auto* action = panel.findChild<QAction*>(QLatin1String(name));
    QVERIFY(action && action->isEnabled());
    action->trigger();
  }
  void pin_two() {
    act("pin_scenario");
    workspace.edit(QStringLiteral("smaller"),
                   with_overrides(workspace.scenario(), {"quantization=q4_k_m"}));
    act("pin_scenario");
  }
  bool compared() {
    return QTest::qWaitFor([this] { return !panel.is_working(); }, patience_ms);
  }
  QListWidget* list() { return panel.findChild<QListWidget*>(QStringLiteral("pins")); }
  QAbstractItemModel* table() {
    return panel.findChild<QTableView*>(QStringLiteral("comparison"))->model();
  }
};

}  // namespace

void ComparePanelTest::init() {
  Settings().clear();
}

void ComparePanelTest::item_model_is_sound() {
  ComparisonModel model;
  const QAbstractItemModelTester tester(&model);
  model.set_table({.names = {"a", "b"},
                   .rows = {{.what = "decode", .cells = {{.text = "1"}, {.text = "2"}}}},
                   .criterion = {}});
  QCOMPARE(model.columnCount(), 2);
  QCOMPARE(model.as_text(), QStringLiteral("\ta\tb\ndecode\t1\t2"));
  model.set_table({});
}

void ComparePanelTest::pins_are_compared() {
  Scene scene;
  QVERIFY(QTest::qWaitForWindowActive(&scene.window, patience_ms));
  QTest::keyClick(&scene.window, Qt::Key_D, Qt::ControlModifier);
  QCOMPARE(scene.list()->count(), 1);
  scene.workspace.edit(QStringLiteral("smaller"),
                       with_overrides(scene.workspace.scenario(), {"quantization=q4_k_m"}));
  QTest::keyClick(&scene.window, Qt::Key_D, Qt::ControlModifier);
  QVERIFY(scene.compared());
  QCOMPARE(scene.table()->columnCount(), 2);
  const std::unique_ptr<Catalog> catalog = shipped_catalogs()();
  const Comparison direct = compare({{.name = "a", .file = {}, .spec = scene.panel.pins()[0].spec},
                                     {.name = "b", .file = {}, .spec = scene.panel.pins()[1].spec}},
                                    *catalog);
  const RatioText ratio = ratio_texts(direct, direct.scenarios[1]).front();
  bool found = false;
  for (int row = 0; row < scene.table()->rowCount(); ++row)
    found = found || scene.table()->index(row, 1).data().toString().contains(
                         QString::fromStdString(ratio.factor));
  QVERIFY(found);
}

void ComparePanelTest::pins_are_renamed_moved_and_removed() {
  Scene scene;
  scene.pin_two();
  scene.list()->setCurrentRow(0);
  scene.act("pin_rename");
  auto* editor = scene.list()->findChild<QLineEdit*>();
  QVERIFY(editor);
  editor->selectAll();
  QTest::keyClicks(editor, QStringLiteral("desk"));
  QTest::keyClick(editor, Qt::Key_Return);
  QTRY_COMPARE_WITH_TIMEOUT(scene.panel.pins()[0].name, std::string("desk"), patience_ms);
  scene.list()->setCurrentRow(0);
  scene.act("pin_down");
  QCOMPARE(scene.panel.pins()[1].name, std::string("desk"));
  QCOMPARE(scene.list()->currentRow(), 1);
  // Dragged back to the top.
  QVERIFY(scene.list()->model()->moveRow({}, 1, {}, 0));
  QTRY_COMPARE_WITH_TIMEOUT(scene.panel.pins()[0].name, std::string("desk"), patience_ms);
  scene.list()->setCurrentRow(0);
  scene.act("pin_remove");
  QCOMPARE(scene.panel.pins().size(), std::size_t{1});
  QVERIFY(scene.compared());
  QCOMPARE(scene.table()->columnCount(), 1);
  scene.act("pin_remove");
  QVERIFY(scene.compared());
  QCOMPARE(scene.table()->columnCount(), 0);
}

void ComparePanelTest::pin_opens_as_a_scenario() {
  Scene scene;
  scene.pin_two();
  const std::string changed = to_yaml(scene.workspace.scenario());
  scene.list()->setCurrentRow(0);
  scene.act("pin_open");
  QCOMPARE(to_yaml(scene.workspace.scenario()), to_yaml(small_scenario()));
  scene.workspace.history().undo();
  QCOMPARE(to_yaml(scene.workspace.scenario()), changed);
}

void ComparePanelTest::pins_survive_a_restart() {
  std::string first;
  {
    Scene scene;
    scene.pin_two();
    first = to_yaml(scene.panel.pins()[0].spec);
  }
  Scene again;
  QCOMPARE(again.panel.pins().size(), std::size_t{2});
  QCOMPARE(to_yaml(again.panel.pins()[0].spec), first);
}

void ComparePanelTest::bars_can_be_copied() {
  Scene scene;
  scene.pin_two();
  QVERIFY(scene.compared());
  auto* picture = scene.panel.findChild<Picture*>();
  QVERIFY(picture);
  QVERIFY(!picture->image().isNull());
  picture->copy_text();
  QVERIFY(QGuiApplication::clipboard()->text().contains(QStringLiteral("decode")));
}

}  // namespace plimsoll::gui

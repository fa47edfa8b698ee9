#include "changes_panel_test.h"

#include <QAbstractItemModelTester>
#include <QComboBox>
#include <QPushButton>
#include <QTableView>

#include "gui_test.h"
#include "panels/changes/changes_panel.h"
#include "report/report_content.h"
#include "scenario/scenario_edit.h"
#include "widgets/screen_text.h"

namespace plimsoll::gui {
namespace {

struct Scene {
  Workspace workspace{shipped_catalogs()};
  ChangesPanel panel{workspace, nullptr};

  Scene() {
    panel.resize(900, 300);
    panel.show();
    workspace.start_with(small_scenario());
  }
  QTableView* table() { return panel.findChild<QTableView*>(QStringLiteral("changes_table")); }
  const Outcome& outcome() { return workspace.answer()->evaluation->outcome; }
};

}  // namespace

void ChangesPanelTest::item_model_is_sound() {
  ChangesModel model;
  KindFilter filter;
  filter.setSourceModel(&model);
  const QAbstractItemModelTester tester(&model);
  const QAbstractItemModelTester filter_tester(&filter);
  model.set_rows({{.change = "a", .kind = "x"}, {.change = "b", .kind = "y"}});
  filter.set_kind("y");
  QCOMPARE(filter.rowCount(), 1);
  filter.set_kind({});
  QCOMPARE(filter.rowCount(), 2);
  model.set_rows({});
}

void ChangesPanelTest::rows_are_the_outcomes() {
  Scene scene;
  QVERIFY(wait_for_answer(scene.workspace));
  const std::vector<Change>& changes = scene.outcome().changes;
  QVERIFY(!changes.empty());
  const QAbstractItemModel* rows = scene.table()->model();
  QCOMPARE(rows->rowCount(), static_cast<int>(changes.size()));
  for (int i = 0; i < rows->rowCount(); ++i) {
    const Change& change = changes[static_cast<std::size_t>(i)];
    QCOMPARE(rows->index(i, ChangesModel::change).data().toString(), localized(change.description));
    const ChangeText text = change_text(change, scene.outcome());
    QCOMPARE(rows->index(i, ChangesModel::effect).data().toString(), localized(text.factor));
  }
}

void ChangesPanelTest::enter_applies_and_undo_takes_back() {
  Scene scene;
  QVERIFY(wait_for_answer(scene.workspace));
  const std::string before = to_yaml(scene.workspace.scenario());
  const Change change = scene.outcome().changes.front();
  scene.table()->setFocus();
  QTest::keyClick(scene.table(), Qt::Key_Return);
  QCOMPARE(to_yaml(scene.workspace.scenario()),
           to_yaml(with_overrides(small_scenario(), change.set)));
  QCOMPARE(scene.workspace.history().undoText(), localized(change.description));
  QVERIFY(wait_for_answer(scene.workspace));
  const auto& rate = scene.outcome().decode_tokens_per_second;
  QVERIFY(rate && change.decode_tokens_per_second);
  // The ranking measures one pass in the middle of the answer (evaluate/speed.h), the answer
  // several: alike to what is printed.
  QVERIFY(qAbs(rate->value / change.decode_tokens_per_second->value - 1.0) < 1e-3);
  scene.workspace.history().undo();
  QCOMPARE(to_yaml(scene.workspace.scenario()), before);
}

void ChangesPanelTest::button_applies() {
  Scene scene;
  auto* apply = scene.panel.findChild<QPushButton*>(QStringLiteral("changes_apply"));
  QVERIFY(!apply->isEnabled());  // nothing is known yet
  QVERIFY(wait_for_answer(scene.workspace));
  QVERIFY(apply->isEnabled());
  QTest::mouseClick(apply, Qt::LeftButton);
  QCOMPARE(scene.workspace.history().count(), 1);
  QVERIFY(!apply->isEnabled());  // until the next answer
}

void ChangesPanelTest::kinds_filter() {
  Scene scene;
  QVERIFY(wait_for_answer(scene.workspace));
  auto* kinds = scene.panel.findChild<QComboBox*>(QStringLiteral("changes_kind"));
  QVERIFY(kinds->count() > 1);
  kinds->setFocus();
  QTest::keyClick(kinds, Qt::Key_Down);
  const std::string kind = kinds->currentData().toString().toStdString();
  int expected = 0;
  for (const Change& change : scene.outcome().changes) expected += change.kind == kind ? 1 : 0;
  QCOMPARE(scene.table()->model()->rowCount(), expected);
}

}  // namespace plimsoll::gui

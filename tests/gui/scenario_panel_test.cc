#include "scenario_panel_test.h"

#include <QAbstractItemModelTester>
#include <QApplication>
#include <QCompleter>
#include <QDragEnterEvent>
#include <QDropEvent>
#include <QLabel>
#include <QLineEdit>
#include <QMimeData>
#include <QSlider>
#include <QTreeView>

#include "gui_test.h"
#include "panels/scenario/scenario_panel.h"
#include "presenters/scenario_fields.h"

namespace plimsoll::gui {
namespace {

struct Scene {
  Workspace workspace{shipped_catalogs()};
  ScenarioPanel panel{workspace, nullptr};

  Scene() {
    workspace.start_with(small_scenario());
    panel.resize(500, 900);
    panel.show();
    QApplication::setActiveWindow(&panel);
  }
  template <class Widget = QWidget>
  Widget* find(const char* name) {
    return panel.findChild<Widget*>(QLatin1String(name));
  }
  std::string text(const char* field) {
    return field_text(workspace.scenario(), field).value_or("open");
  }
  bool lists_come() {
    return QTest::qWaitFor([this] { return panel.lists_are_read(); }, patience_ms);
  }
};

}  // namespace

void ScenarioPanelTest::item_model_is_sound() {
  NameListModel model;
  NameFilter filter;
  const QAbstractItemModelTester tester(&model);
  filter.setSourceModel(&model);
  const QAbstractItemModelTester filter_tester(&filter);
  const std::unique_ptr<Catalog> catalog = shipped_catalogs()();
  model.set_list(engine_names(*catalog));
  QVERIFY(model.rowCount() > 3);
  filter.set_typed(QStringLiteral("llama"));
  QVERIFY(filter.rowCount() > 0);
  QVERIFY(filter.rowCount() < model.rowCount());
  filter.set_typed({});
  QCOMPARE(filter.rowCount(), model.rowCount());
}

void ScenarioPanelTest::typing_filters_and_enter_picks_a_model() {
  Scene scene;
  QVERIFY(scene.lists_come());
  auto* input = scene.find<QLineEdit>("input_model");
  input->setFocus();
  input->selectAll();
  QTest::keyClicks(input, QStringLiteral("qwen3 30b a3b"));
  auto* completer = scene.find("field_model")->findChild<QCompleter*>();
  QTRY_VERIFY_WITH_TIMEOUT(completer->popup()->isVisible(), patience_ms);
  QVERIFY(completer->popup()->model()->rowCount() >= 1);
  QTest::keyClick(completer->popup(), Qt::Key_Down);
  QTest::keyClick(completer->popup(), Qt::Key_Return);
  QTRY_VERIFY_WITH_TIMEOUT(scene.text("model").starts_with("qwen3-30b-a3b"), patience_ms);
  QCOMPARE(scene.workspace.history().count(), 1);
  scene.workspace.history().undo();
  QCOMPARE(scene.text("model"), std::string("gemma-2b"));
  QCOMPARE(input->text(), QStringLiteral("gemma-2b"));
}

void ScenarioPanelTest::slider_drag_is_one_step() {
  Scene scene;
  auto* slider = scene.find<QSlider>("slider_workload.context");
  QVERIFY(slider);
  slider->setSliderDown(true);
  for (const int position : {6, 7, 8, 9, 10}) slider->setValue(position);
  slider->setSliderDown(false);
  // Position n is 2^n tokens.
  QCOMPARE(scene.text("workload.context"), std::string("1024"));
  QCOMPARE(scene.workspace.history().count(), 1);
  slider->setSliderDown(true);
  slider->setValue(11);
  slider->setSliderDown(false);
  QCOMPARE(scene.workspace.history().count(), 2);
  scene.workspace.history().undo();
  QCOMPARE(slider->value(), 10);
  scene.workspace.history().undo();
  QCOMPARE(scene.text("workload.context"), std::string("open"));
}

void ScenarioPanelTest::number_is_typed_with_the_keyboard() {
  Scene scene;
  auto* input = scene.find<QDoubleSpinBox>("input_workload.context");
  input->setFocus();
  input->selectAll();
  QTest::keyClicks(input, QStringLiteral("3000"));
  QTest::keyClick(input, Qt::Key_Return);
  QCOMPARE(scene.text("workload.context"), std::string("3000"));
  QTest::keyClick(input, Qt::Key_Up);
  QCOMPARE(scene.text("workload.context"), std::string("3001"));
  QCOMPARE(scene.workspace.history().count(), 2);
}

void ScenarioPanelTest::reset_returns_to_the_default() {
  Scene scene;
  auto* reset = scene.find<QToolButton>("reset_workload.batch");
  QVERIFY(!reset->isVisible());
  ScenarioSpec spec = scene.workspace.scenario();
  QVERIFY(set_field(spec, "workload.batch", "4"));
  scene.workspace.edit(QStringLiteral("batch"), spec);
  QVERIFY(reset->isVisible());
  QTest::mouseClick(reset, Qt::LeftButton);
  QCOMPARE(scene.text("workload.batch"), std::string("open"));
  QVERIFY(!reset->isVisible());
}

void ScenarioPanelTest::changed_fields_are_marked_and_spoken() {
  Scene scene;
  auto* label = scene.find<QLabel>("label_workload.batch");
  auto* input = scene.find("input_workload.batch");
  QVERIFY(!label->font().bold());
  QVERIFY(!input->accessibleName().contains(QStringLiteral("changed")));
  ScenarioSpec spec = scene.workspace.scenario();
  QVERIFY(set_field(spec, "workload.batch", "4"));
  scene.workspace.edit(QStringLiteral("batch"), spec);
  QVERIFY(label->font().bold());
  QVERIFY(input->accessibleName().contains(QStringLiteral("changed")));
}

void ScenarioPanelTest::problems_stand_at_their_field() {
  Scene scene;
  auto* input = scene.find<QLineEdit>("input_quantization");
  input->setFocus();
  input->selectAll();
  QTest::keyClicks(input, QStringLiteral("q4_k_x"));
  QTest::keyClick(input, Qt::Key_Escape);  // closes the list
  QTest::keyClick(input, Qt::Key_Return);
  if (scene.text("quantization") == "q8_0") {  // Escape took the text back
    QTest::keyClicks(input, QStringLiteral("zzz"));
    QTest::keyClick(input, Qt::Key_Return);
  }
  auto* problem = scene.find<QLabel>("problem_quantization");
  QVERIFY(problem->isVisible());
  QVERIFY(!problem->text().isEmpty());
  scene.workspace.history().undo();
  QVERIFY(!problem->isVisible());
}

void ScenarioPanelTest::wanted_field_gets_the_keyboard() {
  Scene scene;
  QVERIFY(QTest::qWaitForWindowActive(&scene.panel, patience_ms));
  // In a group that is closed at first.
  emit scene.workspace.field_wanted("load.input_tokens_per_month");
  auto* input = scene.find("input_load.input_tokens_per_month");
  QVERIFY(input->isVisible());
  QTRY_VERIFY_WITH_TIMEOUT(input->hasFocus(), patience_ms);
}

void ScenarioPanelTest::every_control_has_a_name() {
  Scene scene;
  for (const std::string& name : field_names()) {
    auto* input = scene.find(("input_" + name).c_str());
    QVERIFY2(input, name.c_str());
    QVERIFY2(!input->accessibleName().isEmpty(), name.c_str());
    QVERIFY2(
        scene.find(("field_" + name).c_str())->toolTip().contains(QString::fromStdString(name)),
        name.c_str());
  }
}

void ScenarioPanelTest::quantization_lists_sizes() {
  Scene scene;
  auto* completer = scene.find("field_quantization")->findChild<QCompleter*>();
  QTRY_VERIFY_WITH_TIMEOUT(completer->model()->rowCount() > 5, patience_ms);
  QVERIFY(completer->model()->index(0, 2).data().toString().contains(QStringLiteral("B")));
}

void ScenarioPanelTest::model_file_is_dropped() {
  Scene scene;
  QMimeData files;
  files.setUrls({QUrl::fromLocalFile(QStringLiteral("/data/some.gguf"))});
  QWidget* editor = scene.find("field_model");
  QDragEnterEvent enter(QPoint(5, 5), Qt::CopyAction, &files, Qt::LeftButton, Qt::NoModifier);
  QApplication::sendEvent(editor, &enter);
  QVERIFY(enter.isAccepted());
  QDropEvent drop(QPointF(5, 5), Qt::CopyAction, &files, Qt::LeftButton, Qt::NoModifier);
  QApplication::sendEvent(editor, &drop);
  QCOMPARE(scene.text("model"), std::string("/data/some.gguf"));
}

}  // namespace plimsoll::gui

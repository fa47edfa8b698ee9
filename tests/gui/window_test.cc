#include "window_test.h"

#include <QAbstractItemModelTester>
#include <QAction>
#include <QApplication>
#include <QDir>
#include <QDockWidget>
#include <QFile>
#include <QPlainTextEdit>
#include <QPushButton>
#include <QSignalSpy>
#include <QTemporaryDir>
#include <QTextBrowser>
#include <QToolButton>
#include <QTreeView>
#include <set>

#include "app/help_window.h"
#include "app/settings.h"
#include "app/text_viewer.h"
#include "gui_test.h"
#include "panels/panel.h"
#include "panels/start/ranking_view.h"
#include "scripted_dialogs.h"

namespace plimsoll::gui {
namespace {

QAction* action(MainWindow& window, const char* name) {
  return window.findChild<QAction*>(QLatin1String(name));
}

void click(MainWindow& window, const char* name) {
  QTest::mouseClick(window.findChild<QPushButton*>(QLatin1String(name)), Qt::LeftButton);
}

}  // namespace

void WindowTest::answers_what_it_is_given() {
  MainWindow window(shipped_catalogs());
  window.workspace().start_with(small_scenario());
  QVERIFY(wait_for_answer(window.workspace()));
  QVERIFY(!window.workspace().answer()->refused());
  QVERIFY(window.workspace().answer()->evaluation->outcome.decode_tokens_per_second);
}

void WindowTest::begins_with_the_start_page() {
  MainWindow window(shipped_catalogs());
  window.show();
  QVERIFY(window.shows_start());
  auto* form = window.findChild<QDockWidget*>(QStringLiteral("scenario_dock"));
  QVERIFY(!form->isVisible());
  // "Will this model run on …?" begins a scenario with the model to be said.
  QSignalSpy wanted(&window.workspace(), &Workspace::field_wanted);
  click(window, "ask_model");
  QVERIFY(!window.shows_start());
  QVERIFY(form->isVisible());
  QCOMPARE(wanted.count(), 1);
  QCOMPARE(wanted.front().front().value<std::string>(), std::string("model"));
  // And back again, with the docks as they were.
  action(window, "home")->trigger();
  QVERIFY(window.shows_start());
  QVERIFY(!form->isVisible());
  action(window, "to_scenario")->trigger();
  QVERIFY(form->isVisible());
}

void WindowTest::every_panel_has_a_shortcut_that_shows_it() {
  MainWindow window(shipped_catalogs());
  window.show();
  window.workspace().start_with(small_scenario());
  QVERIFY(wait_for_answer(window.workspace()));
  window.activateWindow();
  QVERIFY(QTest::qWaitForWindowActive(&window, patience_ms));
  for (const PanelKind& kind : panel_kinds()) {
    auto* panel = window.findChild<QWidget*>(QLatin1String(kind.id));
    if (auto* dock =
            window.findChild<QDockWidget*>(QLatin1String(kind.id) + QStringLiteral("_dock")))
      dock->close();
    const QKeySequence keys(QLatin1String(kind.shortcut));
    QTest::keySequence(&window, keys);
    QVERIFY2(panel->isVisible(), kind.id);
    QCOMPARE(window.panels().panel_of(QApplication::focusWidget()), std::string(kind.id));
  }
}

void WindowTest::shortcuts_are_told_apart() {
  MainWindow window(shipped_catalogs());
  std::set<QString> keys;
  for (const QAction* each : window.findChildren<QAction*>()) {
    if (each->shortcut().isEmpty() || each->shortcutContext() != Qt::WindowShortcut) continue;
    QVERIFY2(keys.insert(each->shortcut().toString()).second,
             qPrintable(each->text() + u' ' + each->shortcut().toString()));
  }
  QVERIFY(keys.size() > 15);
}

void WindowTest::every_panel_has_a_page_of_help_in_every_language() {
  for (const char* language : {"en", "de"}) {
    std::vector<const char*> pages = {"index", "start", "problems"};
    for (const PanelKind& kind : panel_kinds()) pages.push_back(kind.id);
    for (const char* page : pages)
      QVERIFY2(
          QFile::exists(
              QStringLiteral(":/help/%1/%2.md").arg(QLatin1String(language), QLatin1String(page))),
          page);
  }
}

void WindowTest::help_opens_at_the_panel() {
  MainWindow window(shipped_catalogs());
  window.show();
  window.workspace().start_with(small_scenario());
  window.activateWindow();
  QVERIFY(QTest::qWaitForWindowActive(&window, patience_ms));
  window.panels().show("memory");
  action(window, "help")->trigger();
  auto* text = window.help().findChild<QTextBrowser*>();
  QVERIFY(text->toPlainText().startsWith(u"Memory"));
  action(window, "shortcuts")->trigger();
  QVERIFY(text->toPlainText().contains(u"Ctrl+S"));
  action(window, "about")->trigger();
  QVERIFY(text->toPlainText().contains(u"GPL"));
  QVERIFY(text->toPlainText().contains(u"Apache"));
}

void WindowTest::problems_lead_to_fields_and_lines() {
  QTemporaryDir folder;
  const QString path = folder.filePath(QStringLiteral("wrong.yaml"));
  QFile file(path);
  QVERIFY(file.open(QIODevice::WriteOnly));
  file.write(
      "kind: scenario\nmodel: gemma-2b\nsystem: rtx-4090-pc\nwork: {}\nworkload: {batch: 0}\n");
  file.close();
  MainWindow window(shipped_catalogs(), std::make_unique<ScriptedDialogs>());
  window.show();
  auto* list = window.findChild<QTreeView*>(QStringLiteral("problems_list"));
  new QAbstractItemModelTester(list->model(),
                               QAbstractItemModelTester::FailureReportingMode::QtTest, &window);
  // Every problem of a file that cannot be opened, the scenario stays.
  window.workspace().start_with(small_scenario());
  QVERIFY(wait_for_answer(window.workspace()));
  const std::string before = to_yaml(window.workspace().scenario());
  QVERIFY(!window.file().open(path));
  QCOMPARE(to_yaml(window.workspace().scenario()), before);
  QCOMPARE(list->model()->rowCount(), 2);  // the key nobody knows, and the batch of nothing
  QVERIFY(
      list->model()->index(0, ProblemsModel::place).data().toString().startsWith(u"wrong.yaml:4"));
  emit list->activated(list->model()->index(0, 0));
  auto* viewer = window.findChild<TextViewer*>();
  QVERIFY(viewer);
  QCOMPARE(viewer->findChild<QPlainTextEdit*>()->textCursor().blockNumber(), 3);
  // A name that nobody knows is a problem of its field.
  window.workspace().start_with(scenario_from_options({{"model", "gemma-2b"}}, {}));
  ScenarioSpec wrong = small_scenario();
  wrong.model = {.value = "gemna-2b"};
  window.workspace().edit(QStringLiteral("Change model"), wrong);
  QVERIFY(wait_for_answer(window.workspace()));
  QVERIFY(window.workspace().answer()->refused());
  QSignalSpy wanted(&window.workspace(), &Workspace::field_wanted);
  emit list->activated(list->model()->index(list->model()->rowCount() - 1, 0));
  QCOMPARE(wanted.count(), 1);
  QCOMPARE(wanted.front().front().value<std::string>(), std::string("model"));
}

void WindowTest::ranks_models_on_this_machine() {
  MainWindow window(shipped_catalogs(), std::make_unique<ScriptedDialogs>());
  window.show();
  auto* table = window.findChild<QTreeView*>(QStringLiteral("ranking"));
  new QAbstractItemModelTester(table->model(),
                               QAbstractItemModelTester::FailureReportingMode::QtTest, &window);
  click(window, "ask_here");
  QTRY_VERIFY_WITH_TIMEOUT(table->model()->rowCount() > 0, patience_ms);
  const Catalog& catalog = window.workspace().catalog();
  QCOMPARE(table->model()->rowCount(),
           static_cast<int>(const_cast<Catalog&>(catalog).headers(EntryKind::model).size()));
  const QString first = table->model()->index(0, 0).data().toString();
  // Sorted by name and back.
  table->sortByColumn(0, Qt::AscendingOrder);
  const QString by_name = table->model()->index(0, 0).data().toString();
  QVERIFY(by_name <= table->model()->index(1, 0).data().toString());
  table->sortByColumn(-1, Qt::AscendingOrder);
  QCOMPARE(table->model()->index(0, 0).data().toString(), first);
  emit table->activated(table->model()->index(0, 0));
  QVERIFY(!window.shows_start());
  QCOMPARE(window.workspace().scenario().system.value.value_or(""), std::string("here"));
  QVERIFY(wait_for_answer(window.workspace()));
  QVERIFY(!window.workspace().answer()->refused());
}

void WindowTest::remembers_how_it_looked() {
  Settings().clear();
  QTemporaryDir folder;
  QSize size;
  {
    MainWindow window(shipped_catalogs());
    window.begin_session(folder.path());
    window.show();
    window.workspace().start_with(small_scenario());
    window.findChild<QDockWidget*>(QStringLiteral("timeline_dock"))->close();
    window.resize(window.width() - 100, window.height() - 50);
    size = window.size();
    window.close();
  }
  MainWindow window(shipped_catalogs());
  window.begin_session(folder.path());
  window.show();
  window.workspace().start_with(small_scenario());
  auto* timeline = window.findChild<QDockWidget*>(QStringLiteral("timeline_dock"));
  QVERIFY(timeline->isHidden());
  QCOMPARE(window.size(), size);
  action(window, "reset_layout")->trigger();
  QVERIFY(!timeline->isHidden());
  Settings().clear();
}

void WindowTest::letters_grow_and_colours_change() {
  Settings().clear();
  MainWindow window(shipped_catalogs());
  Appearance{}.apply();
  const double before = QApplication::font().pointSizeF();
  for (int i = 0; i < 10; ++i) action(window, "larger")->trigger();
  QCOMPARE(QApplication::font().pointSizeF(), 2 * before);
  for (int i = 0; i < 10; ++i) action(window, "smaller")->trigger();
  QCOMPARE(QApplication::font().pointSizeF(), before);
  action(window, "appearance_dark")->trigger();
  QVERIFY(QApplication::palette().color(QPalette::Window).lightness() < 128);
  action(window, "appearance_light")->trigger();
  QVERIFY(QApplication::palette().color(QPalette::Window).lightness() > 128);
  Settings().clear();
  Appearance::remembered().apply();
}

// Buttons and labels are read out by their text; what has none needs a name.
void WindowTest::every_control_has_a_name() {
  MainWindow window(shipped_catalogs());
  for (const QAbstractItemView* view : window.findChildren<QAbstractItemView*>()) {
    const bool own = !view->objectName().isEmpty() && !view->objectName().startsWith(u"qt_");
    if (own) QVERIFY2(!view->accessibleName().isEmpty(), qPrintable(view->objectName()));
  }
  for (const QAbstractButton* button : window.findChildren<QAbstractButton*>()) {
    if (button->objectName().startsWith(u"qt_") || button->objectName().isEmpty()) continue;
    QVERIFY2(!button->text().isEmpty() || !button->accessibleName().isEmpty(),
             qPrintable(button->objectName()));
  }
}

}  // namespace plimsoll::gui

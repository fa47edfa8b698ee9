#include "choose_panel_test.h"

#include <QAbstractItemModelTester>
#include <QComboBox>
#include <QElapsedTimer>
#include <QFile>
#include <QLabel>
#include <QLineEdit>
#include <QPushButton>
#include <QTableView>
#include <QTemporaryDir>

#include "gui_test.h"
#include "panels/choose/choose_panel.h"
#include "panels/choose/pareto_view.h"
#include "panels/choose/plan_model.h"
#include "program_json.h"

namespace plimsoll::gui {
namespace {

// A panel with its workspace, shown.
struct Shown {
  Shown() {
    panel.resize(1200, 500);
    panel.show();
    panel.activateWindow();
    active = QTest::qWaitForWindowActive(&panel, patience_ms);  // else no shortcut reaches it
  }
  template <class Widget>
  Widget* find(const char* name) const {
    return panel.findChild<Widget*>(QLatin1String(name));
  }
  void type(const char* field, const QString& text) const {
    auto* edit = find<QLineEdit>(field);
    edit->setFocus();
    edit->clear();
    QTest::keyClicks(edit, text);
  }
  void ask(const QString& model) const { find<QComboBox>("requirement_model")->setEditText(model); }
  bool wait() const {
    return QTest::qWaitFor([&] { return !panel.is_running(); }, patience_ms);
  }

  Workspace workspace{shipped_catalogs()};
  ChoosePanel panel{workspace, nullptr};
  bool active = false;
};

}  // namespace

void ChoosePanelTest::plans_as_the_command_line_does() {
  Shown shown;
  const QAbstractItemModelTester tester(shown.find<QTableView>("plan_table")->model(),
                                        QAbstractItemModelTester::FailureReportingMode::QtTest);
  QVERIFY(!shown.find<QPushButton>("run_plan")->isEnabled());  // which model?
  shown.ask(QStringLiteral("gemma-2b"));
  shown.type("requirement_systems", QStringLiteral("framework"));
  shown.type("requirement_at_least", QStringLiteral("20"));
  shown.type("requirement_users", QStringLiteral("2"));
  QTest::keyClick(shown.find<QLineEdit>("requirement_users"), Qt::Key_Return, Qt::ControlModifier);
  QVERIFY(shown.panel.is_running());
  QVERIFY(shown.wait());

  const nlohmann::json expected = program_json(
      {QStringLiteral("plan"), QStringLiteral("--model"), QStringLiteral("gemma-2b"),
       QStringLiteral("--systems"), QStringLiteral("framework"), QStringLiteral("--at-least"),
       QStringLiteral("20"), QStringLiteral("--users"), QStringLiteral("2")});
  const PlanResult& result = *shown.panel.result();
  QVERIFY(!result.front.empty());
  QCOMPARE(result.front.size(), expected.at("front").size());
  QCOMPARE(result.counts.candidates, expected.at("counts").at("candidates").get<std::int64_t>());
  for (std::size_t i = 0; i < result.front.size(); ++i) {
    const nlohmann::json& plan = expected.at("front").at(i);
    QCOMPARE(result.front[i].plan.command, plan.at("command").get<std::string>());
    QCOMPARE(result.front[i].plan.decode_tokens_per_second.value,
             plan.at("decode_tokens_per_second").at("value").get<double>());
  }

  // The heading sorts, the chart follows the table, Enter opens the plan.
  auto* table = shown.find<QTableView>("plan_table");
  table->sortByColumn(1, Qt::DescendingOrder);
  table->selectRow(0);
  table->setFocus();
  QTest::keyClick(table, Qt::Key_Return);
  QVERIFY(wait_for_answer(shown.workspace));
  double fastest = 0.0;
  for (const FrontPlan& front : result.front)
    fastest = std::max(fastest, front.plan.decode_tokens_per_second.value);
  QCOMPARE(shown.workspace.answer()->evaluation->outcome.decode_tokens_per_second->value, fastest);
  QVERIFY(shown.workspace.history().undoText().startsWith(QStringLiteral("Open plan")));

  // A point of the chart selects its row.
  auto* chart = shown.panel.findChild<ParetoView*>();
  const PlannedMachine* cheapest = &result.front.front().plan;
  emit chart->selected(cheapest);
  const auto* model = qobject_cast<PlanModel*>(table->model());
  QCOMPARE(table->currentIndex().row(), model->table().row_of(cheapest));
  QVERIFY(chart->rect().contains(chart->place_of(cheapest)));
}

void ChoosePanelTest::cancels_at_once() {
  Shown shown;
  shown.ask(QStringLiteral("mixtral-8x22b"));
  shown.type("requirement_users", QStringLiteral("4"));
  shown.panel.run();
  QTest::qWait(500);
  QVERIFY(shown.panel.is_running());
  QElapsedTimer timer;
  timer.start();
  QTest::mouseClick(shown.find<QPushButton>("cancel_plan"), Qt::LeftButton);
  QVERIFY(shown.wait());
  // The whole search takes minutes under sanitizers, what is in hand when it is cancelled seconds.
  QVERIFY2(timer.elapsed() < 10'000, qPrintable(QString::number(timer.elapsed())));
  QVERIFY(shown.panel.result());
  QVERIFY(!shown.panel.result()->complete);
}

void ChoosePanelTest::says_what_is_wrong_beside_its_field() {
  const Shown shown;
  shown.ask(QStringLiteral("gemma-2b"));
  auto* problem = shown.find<QLabel>("problem_users");
  QVERIFY(problem->isHidden());
  shown.type("requirement_users", QStringLiteral("0"));
  QVERIFY(!problem->isHidden());
  QVERIFY(problem->text().contains(QStringLiteral("1")));
  QVERIFY(!shown.find<QPushButton>("run_plan")->isEnabled());
  shown.type("requirement_users", QStringLiteral("3"));
  QVERIFY(problem->isHidden());
  QVERIFY(shown.find<QPushButton>("run_plan")->isEnabled());
}

void ChoosePanelTest::opens_and_saves_requirements() {
  const QTemporaryDir folder;
  const QString file = folder.filePath(QStringLiteral("requirement.yaml"));
  Shown shown;
  shown.ask(QStringLiteral("gemma-2b"));
  shown.type("requirement_budget", QStringLiteral("3000"));
  shown.panel.save_file(file);
  const Requirement saved = read_requirement(file.toStdString());
  QCOMPARE(*saved.model.value, std::string("gemma-2b"));
  QCOMPARE(saved.budget.value->base(), 3000.0);
  shown.type("requirement_budget", QStringLiteral("1"));
  shown.panel.open_file(file);
  QCOMPARE(shown.find<QLineEdit>("requirement_budget")->text(),
           QLocale().toString(3000.0, 'f', QLocale::FloatingPointShortest));
  shown.panel.open_file(folder.filePath(QStringLiteral("missing.yaml")));
  QVERIFY(shown.find<QLabel>("choose_problem")->text().contains(QStringLiteral("missing.yaml")));
}

}  // namespace plimsoll::gui

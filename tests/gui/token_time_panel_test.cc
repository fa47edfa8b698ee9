#include "token_time_panel_test.h"

#include <QAbstractItemModelTester>
#include <QComboBox>
#include <QLabel>
#include <QTabWidget>
#include <QTableView>

#include "chart_test.h"
#include "panels/token_time/token_time_panel.h"
#include "presenters/time_bars.h"
#include "widgets/cell_table.h"
#include "widgets/stacked_bars.h"

namespace plimsoll::gui {
namespace {

using Scene = ChartScene<TokenTimePanel>;

double sorting_value(const QTableView& view, int row, int column) {
  return view.model()->index(row, column).data(CellTable::sort_role).toDouble();
}

// The row whose first cells are these; -1: none.
int row_of(const QTableView& view, const QStringList& cells) {
  for (int row = 0; row < view.model()->rowCount(); ++row) {
    bool same = true;
    for (int column = 0; column < cells.size(); ++column)
      same = same && view.model()->index(row, column).data().toString() == cells[column];
    if (same) return row;
  }
  return -1;
}

ScenarioSpec streamed_scenario() {
  return read_scenario(std::filesystem::path(PLIMSOLL_SOURCE_DIR) /
                           "examples/qwen3.5-397b-on-m3-max-48gb" / "scenario.yaml",
                       {});
}

}  // namespace

void TokenTimePanelTest::times_are_those_of_the_command_line() {
  Scene scene;
  QVERIFY(scene.answered());
  const QJsonObject report = program_json("report", scene.workspace.scenario());
  const auto* table = scene.find<QTableView>("time_table");
  auto* pass = scene.find<QComboBox>("pass");
  for (const auto& [key, index] :
       {std::pair(u"time_shares", 0), std::pair(u"prefill_time_shares", 1)}) {
    pass->setCurrentIndex(index);
    const QJsonArray shares = report[key].toArray();
    QVERIFY(!shares.isEmpty());
    QCOMPARE(table->model()->rowCount(), static_cast<int>(shares.size()));
    double sum = 0.0;
    for (const QJsonValue share : shares) {
      const int row =
          row_of(*table, {share[u"resource"].toString(), share[u"operators"].toString()});
      QVERIFY(row >= 0);
      QCOMPARE(sorting_value(*table, row, 2), share[u"time_s"].toDouble());
      QCOMPARE(sorting_value(*table, row, 3), share[u"share"].toDouble());
      sum += share[u"time_s"].toDouble();
    }
    // The bar is as long as all of them.
    QCOMPARE(scene.find<StackedBars>("time_chart")->bars()[0].length, sum);
  }
}

void TokenTimePanelTest::limits_are_those_of_the_command_line() {
  Scene scene;
  QVERIFY(scene.answered());
  const QJsonArray limits = program_json("report", scene.workspace.scenario())[u"limits"].toArray();
  const auto* table = scene.find<QTableView>("limits_table");
  QCOMPARE(table->model()->rowCount(), static_cast<int>(limits.size()));
  for (const QJsonValue limit : limits) {
    const int row = row_of(*table, {limit[u"what"].toString()});
    QVERIFY(row >= 0);
    QCOMPARE(sorting_value(*table, row, 1), limit[u"share"].toDouble());
    QCOMPARE(sorting_value(*table, row, 2), limit[u"ceiling_tokens_per_second"].toDouble());
  }
}

void TokenTimePanelTest::the_roofline_has_every_class_that_computes() {
  Scene scene;
  QVERIFY(scene.answered());
  const QJsonArray points = program_json("report", scene.workspace.scenario())[u"roofline"]
                                .toObject()[u"points"]
                                .toArray();
  const auto* table = scene.find<QTableView>("roofline_table");
  int computing = 0;
  for (const QJsonValue point : points) {
    if (point[u"work_flop"].toDouble() <= 0.0) continue;
    ++computing;
    const int row = row_of(*table, {point[u"operators"].toString(), point[u"unit"].toString()});
    QVERIFY(row >= 0);
    const double work = point[u"work_flop"].toDouble();
    QCOMPARE(sorting_value(*table, row, 2), work / point[u"memory_bytes"].toDouble());
    QCOMPARE(sorting_value(*table, row, 3), work / point[u"time_s"].toDouble());
    QCOMPARE(sorting_value(*table, row, 4), work / point[u"roof_time_s"].toDouble());
  }
  QVERIFY(computing > 3);
  QCOMPARE(table->model()->rowCount(), computing);
  // A row that is chosen is told in words.
  scene.find<QTabWidget>("token_time_tabs")->setCurrentIndex(2);
  scene.find<QTableView>("roofline_table")->selectRow(0);
  QVERIFY(scene.find<QLabel>("roofline_detail")->text().contains(u"FLOP/B"));
}

void TokenTimePanelTest::prompt_and_token_are_told_apart() {
  Scene scene;
  QVERIFY(scene.answered());
  auto* chart = scene.find<StackedBars>("time_chart");
  auto* pass = scene.find<QComboBox>("pass");
  const double token = chart->bars()[0].length;
  QTest::keyClick(pass, Qt::Key_Down);
  QCOMPARE(pass->currentIndex(), 1);
  QVERIFY(chart->bars()[0].length != token);
  QVERIFY(!scene.find<QTabWidget>("token_time_tabs")->isTabVisible(3));  // nothing streams
}

void TokenTimePanelTest::a_streamed_run_has_curves_and_layers() {
  Scene scene(streamed_scenario());
  QVERIFY(scene.answered());
  QVERIFY(scene.outcome().streaming);
  QVERIFY(scene.find<QTabWidget>("token_time_tabs")->isTabVisible(3));
  QVERIFY(!scene.find<QComboBox>("pass")->isEnabled());
  const auto* layer = scene.find<StackedBars>("layer_chart");
  QCOMPARE(layer->bars()[0].segments.size(), scene.outcome().streaming->layer.size());
}

void TokenTimePanelTest::tables_are_sound_models() {
  CellTable table(
      {{.title = QStringLiteral("name")}, {.title = QStringLiteral("value"), .number = true}});
  const QAbstractItemModelTester tester(&table,
                                        QAbstractItemModelTester::FailureReportingMode::QtTest);
  table.set_rows({{{.text = QStringLiteral("b")}, {.text = QStringLiteral("10"), .value = 10}},
                  {{.text = QStringLiteral("a")}, {.text = QStringLiteral("9"), .value = 9}}});
  table.set_rows({{{.text = QStringLiteral("c")}, {.text = QStringLiteral("9"), .value = 9}}});
  QCOMPARE(table.text(), QStringLiteral("name\tvalue\nc\t9\n"));
  Scene scene;
  QVERIFY(scene.answered());
  std::vector<std::unique_ptr<QAbstractItemModelTester>> testers;
  for (auto* each : scene.panel.findChildren<CellTable*>())
    testers.push_back(std::make_unique<QAbstractItemModelTester>(
        each, QAbstractItemModelTester::FailureReportingMode::QtTest));
  QCOMPARE(testers.size(), std::size_t{3});
  scene.find<QComboBox>("pass")->setCurrentIndex(1);
}

}  // namespace plimsoll::gui

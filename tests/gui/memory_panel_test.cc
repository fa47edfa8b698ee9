#include "memory_panel_test.h"

#include <QLabel>
#include <set>

#include "chart_test.h"
#include "panels/memory/memory_panel.h"
#include "widgets/picture.h"
#include "widgets/screen_text.h"
#include "widgets/stacked_bars.h"

namespace plimsoll::gui {
namespace {

using Scene = ChartScene<MemoryPanel>;

int segments_of(const StackedBars& chart) {
  int count = 0;
  for (const StackedBar& bar : chart.bars()) count += static_cast<int>(bar.segments.size());
  return count;
}

}  // namespace

void MemoryPanelTest::bytes_are_those_of_the_command_line() {
  Scene scene;
  QVERIFY(scene.answered());
  const QJsonArray pools = program_json("report", scene.workspace.scenario())[u"memory"].toArray();
  const auto& bars = scene.panel.chart().bars();
  QCOMPARE(pools.size(), static_cast<qsizetype>(bars.size()));  // none of a PC are alike
  const QString text = scene.panel.picture().text();
  for (qsizetype i = 0; i < pools.size(); ++i) {
    const QJsonObject pool = pools[i].toObject();
    QCOMPARE(bars[static_cast<std::size_t>(i)].length, pool[u"capacity_bytes"].toDouble());
    for (const QJsonValue item : pool[u"items"].toArray())
      QVERIFY(text.contains(exact_bytes(item[u"bytes"][u"value"].toDouble())));
    for (const QStringView rest : {u"free_bytes", u"withheld_bytes"})
      if (const double bytes = pool[rest].toDouble(); bytes > 0.0)
        QVERIFY(text.contains(exact_bytes(bytes)));
  }
}

void MemoryPanelTest::keys_reach_every_segment() {
  Scene scene;
  QVERIFY(scene.answered());
  auto* chart = scene.find<StackedBars>("memory_chart");
  QTest::keyClick(chart, Qt::Key_Home);
  std::set<std::pair<int, int>> reached;
  const int segments = segments_of(*chart);
  for (int i = 0; i < segments; ++i) {
    reached.insert(chart->current());
    const auto [bar, segment] = chart->current();
    const BarSegment& part =
        chart->bars()[static_cast<std::size_t>(bar)].segments[static_cast<std::size_t>(segment)];
    QVERIFY(scene.find<QLabel>("memory_detail")->text().contains(part.words));
    QCOMPARE(chart->accessibleDescription(), scene.find<QLabel>("memory_detail")->text());
    QTest::keyClick(chart, Qt::Key_Right);
  }
  QCOMPARE(static_cast<int>(reached.size()), segments);
  QTest::keyClick(chart, Qt::Key_Up);
  QCOMPARE(chart->current().first, static_cast<int>(chart->bars().size()) - 2);
}

void MemoryPanelTest::the_mouse_tells_exact_bytes() {
  Scene scene;
  QVERIFY(scene.answered());
  auto* chart = scene.find<StackedBars>("memory_chart");
  const BarSegment& largest = chart->bars()[0].segments[0];
  QTest::mouseMove(chart, chart->rect_of(0, 0).center().toPoint());
  QTRY_VERIFY_WITH_TIMEOUT(scene.find<QLabel>("memory_detail")->text().contains(largest.words),
                           patience_ms);
  QTest::mouseClick(chart, Qt::LeftButton, {}, chart->rect_of(0, 1).center().toPoint());
  QCOMPARE(chart->current(), std::make_pair(0, 1));
}

void MemoryPanelTest::what_is_missing_stands_beyond_the_end() {
  Scene scene(scenario_from_options({{"model", "llama-3.1-405b"},
                                     {"quantization", "bf16-safetensors"},
                                     {"engine", "vllm"},
                                     {"system", "rtx-4090-pc"}},
                                    {}));
  QVERIFY(scene.answered());
  QVERIFY(!scene.workspace.answer()->refused());
  bool missing = false;
  for (const StackedBar& bar : scene.panel.chart().bars()) {
    const BarSegment& last = bar.segments.back();
    if (last.fill != SegmentFill::missing) continue;
    missing = true;
    QVERIFY(last.start >= bar.markers.back().at * (1.0 - 1e-12));
    QVERIFY(bar.length > bar.markers.back().at);
  }
  QVERIFY(missing);
  QVERIFY(!scene.panel.grab().isNull());
}

void MemoryPanelTest::a_refused_scenario_has_no_bars() {
  Scene scene(scenario_from_options({{"model", "nobody"}, {"system", "rtx-4090-pc"}}, {}));
  QVERIFY(scene.answered());
  QVERIFY(scene.workspace.answer()->refused());
  QVERIFY(scene.panel.chart().bars().empty());
  QVERIFY(!scene.panel.chart().isVisible());
}

}  // namespace plimsoll::gui

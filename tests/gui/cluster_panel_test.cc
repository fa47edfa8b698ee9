#include "cluster_panel_test.h"

#include <QAbstractItemModelTester>
#include <QAction>
#include <QComboBox>
#include <QLabel>
#include <QTableView>

#include "gui_test.h"
#include "panels/cluster/cluster_canvas.h"
#include "panels/cluster/cluster_panel.h"
#include "program_json.h"

namespace plimsoll::gui {
namespace {

const char* const four_desktops = "4x framework-desktop-128gb over ethernet-5g";

ScenarioSpec desktops(const std::string& machines = four_desktops) {
  return scenario_from_options({{"model", "gpt-oss-20b"},
                                {"quantization", "mxfp4"},
                                {"system", machines},
                                {"engine", "llama.cpp"},
                                {"placement", "layer_split"}},
                               {});
}

// A panel with its workspace, shown and answered.
struct Shown {
  explicit Shown(ScenarioSpec scenario = desktops()) {
    panel.resize(1000, 500);
    panel.show();
    workspace.start_with(std::move(scenario));
    wait();
  }
  void wait() { QVERIFY(wait_for_answer(workspace)); }
  ClusterCanvas* canvas() const {
    return panel.findChild<ClusterCanvas*>(QStringLiteral("cluster_canvas"));
  }
  QTableView* list() const { return panel.findChild<QTableView*>(QStringLiteral("cluster_list")); }
  void press(Qt::Key key, Qt::KeyboardModifiers modifiers = {}) const {
    QTest::keyClick(list(), key, modifiers);
  }
  QString cell(int row, int column) const {
    return list()->model()->index(row, column).data().toString();
  }
  const ClusterSpec& cluster() const { return *workspace.scenario().own_cluster; }

  Workspace workspace{shipped_catalogs()};
  ClusterPanel panel{workspace, nullptr};
};

}  // namespace

void ClusterPanelTest::shows_what_the_report_says() {
  const Shown shown;
  const nlohmann::json drawn =
      program_json(
          {QStringLiteral("report"), QStringLiteral("--model"), QStringLiteral("gpt-oss-20b"),
           QStringLiteral("--quant"), QStringLiteral("mxfp4"), QStringLiteral("--system"),
           QLatin1String(four_desktops), QStringLiteral("--engine"), QStringLiteral("llama.cpp"),
           QStringLiteral("--set"), QStringLiteral("placement.strategy=layer_split"),
           QStringLiteral("--no-changes")})
          .at("cluster");
  QCOMPARE(shown.list()->model()->rowCount(), 5 + 4);
  const ClusterPicture& picture = shown.workspace.answer()->evaluation->outcome.cluster;
  QCOMPARE(picture.edges.size(), drawn.at("edges").size());
  for (std::size_t i = 0; i < picture.edges.size(); ++i) {
    const nlohmann::json& there = drawn.at("edges").at(i).at("there");
    QCOMPARE(picture.edges[i].there.per_step.base(), there.at("bytes_per_step").get<double>());
    QCOMPARE(picture.edges[i].there.busy_in_step, there.at("busy_in_step").get<double>());
    const QString words = flow_words(picture.edges[i].there, LoadOf::step, QStringLiteral(", "));
    QVERIFY2(shown.cell(5 + static_cast<int>(i), 1).contains(words), qPrintable(words));
  }
}

void ClusterPanelTest::list_is_a_sound_model() {
  Shown shown;
  const QAbstractItemModelTester tester(shown.list()->model(),
                                        QAbstractItemModelTester::FailureReportingMode::QtTest);
  shown.press(Qt::Key_Insert);
  shown.wait();
  shown.workspace.history().undo();
  shown.wait();
  shown.panel.findChild<QComboBox*>(QStringLiteral("load_of"))->setCurrentIndex(1);
  QVERIFY(shown.cell(5, 1).contains(QStringLiteral("a chunk")));
}

void ClusterPanelTest::list_and_picture_select_together() {
  const Shown shown;
  shown.list()->selectRow(2);
  QCOMPARE(shown.canvas()->selected_nodes(), QStringList{QStringLiteral("node 3")});
  QTest::mouseClick(shown.canvas(), Qt::LeftButton, {},
                    shown.canvas()->place_of(QStringLiteral("node 1")).toPoint());
  QCOMPARE(shown.list()->selectionModel()->selectedRows().front().row(), 0);
  QTest::mouseClick(shown.canvas(), Qt::LeftButton, Qt::ControlModifier,
                    shown.canvas()->place_of(QStringLiteral("switch")).toPoint());
  QCOMPARE(shown.canvas()->selected_nodes(),
           (QStringList{QStringLiteral("node 1"), QStringLiteral("switch")}));
  QTest::mouseClick(shown.canvas(), Qt::LeftButton, {}, shown.canvas()->place_of_edge(2).toPoint());
  QCOMPARE(shown.canvas()->selected_edge(), 2);
  QCOMPARE(shown.list()->selectionModel()->selectedRows().front().row(), 5 + 2);
}

void ClusterPanelTest::keys_add_join_and_remove() {
  Shown shown;
  const std::string before = to_yaml(shown.workspace.scenario());
  shown.press(Qt::Key_Insert);
  QCOMPARE(shown.workspace.history().undoText(), QStringLiteral("Add machine"));
  QCOMPARE(shown.cluster().nodes.size(), std::size_t{5});
  shown.wait();
  QVERIFY(!shown.workspace.answer()->refused());
  QCOMPARE(shown.workspace.answer()->resolved->cluster.machines.size(), std::size_t{5});
  QCOMPARE(shown.canvas()->selected_nodes(), QStringList{QStringLiteral("node-5")});

  shown.press(Qt::Key_Delete);
  QCOMPARE(shown.cluster().nodes.size(), std::size_t{4});
  shown.press(Qt::Key_Insert, Qt::ShiftModifier);
  QCOMPARE(shown.cluster().switches.size(), std::size_t{2});
  shown.canvas()->select({QStringLiteral("node-2"), QStringLiteral("switch-2")}, -1);
  shown.press(Qt::Key_C);
  QCOMPARE(shown.cluster().links.back().from, std::string("node-2"));
  QCOMPARE(shown.cluster().links.back().to, std::string("switch-2"));
  QCOMPARE(shown.cluster().links.back().link, std::string("ethernet-5g"));
  shown.list()->selectRow(shown.list()->model()->rowCount() - 1);
  shown.press(Qt::Key_Delete);
  QCOMPARE(shown.cluster().links.size(), std::size_t{4});

  while (shown.workspace.history().canUndo()) shown.workspace.history().undo();
  QCOMPARE(to_yaml(shown.workspace.scenario()), before);
}

void ClusterPanelTest::mouse_moves_and_joins() {
  Shown shown(desktops("4x mac-studio-m3-ultra-512gb over thunderbolt-5 in a ring"));
  ClusterCanvas* canvas = shown.canvas();
  const QString first = QStringLiteral("node 1");
  const auto drag = [&](QPointF from, QPointF to) {
    QTest::mousePress(canvas, Qt::LeftButton, {}, from.toPoint());
    QTest::mouseMove(canvas, ((from + to) / 2).toPoint());
    // Under the offscreen platform moves come without buttons; this is what a mouse sends.
    QMouseEvent move(QEvent::MouseMove, to, canvas->mapToGlobal(to), Qt::NoButton, Qt::LeftButton,
                     Qt::NoModifier);
    QCoreApplication::sendEvent(canvas, &move);
    QTest::mouseRelease(canvas, Qt::LeftButton, {}, to.toPoint());
  };
  const QPointF start = canvas->place_of(first);
  const QPointF target = start + QPointF(25, 15);
  const int edits = shown.workspace.history().count();
  drag(start, target);
  QVERIFY((canvas->place_of(first) - target).manhattanLength() < 3);
  QCOMPARE(shown.workspace.history().count(), edits);  // of the drawing, not of the cluster

  drag(canvas->port_of(first), canvas->place_of(QStringLiteral("node 3")));
  QCOMPARE(shown.workspace.history().count(), edits + 1);
  QCOMPARE(shown.cluster().links.back().from, std::string("node-1"));
  QCOMPARE(shown.cluster().links.back().to, std::string("node-3"));
  QCOMPARE(shown.cluster().links.back().link, shown.cluster().links.front().link);
}

void ClusterPanelTest::tells_why_it_is_refused() {
  Shown shown;
  shown.press(Qt::Key_Insert);
  shown.wait();
  shown.list()->selectRow(shown.list()->model()->rowCount() - 1);
  shown.press(Qt::Key_Delete);  // the new machine's link
  shown.wait();
  QVERIFY(shown.workspace.answer()->refused());
  QCOMPARE(shown.list()->model()->rowCount(), 6 + 4);  // it is still drawn
  const auto* problem = shown.panel.findChild<QLabel*>(QStringLiteral("cluster_problem"));
  QVERIFY(problem->isVisible());
  QVERIFY(problem->text().contains(QStringLiteral("node-5")));
  shown.workspace.history().undo();
  shown.wait();
  QVERIFY(!problem->isVisible());
}

}  // namespace plimsoll::gui

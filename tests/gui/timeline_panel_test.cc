#include "timeline_panel_test.h"

#include <QComboBox>
#include <QFile>
#include <QLabel>
#include <QLineEdit>
#include <QWheelEvent>

#include "chart_test.h"
#include "panels/timeline/timeline_canvas.h"
#include "panels/timeline/timeline_panel.h"
#include "report/trace_json.h"

namespace plimsoll::gui {
namespace {

using Scene = ChartScene<TimelinePanel>;

QByteArray content_of(const QString& file) {
  QFile read(file);
  return read.open(QIODevice::ReadOnly) ? read.readAll() : QByteArray();
}

}  // namespace

void TimelinePanelTest::spans_are_those_of_the_command_line() {
  Scene scene;
  QVERIFY(scene.answered());
  const QJsonArray tracks =
      program_json("simulate", scene.workspace.scenario())[u"tracks"].toArray();
  QVERIFY(!tracks.isEmpty());
  double spans = 0.0;
  std::vector<double> busy(static_cast<std::size_t>(tracks.size()));
  auto* part = scene.find<QComboBox>("timeline_part");
  QCOMPARE(part->count(), 2);  // a chunk of the prompt and a token
  for (int i = 0; i < part->count(); ++i) {
    part->setCurrentIndex(i);
    const TimelineView& view = scene.panel.canvas().view();
    spans += static_cast<double>(view.span_count());
    for (std::size_t track = 0; track < busy.size(); ++track)
      busy[track] += view.busy_share(static_cast<int>(track)) * view.length();
  }
  double expected = 0.0;
  for (qsizetype track = 0; track < tracks.size(); ++track) {
    expected += tracks[track][u"spans"].toDouble();
    // Rounded to nanoseconds in each part.
    QVERIFY(std::abs(busy[static_cast<std::size_t>(track)] - tracks[track][u"busy_s"].toDouble()) <
            1e-6);
  }
  QCOMPARE(spans, expected);
}

void TimelinePanelTest::the_trace_is_that_of_the_command_line() {
  Scene scene;
  QVERIFY(scene.answered());
  const QTemporaryDir folder;
  const QString ours = folder.filePath(QStringLiteral("ours.json"));
  const QString theirs = folder.filePath(QStringLiteral("theirs.json"));
  scene.panel.export_trace(ours);
  program_output("simulate", scene.workspace.scenario(), {QStringLiteral("--trace"), theirs});
  QVERIFY(!content_of(ours).isEmpty());
  QCOMPARE(content_of(ours), content_of(theirs));
  QVERIFY_EXCEPTION_THROWN(scene.panel.export_trace(QStringLiteral("/nowhere/at/all.json")),
                           InputError);
}

void TimelinePanelTest::keys_walk_zoom_and_pan() {
  Scene scene;
  QVERIFY(scene.answered());
  TimelineCanvas& canvas = scene.panel.canvas();
  const double length = canvas.view().length();
  QTest::keyClick(&canvas, Qt::Key_Plus);
  QVERIFY(canvas.to() - canvas.from() < length);
  const double from = canvas.from();
  QTest::keyClick(&canvas, Qt::Key_Right);  // no span is marked: it pans
  QVERIFY(canvas.from() > from);
  QTest::keyClick(&canvas, Qt::Key_Home);
  QCOMPARE(canvas.to() - canvas.from(), length);
  QTest::keyClick(&canvas, Qt::Key_Space);
  QVERIFY(canvas.current());
  const SpanPlace first = *canvas.current();
  QTest::keyClick(&canvas, Qt::Key_Right);
  QCOMPARE(canvas.current()->index, first.index + 1);
  QTest::keyClick(&canvas, Qt::Key_Tab);
  QCOMPARE(canvas.current()->index, first.index + 2);
  QCOMPARE(scene.find<QLabel>("timeline_detail")->text(), canvas.words_of(*canvas.current()));
  QCOMPARE(canvas.accessibleDescription(), canvas.words_of(*canvas.current()));
  QTest::keyClick(&canvas, Qt::Key_Down);
  QVERIFY(canvas.current()->row > first.row);
  QTest::keyClick(&canvas, Qt::Key_Return);
  QVERIFY(canvas.view().duration(*canvas.current()) <= canvas.to() - canvas.from());
  QTest::keyClick(&canvas, Qt::Key_Escape);
  QVERIFY(!canvas.current());
}

void TimelinePanelTest::the_mouse_zooms_around_itself_and_drags() {
  Scene scene;
  QVERIFY(scene.answered());
  TimelineCanvas& canvas = scene.panel.canvas();
  const QPointF where(canvas.width() * 0.6, canvas.height() * 0.3);
  canvas.set_current(SpanPlace{.row = 0, .index = 5});
  canvas.set_current(std::nullopt);
  // The span below the mouse stays below it.
  const auto below = canvas.span_at(where);
  QWheelEvent turn(where, canvas.mapToGlobal(where), {}, {0, 120}, Qt::NoButton, Qt::NoModifier,
                   Qt::NoScrollPhase, false);
  QCoreApplication::sendEvent(&canvas, &turn);
  QVERIFY(canvas.to() - canvas.from() < canvas.view().length());
  QCOMPARE(canvas.span_at(where), below);
  const double from = canvas.from();
  QTest::mousePress(&canvas, Qt::LeftButton, {}, where.toPoint());
  QTest::mouseMove(&canvas, where.toPoint() - QPoint(50, 0));
  QTest::mouseRelease(&canvas, Qt::LeftButton, {}, where.toPoint() - QPoint(50, 0));
  QVERIFY(canvas.from() > from);
  // A click marks what is there.
  canvas.fit();
  const SpanPlace place{.row = 0, .index = 0};
  QTest::mouseClick(&canvas, Qt::LeftButton, {}, canvas.rect_of(place).center().toPoint());
  QVERIFY(canvas.current());
  QCOMPARE(canvas.current()->row, 0);
}

void TimelinePanelTest::a_search_counts_and_goes_on() {
  Scene scene;
  QVERIFY(scene.answered());
  auto* search = scene.find<QLineEdit>("timeline_search");
  search->setText(QStringLiteral("LAYER 3 "));
  TimelineCanvas& canvas = scene.panel.canvas();
  std::size_t expected = 0;
  const TimelineView& view = canvas.view();
  for (std::size_t row = 0; row < view.rows().size(); ++row)
    for (std::size_t i = 0; i < view.rows()[row].names.size(); ++i)
      expected += view.name({static_cast<int>(row), static_cast<int>(i)}).starts_with("layer 3 ");
  QVERIFY(expected > 1);
  QVERIFY(scene.find<QLabel>("timeline_found")->text().startsWith(QString::number(expected)));
  QTest::keyClick(search, Qt::Key_Return);
  QVERIFY(canvas.current());
  const SpanPlace first = *canvas.current();
  QVERIFY(view.name(first).starts_with("layer 3 "));
  QTest::keyClick(&canvas, Qt::Key_F3);
  QVERIFY(!(*canvas.current() == first));
  QVERIFY(view.is_match(*canvas.current()));
}

}  // namespace plimsoll::gui

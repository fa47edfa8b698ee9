#include "picture_test.h"

#include <QAction>
#include <QClipboard>
#include <QFile>
#include <QGuiApplication>
#include <QLabel>
#include <QMimeData>
#include <QTemporaryDir>
#include <QTest>
#include <cstdlib>

#include "base/diagnostic.h"
#include "widgets/colours.h"
#include "widgets/picture.h"

namespace plimsoll::gui {
namespace {

struct Scene {
  QLabel* chart = new QLabel(QStringLiteral("drawn words"));
  Picture picture{QStringLiteral("A chart"), chart, [] { return QStringLiteral("a\tb\n"); },
                  nullptr};
  Scene() {
    picture.resize(300, 200);
    picture.show();
  }
  void choose(const QString& name) {
    for (QAction* action : picture.actions())
      if (action->text().remove(u'&') == name) action->trigger();
  }
};

QByteArray content_of(const QString& file) {
  QFile read(file);
  return read.open(QIODevice::ReadOnly) ? read.readAll() : QByteArray();
}

}  // namespace

void PictureTest::copies_as_image_svg_and_text() {
  Scene scene;
  const QClipboard* clipboard = QGuiApplication::clipboard();
  scene.choose(QStringLiteral("Copy as Image"));
  QCOMPARE(clipboard->image().size(), scene.chart->size() * scene.picture.devicePixelRatioF());
  scene.choose(QStringLiteral("Copy as SVG"));
  const QByteArray svg = clipboard->mimeData()->data(QStringLiteral("image/svg+xml"));
  QVERIFY(svg.contains("<svg"));
  QVERIFY(svg.contains("drawn words"));
  QVERIFY(svg.contains("<title>A chart</title>"));
  scene.choose(QStringLiteral("Copy as Text"));
  QCOMPARE(clipboard->text(), QStringLiteral("a\tb\n"));
  for (const QAction* action : scene.picture.actions()) QVERIFY(!action->shortcut().isEmpty());
}

void PictureTest::saves_by_the_ending() {
  const Scene scene;
  const QTemporaryDir folder;
  const auto saved = [&](const QString& name) {
    scene.picture.save_to(folder.filePath(name));
    return content_of(folder.filePath(name));
  };
  QVERIFY(saved(QStringLiteral("a.png")).startsWith("\x89PNG"));
  QVERIFY(saved(QStringLiteral("a.SVG")).contains("<svg"));
  QCOMPARE(saved(QStringLiteral("a.txt")), QByteArray("a\tb\n"));
}

void PictureTest::tells_what_it_cannot_write() {
  const Scene scene;
  QVERIFY_EXCEPTION_THROWN(scene.picture.save_to(QStringLiteral("/nowhere/at/all.png")),
                           InputError);
}

void PictureTest::a_name_keeps_its_colour() {
  const QPalette light(QColor(240, 240, 240));
  const QColor weights = series_colour("weights", light);
  const QColor experts = series_colour("weights: routed experts", light);
  QVERIFY(series_colour("KV cache and state", light) != weights);
  QVERIFY(series_colour("weights: attention", light) != experts);
  QCOMPARE(series_colour("weights: routed experts", light), experts);
  // Of a family, the hue is the same.
  QVERIFY(std::abs(experts.hue() - weights.hue()) <= 2);
  QCOMPARE(text_on(Qt::white), QColor(Qt::black));
  QCOMPARE(text_on(QColor(0, 0, 120)), QColor(Qt::white));
  QVERIFY(is_dark(QPalette(QColor(30, 30, 30))));
  QVERIFY(!is_dark(light));
}

}  // namespace plimsoll::gui

#include "widgets/picture.h"

#include <QAction>
#include <QBuffer>
#include <QClipboard>
#include <QFileDialog>
#include <QGuiApplication>
#include <QMessageBox>
#include <QMimeData>
#include <QPainter>
#include <QSvgGenerator>
#include <QVBoxLayout>
#include <algorithm>
#include <utility>

#include "base/diagnostic.h"
#include "base/output_file.h"

namespace plimsoll::gui {
namespace {

QByteArray png(const QImage& image) {
  QByteArray bytes;
  QBuffer buffer(&bytes);
  buffer.open(QIODevice::WriteOnly);
  image.save(&buffer, "PNG");
  return bytes;
}

}  // namespace

Picture::Picture(const QString& title, QWidget* chart, std::function<QString()> text,
                 QWidget* parent)
    : QWidget(parent), title_(title), chart_(chart), text_(std::move(text)) {
  auto* layout = new QVBoxLayout(this);
  layout->setContentsMargins(0, 0, 0, 0);
  layout->addWidget(chart);
  setAccessibleName(title);
  chart->setAccessibleName(title);
  setContextMenuPolicy(Qt::ActionsContextMenu);
  const auto offer = [this](const QString& name, void (Picture::*act)()) {
    auto* action = new QAction(name, this);
    connect(action, &QAction::triggered, this, act);
    addAction(action);
  };
  const auto offer_copy = [this](const QString& name, void (Picture::*act)() const) {
    auto* action = new QAction(name, this);
    connect(action, &QAction::triggered, this, act);
    addAction(action);
  };
  offer_copy(tr("Copy as Image"), &Picture::copy_image);
  offer_copy(tr("Copy as SVG"), &Picture::copy_svg);
  offer_copy(tr("Copy as Text"), &Picture::copy_text);
  offer(tr("Save Picture…"), &Picture::save);
}

QImage Picture::image() const {
  QImage image(chart_->size() * devicePixelRatioF(), QImage::Format_ARGB32);
  image.setDevicePixelRatio(devicePixelRatioF());
  image.fill(palette().color(QPalette::Window));
  QPainter painter(&image);
  chart_->render(&painter);
  return image;
}

QByteArray Picture::svg() const {
  QByteArray bytes;
  QBuffer buffer(&bytes);
  QSvgGenerator generator;
  generator.setOutputDevice(&buffer);
  generator.setSize(chart_->size());
  generator.setViewBox(chart_->rect());
  generator.setTitle(title_);
  QPainter painter(&generator);
  chart_->render(&painter);
  painter.end();
  return bytes;
}

void Picture::paint(QPainter& painter, const QRectF& area) const {
  const double scale = std::min(area.width() / chart_->width(), area.height() / chart_->height());
  painter.save();
  painter.translate(area.topLeft());
  painter.scale(scale, scale);
  chart_->render(&painter);
  painter.restore();
}

void Picture::copy_image() const {
  QGuiApplication::clipboard()->setImage(image());
}

void Picture::copy_svg() const {
  auto* copied = new QMimeData;
  const QByteArray bytes = svg();
  copied->setData(QStringLiteral("image/svg+xml"), bytes);
  copied->setText(QString::fromUtf8(bytes));
  QGuiApplication::clipboard()->setMimeData(copied);
}

void Picture::copy_text() const {
  QGuiApplication::clipboard()->setText(text());
}

void Picture::save() {
  const QString file =
      QFileDialog::getSaveFileName(this, tr("Save Picture"), title_ + QStringLiteral(".png"),
                                   tr("Image (*.png);;SVG drawing (*.svg);;Text (*.txt)"));
  if (file.isEmpty()) return;
  QByteArray bytes = png(image());
  if (file.endsWith(u".svg")) bytes = svg();
  if (file.endsWith(u".txt")) bytes = text().toUtf8();
  try {
    write_file_atomically(file.toStdString(), bytes.toStdString());
  } catch (const InputError& refused) {
    QMessageBox::warning(this, tr("Save Picture"), QString::fromStdString(refused.what()));
  }
}

}  // namespace plimsoll::gui

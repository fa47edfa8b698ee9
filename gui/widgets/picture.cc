#include "widgets/picture.h"

#include <QAction>
#include <QBuffer>
#include <QClipboard>
#include <QFileDialog>
#include <QGuiApplication>
#include <QHBoxLayout>
#include <QLabel>
#include <QMenu>
#include <QMessageBox>
#include <QMimeData>
#include <QPainter>
#include <QSvgGenerator>
#include <QToolButton>
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
    : QWidget(parent), chart_(chart), text_(std::move(text)) {
  auto* menu = new QMenu(this);
  for (QAction* action : {offer(tr("Copy as &Image"), QKeySequence::Copy, [this] { copy_image(); }),
                          offer(tr("Copy as S&VG"), tr("Ctrl+Alt+V"), [this] { copy_svg(); }),
                          offer(tr("Copy as &Text"), tr("Ctrl+Alt+C"), [this] { copy_text(); }),
                          offer(tr("&Save Picture…"), tr("Ctrl+Alt+S"), [this] { save(); })})
    menu->addAction(action);
  setContextMenuPolicy(Qt::ActionsContextMenu);

  auto* heading = new QLabel(this);
  QFont bold = heading->font();
  bold.setBold(true);
  heading->setFont(bold);
  heading_ = heading;
  auto* take = new QToolButton(this);
  take->setObjectName(QStringLiteral("picture_menu"));
  take->setText(tr("Copy"));
  take->setToolTip(tr("Copy or save this chart as image, SVG or text"));
  take->setAccessibleName(tr("Copy or save the chart"));
  take->setMenu(menu);
  take->setPopupMode(QToolButton::InstantPopup);
  take->setAutoRaise(true);

  auto* top = new QHBoxLayout;
  top->addWidget(heading, 1);
  top->addWidget(take);
  auto* layout = new QVBoxLayout(this);
  layout->setContentsMargins(0, 0, 0, 0);
  layout->setSpacing(0);
  layout->addLayout(top);
  layout->addWidget(chart, 1);
  set_title(title);
}

QAction* Picture::offer(const QString& name, const QKeySequence& keys, std::function<void()> act) {
  auto* action = new QAction(name, this);
  action->setShortcut(keys);
  action->setShortcutContext(Qt::WidgetWithChildrenShortcut);
  connect(action, &QAction::triggered, this, [act = std::move(act)] { act(); });
  addAction(action);
  return action;
}

void Picture::set_title(const QString& title) {
  title_ = title;
  static_cast<QLabel*>(heading_)->setText(title);
  setAccessibleName(title);
  chart_->setAccessibleName(title);
}

// A chart on a tab that was never shown has no size of its own yet.
void Picture::lay_out() const {
  if (chart_->isVisible()) return;
  const QSize wide(chart_->fontMetrics().height() * 45, 0);
  chart_->resize(chart_->size()
                     .expandedTo(wide)
                     .expandedTo(chart_->minimumSize())
                     .expandedTo(chart_->minimumSizeHint()));
}

QImage Picture::image() const {
  lay_out();
  QImage image(chart_->size() * devicePixelRatioF(), QImage::Format_ARGB32);
  image.setDevicePixelRatio(devicePixelRatioF());
  image.fill(palette().color(QPalette::Window));
  QPainter painter(&image);
  chart_->render(&painter);
  return image;
}

QByteArray Picture::svg() const {
  lay_out();
  QByteArray bytes;
  QBuffer buffer(&bytes);
  QSvgGenerator generator;
  generator.setOutputDevice(&buffer);
  generator.setSize(chart_->size());
  generator.setViewBox(chart_->rect());
  generator.setTitle(title_);
  QPainter painter(&generator);
  painter.fillRect(chart_->rect(), palette().color(QPalette::Window));  // dark texts need dark
  chart_->render(&painter);
  painter.end();
  return bytes;
}

void Picture::paint(QPainter& painter, const QRectF& area) const {
  lay_out();
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

void Picture::save_to(const QString& file) const {
  QByteArray bytes;
  if (file.endsWith(u".svg", Qt::CaseInsensitive))
    bytes = svg();
  else if (file.endsWith(u".txt", Qt::CaseInsensitive))
    bytes = text().toUtf8();
  else
    bytes = png(image());
  write_file_atomically(file.toStdString(), bytes.toStdString());
}

void Picture::save() {
  const QString file =
      QFileDialog::getSaveFileName(this, tr("Save Picture"), title_ + QStringLiteral(".png"),
                                   tr("Image (*.png);;SVG drawing (*.svg);;Text (*.txt)"));
  if (file.isEmpty()) return;
  try {
    save_to(file);
  } catch (const InputError& refused) {
    QMessageBox::warning(this, tr("Save Picture"), QString::fromStdString(refused.what()));
  }
}

}  // namespace plimsoll::gui

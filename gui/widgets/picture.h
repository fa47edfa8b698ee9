// A chart that can be taken away: copied or saved as image, SVG or text, and printed.
#pragma once

#include <QByteArray>
#include <QImage>
#include <QString>
#include <QWidget>
#include <functional>

namespace plimsoll::gui {

// Wraps the widget that draws; offers Copy as Image, Copy as SVG, Copy as Text and Save… in its
// context menu and as actions with shortcuts.
class Picture : public QWidget {
  Q_OBJECT

 public:
  // `title`: of files and of the accessible name. `text`: what the chart says, as lines with tabs.
  Picture(const QString& title, QWidget* chart, std::function<QString()> text, QWidget* parent);

  const QString& title() const { return title_; }
  QImage image() const;  // at the screen's resolution
  QByteArray svg() const;
  QString text() const { return text_(); }
  void paint(QPainter& painter, const QRectF& area) const;  // for prints and PDF, scaled to fit

 public slots:
  void copy_image() const;
  void copy_svg() const;
  void copy_text() const;
  void save();

 private:
  QString title_;
  QWidget* chart_;
  std::function<QString()> text_;
};

}  // namespace plimsoll::gui

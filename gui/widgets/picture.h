// A chart that can be taken away: copied or saved as image, SVG or text, and printed.
#pragma once

#include <QByteArray>
#include <QImage>
#include <QKeySequence>
#include <QString>
#include <QWidget>
#include <functional>

class QAction;

namespace plimsoll::gui {

// Wraps the widget that draws, under its title. Copy as Image, SVG or Text and Save Picture… stand
// in a menu beside the title, in the context menu, and have shortcuts while the chart has the
// keyboard.
class Picture : public QWidget {
  Q_OBJECT

 public:
  // `title`: of files and of the accessible name. `text`: what the chart says, as lines with tabs.
  Picture(const QString& title, QWidget* chart, std::function<QString()> text, QWidget* parent);

  const QString& title() const { return title_; }
  void set_title(const QString& title);
  QImage image() const;  // at the screen's resolution
  QByteArray svg() const;
  QString text() const { return text_(); }
  void paint(QPainter& painter, const QRectF& area) const;  // for prints and PDF, scaled to fit
  // By the ending: .svg, .txt, else a PNG. Throws InputError when the file cannot be written.
  void save_to(const QString& file) const;

 public slots:
  void copy_image() const;
  void copy_svg() const;
  void copy_text() const;
  void save();

 private:
  void lay_out() const;
  QAction* offer(const QString& name, const QKeySequence& keys, std::function<void()> act);

  QString title_;
  QWidget* chart_;
  QWidget* heading_;
  std::function<QString()> text_;
};

}  // namespace plimsoll::gui

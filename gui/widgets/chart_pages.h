// A panel's charts, or a sentence in their place while there is nothing to draw.
#pragma once

#include <QStackedWidget>

#include "presenters/answer.h"

class QLabel;
class QSplitter;

namespace plimsoll::gui {

class ChartPages : public QStackedWidget {
  Q_OBJECT

 public:
  explicit ChartPages(QWidget* content, QWidget* parent = nullptr);

  // Whether there is an outcome to draw; else says why not.
  bool shows(const Answer* answer);
  void say(const QString& notice);
  void show_content() { setCurrentIndex(1); }

 private:
  QLabel* notice_;
};

// Divides the width of two halves so, whatever they ask for.
void share(QSplitter& split, int left, int right);

// A line below a chart that says what is under the mouse or the keyboard.
QLabel* detail_line(const QString& name, QWidget* parent);

}  // namespace plimsoll::gui

// The 90 % interval of a figure as a thin range around its value, on a logarithmic axis that all
// bars of a panel share.
#pragma once

#include <QWidget>

#include "presenters/figures.h"

namespace plimsoll::gui {

class IntervalBar : public QWidget {
  Q_OBJECT

 public:
  explicit IntervalBar(QWidget* parent);

  void show_ends(const IntervalEnds& ends, bool old);
  QSize sizeHint() const override;

 protected:
  void paintEvent(QPaintEvent* event) override;

 private:
  IntervalEnds ends_;
  bool old_ = false;
};

}  // namespace plimsoll::gui

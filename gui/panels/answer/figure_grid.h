// Figures a line each: what, value and unit, interval as a bar and in numbers.
#pragma once

#include <QGridLayout>
#include <QLabel>
#include <QWidget>
#include <vector>

#include "panels/answer/interval_bar.h"
#include "presenters/figures.h"

namespace plimsoll::gui {

class FigureGrid : public QWidget {
  Q_OBJECT

 public:
  // Lines are named "PREFIX_value_0" and so on.
  FigureGrid(const QString& prefix, QWidget* parent);

  // `old`: of an earlier question, shown in grey. Lines stay where they are, so that nothing
  // flickers.
  void show_rows(const std::vector<SpeedRow>& rows, double reach);
  void show_old(bool old);

 private:
  struct Line {
    QLabel* what;
    QLabel* value;
    IntervalBar* bar;
    QLabel* interval;
    IntervalEnds ends;
  };
  Line& line(std::size_t index);

  QString prefix_;
  QGridLayout* grid_;
  std::vector<Line> lines_;
};

}  // namespace plimsoll::gui

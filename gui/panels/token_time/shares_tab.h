// The time as one stacked bar, by resource and class of operators, and as a table.
#pragma once

#include <QWidget>

#include "evaluate/outcome.h"
#include "panels/token_time/token_time_panel.h"

class QLabel;

namespace plimsoll::gui {

class CellTable;
class Picture;
class StackedBars;

class SharesTab : public QWidget {
  Q_OBJECT

 public:
  explicit SharesTab(QWidget* parent = nullptr);
  void show(const Outcome& outcome, Pass pass);

 private:
  CellTable* table_;
  StackedBars* chart_;
  Picture* picture_;
  QLabel* detail_;
};

}  // namespace plimsoll::gui

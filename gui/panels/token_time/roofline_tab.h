// The operators of a pass under the roofs of their units, as a plot and as a table.
#pragma once

#include <QWidget>

#include "evaluate/outcome.h"
#include "panels/token_time/token_time_panel.h"
#include "presenters/roofline.h"

class QChart;
class QChartView;
class QLabel;
class QTableView;

namespace plimsoll::gui {

class CellTable;
class Picture;

class RooflineTab : public QWidget {
  Q_OBJECT

 public:
  explicit RooflineTab(QWidget* parent = nullptr);
  void show(const Outcome& outcome, Pass pass);

 protected:
  void changeEvent(QEvent* event) override;

 private:
  void draw();
  void add_axes();
  void add_roofs();
  void name_roof(const RoofLine& line);
  void add_points();
  void mark_selected();

  RooflinePlot plot_;
  CellTable* table_;
  QTableView* view_;
  QChart* chart_;
  QChartView* chart_view_;
  Picture* picture_;
  QLabel* detail_;
  int selected_ = -1;
};

}  // namespace plimsoll::gui

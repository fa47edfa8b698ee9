// The plans of a search by price and speed.
#pragma once

#include <QWidget>
#include <memory>

#include "presenters/plan_table.h"

class QChart;
class QChartView;
class QComboBox;
class QScatterSeries;

namespace plimsoll::gui {

class ParetoView : public QWidget {
  Q_OBJECT

 public:
  explicit ParetoView(QWidget* parent);

  void show(std::shared_ptr<const PlanResult> result);
  void select(const PlannedMachine* plan);
  const PlanChart& points() const { return points_; }
  // On this widget.
  QPoint place_of(const PlannedMachine* plan) const;

 signals:
  void selected(const plimsoll::PlannedMachine* plan);
  void opened(const plimsoll::PlannedMachine* plan);

 protected:
  void changeEvent(QEvent* event) override;

 private:
  void redraw();
  void add_line(QChart* chart);
  void add_points(QChart* chart);
  void add_axes(QChart* chart);
  QScatterSeries* add_series(QChart* chart, const QColor& colour, double size);
  void mark(QChart* chart);
  const PlannedMachine* nearest(QPointF value) const;
  QString tip(const PlannedMachine& plan) const;
  QString as_text() const;

  std::shared_ptr<const PlanResult> result_;
  PlanChart points_;
  const PlannedMachine* selected_ = nullptr;
  QChartView* view_ = nullptr;
  QComboBox* size_ = nullptr;
  QScatterSeries* mark_ = nullptr;
};

}  // namespace plimsoll::gui

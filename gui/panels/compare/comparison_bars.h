// The figures of pinned scenarios as bars with their 90 % intervals, a group for each figure.
#pragma once

#include <QWidget>

#include "presenters/comparison.h"

namespace plimsoll::gui {

class ComparisonBars : public QWidget {
  Q_OBJECT

 public:
  explicit ComparisonBars(QWidget* parent);

  void show_table(const ComparisonTable& table);
  QSize sizeHint() const override;
  QSize minimumSizeHint() const override { return sizeHint(); }

 protected:
  void paintEvent(QPaintEvent* event) override;

 private:
  double line_height() const;
  double paint_figure(QPainter& painter, const ComparisonRow& row, double y) const;

  std::vector<std::string> names_;
  std::vector<ComparisonRow> figures_;
};

}  // namespace plimsoll::gui

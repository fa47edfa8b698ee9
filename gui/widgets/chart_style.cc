#include "widgets/chart_style.h"

#include <QAbstractAxis>
#include <QChart>
#include <QLegend>

namespace plimsoll::gui {

void dress(QChart& chart, const QPalette& palette) {
  const QColor text = palette.color(QPalette::WindowText);
  QColor grid = text;
  grid.setAlphaF(0.15F);
  chart.setAnimationOptions(QChart::NoAnimation);
  chart.setBackgroundBrush(palette.color(QPalette::Window));
  chart.setBackgroundRoundness(0.0);
  chart.setMargins(QMargins());
  chart.setTitleBrush(text);
  chart.legend()->setLabelColor(text);
  for (QAbstractAxis* axis : chart.axes()) {
    axis->setLabelsColor(text);
    axis->setTitleBrush(text);
    axis->setLinePenColor(text);
    axis->setGridLineColor(grid);
    axis->setMinorGridLineVisible(false);
  }
}

}  // namespace plimsoll::gui

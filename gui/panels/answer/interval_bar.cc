#include "panels/answer/interval_bar.h"

#include <QPainter>
#include <algorithm>

#include "widgets/colours.h"

namespace plimsoll::gui {

IntervalBar::IntervalBar(QWidget* parent) : QWidget(parent) {
  setSizePolicy(QSizePolicy::Expanding, QSizePolicy::Preferred);
}

void IntervalBar::show_ends(const IntervalEnds& ends, bool old) {
  ends_ = ends;
  old_ = old;
  update();
}

QSize IntervalBar::sizeHint() const {
  return {fontMetrics().averageCharWidth() * 16, fontMetrics().height()};
}

void IntervalBar::paintEvent(QPaintEvent* /*event*/) {
  QPainter painter(this);
  painter.setRenderHint(QPainter::Antialiasing);
  const double middle = height() / 2.0;
  const double thickness = std::max(2.0, fontMetrics().height() / 5.0);
  const double reach = (width() - thickness) / 2.0;
  const auto x = [&](double place) { return width() / 2.0 + place * reach; };
  const QColor ink = old_ ? tone_colour(Tone::quiet, palette()) : palette().color(QPalette::Text);
  QColor axis = ink;
  axis.setAlphaF(0.2F);
  painter.fillRect(QRectF(x(-1.0), middle - 0.5, 2.0 * reach, 1.0), axis);
  if (ends_.low < ends_.high) {
    QColor range = old_ ? ink : palette().color(QPalette::Highlight);
    painter.fillRect(
        QRectF(x(ends_.low), middle - thickness / 2.0, x(ends_.high) - x(ends_.low), thickness),
        range);
  }
  painter.fillRect(QRectF(x(0.0) - 1.0, middle - thickness, 2.0, 2.0 * thickness), ink);
}

}  // namespace plimsoll::gui

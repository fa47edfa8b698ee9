#include "panels/compare/comparison_bars.h"

#include <QPainter>
#include <algorithm>

#include "widgets/colours.h"
#include "widgets/screen_text.h"

namespace plimsoll::gui {
namespace {

double largest(const ComparisonRow& row) {
  double most = 0.0;
  for (const auto& estimate : row.estimates)
    if (estimate) most = std::max(most, estimate->high);
  return most;
}

}  // namespace

ComparisonBars::ComparisonBars(QWidget* parent) : QWidget(parent) {}

void ComparisonBars::show_table(const ComparisonTable& table) {
  names_ = table.names;
  figures_.clear();
  for (const ComparisonRow& row : table.rows)
    if (!row.estimates.empty() && largest(row) > 0.0) figures_.push_back(row);
  updateGeometry();
  // A tab that was never opened has laid out nothing; the picture can be copied all the same.
  if (!isVisible()) resize(sizeHint().expandedTo(size()));
  update();
}

double ComparisonBars::line_height() const {
  return 1.3 * fontMetrics().height();
}

// A line for the figure's name, one for each scenario, and a gap.
QSize ComparisonBars::sizeHint() const {
  const auto groups = static_cast<double>(figures_.size());
  const double lines = std::max(1.0, groups * (static_cast<double>(names_.size()) + 1.5));
  return {fontMetrics().averageCharWidth() * 60, static_cast<int>(lines * line_height())};
}

void ComparisonBars::paintEvent(QPaintEvent* /*event*/) {
  QPainter painter(this);
  painter.setRenderHint(QPainter::Antialiasing);
  double y = 0.0;
  for (const ComparisonRow& row : figures_) y = paint_figure(painter, row, y);
}

// From 0, so that lengths compare as figures do.
double ComparisonBars::paint_figure(QPainter& painter, const ComparisonRow& row, double y) const {
  const double line = line_height();
  const double left = 0.3 * width();
  const double room = 0.4 * width();
  const double most = largest(row);
  const QColor ink = palette().color(QPalette::WindowText);
  QFont bold = font();
  bold.setBold(true);
  painter.setPen(ink);
  painter.setFont(bold);
  painter.drawText(QRectF(0.0, y, width(), line), Qt::AlignVCenter, engine_word(row.what));
  painter.setFont(font());
  y += line;
  for (std::size_t i = 0; i < row.cells.size(); ++i, y += line) {
    const QRectF label(0.0, y, left - line / 3.0, line);
    const QString name = fontMetrics().elidedText(QString::fromStdString(names_[i]),
                                                  Qt::ElideMiddle, static_cast<int>(label.width()));
    painter.setPen(ink);
    painter.drawText(label, Qt::AlignVCenter | Qt::AlignRight, name);
    double end = left;
    if (const auto& estimate = row.estimates[i]) {
      const auto x = [&](double value) { return left + room * value / most; };
      const QRectF bar(left, y + 0.2 * line, x(estimate->value) - left, 0.6 * line);
      painter.fillRect(bar, series_colour("pin " + names_[i], palette()));
      painter.setPen(QPen(ink, 1.5));
      const double middle = bar.center().y();
      painter.drawLine(QPointF(x(estimate->low), middle), QPointF(x(estimate->high), middle));
      for (const double tip : {estimate->low, estimate->high})
        painter.drawLine(QPointF(x(tip), middle - 0.15 * line),
                         QPointF(x(tip), middle + 0.15 * line));
      end = x(estimate->high);
    }
    painter.setPen(ink);
    const ComparisonCell& cell = row.cells[i];
    QString text = cell.text.empty() ? tr("not known") : localized(cell.text);
    if (!cell.ratio.empty())
      text += QStringLiteral("   ") + localized(cell.ratio.substr(0, cell.ratio.find(' ')));
    painter.drawText(QRectF(end + line / 3.0, y, width() - end, line), Qt::AlignVCenter, text);
  }
  return y + 0.5 * line;
}

}  // namespace plimsoll::gui

#include "panels/answer/figure_grid.h"

#include "widgets/screen_text.h"

namespace plimsoll::gui {

FigureGrid::FigureGrid(const QString& prefix, QWidget* parent)
    : QWidget(parent), prefix_(prefix), grid_(new QGridLayout(this)) {
  grid_->setContentsMargins(0, 0, 0, 0);
  grid_->setHorizontalSpacing(fontMetrics().averageCharWidth() * 2);
  grid_->setVerticalSpacing(fontMetrics().height() / 6);
  grid_->setColumnStretch(2, 1);
}

FigureGrid::Line& FigureGrid::line(std::size_t index) {
  while (lines_.size() <= index) {
    const int row = static_cast<int>(lines_.size());
    const QString number = u'_' + QString::number(row);
    Line added{.what = new QLabel(this),
               .value = new QLabel(this),
               .bar = new IntervalBar(this),
               .interval = new QLabel(this),
               .ends = {}};
    added.value->setObjectName(prefix_ + QStringLiteral("_value") + number);
    added.interval->setObjectName(prefix_ + QStringLiteral("_interval") + number);
    added.what->setObjectName(prefix_ + QStringLiteral("_what") + number);
    added.value->setTextInteractionFlags(Qt::TextSelectableByMouse);
    QFont bold = font();
    bold.setBold(true);
    added.value->setFont(bold);
    grid_->addWidget(added.what, row, 0);
    grid_->addWidget(added.value, row, 1, Qt::AlignRight);
    grid_->addWidget(added.bar, row, 2);
    grid_->addWidget(added.interval, row, 3);
    lines_.push_back(added);
  }
  return lines_[index];
}

void FigureGrid::show_rows(const std::vector<SpeedRow>& rows, double reach) {
  for (std::size_t i = 0; i < rows.size(); ++i) {
    Line& each = line(i);
    each.what->setText(engine_word(rows[i].what));
    each.value->setText(localized(with_unit(rows[i].figure)));
    each.interval->setText(localized(rows[i].figure.interval));
    each.ends = interval_ends(rows[i].estimate, reach);
    const QString spoken =
        engine_word(rows[i].what) + QStringLiteral(": ") + localized(with_interval(rows[i].figure));
    each.value->setAccessibleName(spoken);
    each.bar->setAccessibleName(spoken);
    each.bar->setToolTip(
        tr("90 % interval: %1 %2").arg(each.interval->text(), localized(rows[i].figure.unit)));
  }
  for (std::size_t i = 0; i < lines_.size(); ++i)
    for (QWidget* widget : std::initializer_list<QWidget*>{lines_[i].what, lines_[i].value,
                                                           lines_[i].bar, lines_[i].interval})
      widget->setVisible(i < rows.size());
  show_old(false);
}

void FigureGrid::show_old(bool old) {
  for (const Line& each : lines_) each.bar->show_ends(each.ends, old);
}

}  // namespace plimsoll::gui

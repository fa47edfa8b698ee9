#include "widgets/chart_pages.h"

#include <QLabel>
#include <QSplitter>

namespace plimsoll::gui {

ChartPages::ChartPages(QWidget* content, QWidget* parent)
    : QStackedWidget(parent), notice_(new QLabel(this)) {
  notice_->setAlignment(Qt::AlignCenter);
  notice_->setWordWrap(true);
  notice_->setMargin(fontMetrics().height());
  addWidget(notice_);
  addWidget(content);
}

bool ChartPages::shows(const Answer* answer) {
  if (!answer) {
    say(tr("Nothing to show yet: choose a model and a machine."));
    return false;
  }
  if (answer->refused()) {
    say(tr("The scenario has problems; they are listed with the scenario."));
    return false;
  }
  show_content();
  return true;
}

void ChartPages::say(const QString& notice) {
  notice_->setText(notice);
  setCurrentIndex(0);
}

void share(QSplitter& split, int left, int right) {
  constexpr int large = 1000;  // sizes are scaled to the width there is
  split.setSizes({left * large, right * large});
  split.setStretchFactor(0, left);
  split.setStretchFactor(1, right);
}

QLabel* detail_line(const QString& name, QWidget* parent) {
  auto* label = new QLabel(parent);
  label->setObjectName(name);
  label->setWordWrap(true);
  label->setTextInteractionFlags(Qt::TextSelectableByMouse);
  // Room for two lines, so that nothing jumps while the mouse moves.
  label->setMinimumHeight(label->fontMetrics().lineSpacing() * 2);
  label->setAlignment(Qt::AlignLeft | Qt::AlignTop);
  return label;
}

}  // namespace plimsoll::gui

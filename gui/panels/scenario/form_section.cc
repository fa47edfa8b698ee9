#include "panels/scenario/form_section.h"

#include <QVBoxLayout>

namespace plimsoll::gui {

FormSection::FormSection(const QString& title, QWidget* parent)
    : QWidget(parent), heading_(new QToolButton(this)), content_(new QWidget(this)) {
  auto* column = new QVBoxLayout(this);
  column->setContentsMargins(0, 0, 0, 0);
  column->addWidget(heading_);
  column->addWidget(content_);
  heading_->setText(title);
  heading_->setAccessibleName(title);
  heading_->setToolButtonStyle(Qt::ToolButtonTextBesideIcon);
  heading_->setAutoRaise(true);
  heading_->setFocusPolicy(Qt::StrongFocus);
  QFont font = heading_->font();
  font.setBold(true);
  heading_->setFont(font);
  connect(heading_, &QToolButton::clicked, this, [this] { set_open(!open_); });
  set_open(true);
}

void FormSection::set_open(bool open) {
  open_ = open;
  heading_->setArrowType(open ? Qt::DownArrow : Qt::RightArrow);
  heading_->setAccessibleDescription(open ? tr("open") : tr("closed"));
  content_->setVisible(open);
}

}  // namespace plimsoll::gui

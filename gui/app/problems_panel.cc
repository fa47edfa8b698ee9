#include "app/problems_panel.h"

#include <QApplication>
#include <QHeaderView>
#include <QLabel>
#include <QStyle>
#include <QTreeView>
#include <QVBoxLayout>
#include <algorithm>
#include <utility>

#include "widgets/screen_text.h"

namespace plimsoll::gui {

void ProblemsModel::set_rows(std::vector<ProblemRow> rows) {
  beginResetModel();
  rows_ = std::move(rows);
  endResetModel();
}

int ProblemsModel::rowCount(const QModelIndex& parent) const {
  return parent.isValid() ? 0 : static_cast<int>(rows_.size());
}

int ProblemsModel::columnCount(const QModelIndex& parent) const {
  return parent.isValid() ? 0 : columns;
}

QVariant ProblemsModel::data(const QModelIndex& index, int role) const {
  if (!index.isValid()) return {};
  const ProblemRow& problem = row(index.row());
  const bool error = problem.severity == Severity::error;
  if (role == Qt::DecorationRole && index.column() == severity)
    return QApplication::style()->standardIcon(error ? QStyle::SP_MessageBoxCritical
                                                     : QStyle::SP_MessageBoxWarning);
  if (role == Qt::ToolTipRole) return localized(problem.text);
  if (role != Qt::DisplayRole) return {};
  switch (index.column()) {
    case severity:
      return error ? tr("Error") : tr("Warning");
    case text:
      return localized(problem.text);
    default:
      return QString::fromStdString(problem.where);
  }
}

QVariant ProblemsModel::headerData(int section, Qt::Orientation orientation, int role) const {
  if (orientation != Qt::Horizontal || role != Qt::DisplayRole) return {};
  if (section == severity) return tr("Kind");
  return section == text ? tr("Problem") : tr("Place");
}

ProblemsPanel::ProblemsPanel(QWidget* parent)
    : QWidget(parent),
      model_(new ProblemsModel(this)),
      list_(new QTreeView(this)),
      none_(new QLabel(tr("No problems."), this)) {
  setObjectName(QStringLiteral("problems"));
  setAccessibleName(tr("Problems"));
  list_->setObjectName(QStringLiteral("problems_list"));
  list_->setAccessibleName(tr("Problems of the scenario and of files"));
  list_->setToolTip(tr("Enter or double click goes to the field or the line"));
  list_->setRootIsDecorated(false);
  list_->setWordWrap(true);
  list_->setModel(model_);
  list_->header()->setStretchLastSection(false);
  list_->header()->setSectionResizeMode(QHeaderView::ResizeToContents);
  list_->header()->setSectionResizeMode(ProblemsModel::text, QHeaderView::Stretch);
  none_->setAlignment(Qt::AlignCenter);
  none_->setForegroundRole(QPalette::PlaceholderText);
  auto* layout = new QVBoxLayout(this);
  layout->setContentsMargins(0, 0, 0, 0);
  layout->addWidget(list_);
  layout->addWidget(none_);
  set_rows({});
  connect(list_, &QTreeView::activated, this,
          [this](const QModelIndex& index) { emit activated(model_->row(index.row())); });
}

void ProblemsPanel::set_rows(std::vector<ProblemRow> rows) {
  const bool any = !rows.empty();
  model_->set_rows(std::move(rows));
  list_->setVisible(any);
  none_->setVisible(!any);
}

int ProblemsPanel::errors() const {
  int count = 0;
  for (int i = 0; i < model_->rowCount(); ++i)
    count += model_->row(i).severity == Severity::error ? 1 : 0;
  return count;
}

int ProblemsPanel::warnings() const {
  return model_->rowCount() - errors();
}

}  // namespace plimsoll::gui

// The list of problems: severity, text and place; activating one goes there.
#pragma once

#include <QAbstractTableModel>
#include <QWidget>
#include <vector>

#include "presenters/problems.h"

class QTreeView;
class QLabel;

namespace plimsoll::gui {

class ProblemsModel : public QAbstractTableModel {
  Q_OBJECT

 public:
  enum Column { severity, text, place, columns };
  using QAbstractTableModel::QAbstractTableModel;

  void set_rows(std::vector<ProblemRow> rows);
  const ProblemRow& row(int index) const { return rows_[static_cast<std::size_t>(index)]; }

  int rowCount(const QModelIndex& parent = {}) const override;
  int columnCount(const QModelIndex& parent = {}) const override;
  QVariant data(const QModelIndex& index, int role) const override;
  QVariant headerData(int section, Qt::Orientation orientation, int role) const override;

 private:
  std::vector<ProblemRow> rows_;
};

class ProblemsPanel : public QWidget {
  Q_OBJECT

 public:
  explicit ProblemsPanel(QWidget* parent = nullptr);

  void set_rows(std::vector<ProblemRow> rows);
  int errors() const;
  int warnings() const;

 signals:
  void activated(const plimsoll::gui::ProblemRow& row);

 private:
  ProblemsModel* model_;
  QTreeView* list_;
  QLabel* none_;
};

}  // namespace plimsoll::gui

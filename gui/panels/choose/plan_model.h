// The plans of a search as a table.
#pragma once

#include <QAbstractTableModel>

#include "presenters/plan_table.h"

namespace plimsoll::gui {

class PlanModel : public QAbstractTableModel {
  Q_OBJECT

 public:
  using QAbstractTableModel::QAbstractTableModel;

  void show(std::shared_ptr<const PlanResult> result);
  const PlanTable& table() const { return table_; }

  int rowCount(const QModelIndex& parent = {}) const override;
  int columnCount(const QModelIndex& parent = {}) const override;
  QVariant data(const QModelIndex& index, int role) const override;
  QVariant headerData(int section, Qt::Orientation orientation, int role) const override;
  void sort(int column, Qt::SortOrder order) override;

 private:
  PlanTable table_;
};

}  // namespace plimsoll::gui

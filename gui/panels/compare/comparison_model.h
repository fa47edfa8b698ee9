// Pinned scenarios side by side as an item model: a column each.
#pragma once

#include <QAbstractTableModel>

#include "presenters/comparison.h"

namespace plimsoll::gui {

class ComparisonModel : public QAbstractTableModel {
  Q_OBJECT

 public:
  using QAbstractTableModel::QAbstractTableModel;

  void set_table(ComparisonTable table);
  const ComparisonTable& table() const { return table_; }
  QString as_text() const;  // lines with tabs

  int rowCount(const QModelIndex& parent = {}) const override;
  int columnCount(const QModelIndex& parent = {}) const override;
  QVariant data(const QModelIndex& index, int role = Qt::DisplayRole) const override;
  QVariant headerData(int section, Qt::Orientation orientation, int role) const override;

 private:
  ComparisonTable table_;
};

}  // namespace plimsoll::gui

// The ranked changes as an item model.
#pragma once

#include <QAbstractTableModel>
#include <QSortFilterProxyModel>
#include <vector>

#include "presenters/changes_table.h"

namespace plimsoll::gui {

class ChangesModel : public QAbstractTableModel {
  Q_OBJECT

 public:
  enum Column { change, kind, effect, rate, interval, verdict, remarks, column_count };
  static constexpr int sort_role = Qt::UserRole;  // a number, or the text

  using QAbstractTableModel::QAbstractTableModel;

  void set_rows(std::vector<ChangeRow> rows);
  const ChangeRow& row(int index) const { return rows_.at(static_cast<std::size_t>(index)); }

  int rowCount(const QModelIndex& parent = {}) const override;
  int columnCount(const QModelIndex& parent = {}) const override;
  QVariant data(const QModelIndex& index, int role = Qt::DisplayRole) const override;
  QVariant headerData(int section, Qt::Orientation orientation, int role) const override;

 private:
  QString text(const ChangeRow& row, int column) const;

  std::vector<ChangeRow> rows_;
};

// Those of one kind; an empty kind lets all through.
class KindFilter : public QSortFilterProxyModel {
  Q_OBJECT

 public:
  using QSortFilterProxyModel::QSortFilterProxyModel;
  void set_kind(const std::string& kind);

 protected:
  bool filterAcceptsRow(int row, const QModelIndex& parent) const override;

 private:
  std::string kind_;
};

}  // namespace plimsoll::gui

// A list of names as an item model, and the part of it that matches what was typed.
#pragma once

#include <QAbstractTableModel>
#include <QSortFilterProxyModel>
#include <string>

#include "presenters/name_lists.h"

namespace plimsoll::gui {

class NameListModel : public QAbstractTableModel {
  Q_OBJECT

 public:
  using QAbstractTableModel::QAbstractTableModel;

  void set_list(NameList list);
  const NameRow& row(int index) const { return list_.rows.at(static_cast<std::size_t>(index)); }

  int rowCount(const QModelIndex& parent = {}) const override;
  int columnCount(const QModelIndex& parent = {}) const override;
  QVariant data(const QModelIndex& index, int role = Qt::DisplayRole) const override;
  QVariant headerData(int section, Qt::Orientation orientation, int role) const override;

 private:
  NameList list_;
};

class NameFilter : public QSortFilterProxyModel {
  Q_OBJECT

 public:
  using QSortFilterProxyModel::QSortFilterProxyModel;

  void set_typed(const QString& typed);

 protected:
  bool filterAcceptsRow(int row, const QModelIndex& parent) const override;

 private:
  std::string typed_;
};

}  // namespace plimsoll::gui

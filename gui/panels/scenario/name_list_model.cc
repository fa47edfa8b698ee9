#include "panels/scenario/name_list_model.h"

#include <utility>

#include "widgets/screen_text.h"

namespace plimsoll::gui {

void NameListModel::set_list(NameList list) {
  beginResetModel();
  list_ = std::move(list);
  endResetModel();
}

int NameListModel::rowCount(const QModelIndex& parent) const {
  return parent.isValid() ? 0 : static_cast<int>(list_.rows.size());
}

// The id, the name, and what the list says of each.
int NameListModel::columnCount(const QModelIndex& parent) const {
  return parent.isValid() ? 0 : 2 + static_cast<int>(list_.columns.size());
}

QVariant NameListModel::data(const QModelIndex& index, int role) const {
  if (!index.isValid()) return {};
  const NameRow& entry = row(index.row());
  if (role == Qt::EditRole) return QString::fromStdString(entry.id);
  const bool text_column = index.column() < 2;
  const NameCell* cell =
      text_column ? nullptr : &entry.cells.at(static_cast<std::size_t>(index.column() - 2));
  if (role == Qt::TextAlignmentRole && cell && cell->key != 0.0)
    return QVariant(Qt::AlignRight | Qt::AlignVCenter);
  if (role != Qt::DisplayRole) return {};
  if (cell) return localized(cell->text);
  return QString::fromStdString(index.column() == 0 ? entry.id : entry.name);
}

QVariant NameListModel::headerData(int section, Qt::Orientation orientation, int role) const {
  if (orientation != Qt::Horizontal || role != Qt::DisplayRole) return {};
  if (section == 0) return tr("id");
  if (section == 1) return tr("name");
  return engine_word(list_.columns.at(static_cast<std::size_t>(section - 2)));
}

void NameFilter::set_typed(const QString& typed) {
  typed_ = typed.toStdString();
  invalidateFilter();
}

bool NameFilter::filterAcceptsRow(int row, const QModelIndex& /*parent*/) const {
  const auto* names = static_cast<const NameListModel*>(sourceModel());
  return matches(names->row(row), typed_);
}

}  // namespace plimsoll::gui

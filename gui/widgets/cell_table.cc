#include "widgets/cell_table.h"

#include <QAction>
#include <QClipboard>
#include <QGuiApplication>
#include <QHeaderView>
#include <QSortFilterProxyModel>
#include <QTableView>
#include <algorithm>
#include <utility>

namespace plimsoll::gui {
namespace {

std::size_t at(int index) {
  return static_cast<std::size_t>(index);
}

void copy_rows(const QTableView& view) {
  QModelIndexList rows = view.selectionModel()->selectedRows();
  std::sort(rows.begin(), rows.end(),
            [](const QModelIndex& a, const QModelIndex& b) { return a.row() < b.row(); });
  QString text;
  for (const QModelIndex& row : rows)
    for (int column = 0; column < view.model()->columnCount(); ++column) {
      text += row.siblingAtColumn(column).data().toString();
      text += column + 1 < view.model()->columnCount() ? u'\t' : u'\n';
    }
  QGuiApplication::clipboard()->setText(text);
}

}  // namespace

CellTable::CellTable(std::vector<CellColumn> columns, QObject* parent)
    : QAbstractTableModel(parent), columns_(std::move(columns)) {}

void CellTable::set_rows(std::vector<std::vector<Cell>> rows) {
  beginResetModel();
  rows_ = std::move(rows);
  endResetModel();
}

QString CellTable::text() const {
  QString text;
  for (std::size_t column = 0; column < columns_.size(); ++column)
    text += (column ? QStringLiteral("\t") : QString()) + columns_[column].title;
  text += u'\n';
  for (const std::vector<Cell>& row : rows_) {
    for (std::size_t column = 0; column < row.size(); ++column)
      text += (column ? QStringLiteral("\t") : QString()) + row[column].text;
    text += u'\n';
  }
  return text;
}

int CellTable::rowCount(const QModelIndex& parent) const {
  return parent.isValid() ? 0 : static_cast<int>(rows_.size());
}

int CellTable::columnCount(const QModelIndex& parent) const {
  return parent.isValid() ? 0 : static_cast<int>(columns_.size());
}

QVariant CellTable::data(const QModelIndex& index, int role) const {
  if (!checkIndex(index, CheckIndexOption::IndexIsValid)) return {};
  const Cell& cell = rows_[at(index.row())][at(index.column())];
  const bool number = columns_[at(index.column())].number;
  switch (role) {
    case Qt::DisplayRole:
      return cell.text;
    case Qt::ToolTipRole:
      return cell.hint.isEmpty() ? QVariant() : QVariant(cell.hint);
    case Qt::TextAlignmentRole:
      return QVariant::fromValue(number ? Qt::AlignRight | Qt::AlignVCenter
                                        : Qt::AlignLeft | Qt::AlignVCenter);
    case sort_role:
      return number ? QVariant(cell.value) : QVariant(cell.text);
    default:
      return {};
  }
}

QVariant CellTable::headerData(int section, Qt::Orientation orientation, int role) const {
  if (orientation != Qt::Horizontal || section < 0 || section >= columnCount()) return {};
  const CellColumn& column = columns_[at(section)];
  if (role == Qt::DisplayRole) return column.title;
  if (role == Qt::ToolTipRole && !column.hint.isEmpty()) return column.hint;
  if (role == Qt::TextAlignmentRole)
    return QVariant::fromValue(column.number ? Qt::AlignRight | Qt::AlignVCenter
                                             : Qt::AlignLeft | Qt::AlignVCenter);
  return {};
}

QTableView* table_view(CellTable& table, const QString& accessible_name, QWidget* parent) {
  auto* view = new QTableView(parent);
  auto* sorted = new QSortFilterProxyModel(view);
  sorted->setSourceModel(&table);
  sorted->setSortRole(CellTable::sort_role);
  view->setModel(sorted);
  view->setSortingEnabled(true);
  view->sortByColumn(-1, Qt::AscendingOrder);
  view->setAccessibleName(accessible_name);
  view->setSelectionBehavior(QAbstractItemView::SelectRows);
  view->setTabKeyNavigation(false);  // Tab goes on to the next control
  view->setShowGrid(false);
  view->setWordWrap(false);
  view->setAlternatingRowColors(true);
  view->verticalHeader()->hide();
  view->verticalHeader()->setDefaultSectionSize(view->fontMetrics().height() * 3 / 2);
  view->horizontalHeader()->setSectionResizeMode(QHeaderView::ResizeToContents);
  view->horizontalHeader()->setStretchLastSection(true);
  auto* copy = new QAction(QTableView::tr("Copy Rows"), view);
  copy->setShortcut(QKeySequence::Copy);
  copy->setShortcutContext(Qt::WidgetShortcut);
  QObject::connect(copy, &QAction::triggered, view, [view] { copy_rows(*view); });
  view->addAction(copy);
  view->setContextMenuPolicy(Qt::ActionsContextMenu);
  return view;
}

}  // namespace plimsoll::gui

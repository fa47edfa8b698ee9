#include "panels/compare/comparison_model.h"

#include <QFont>
#include <utility>

#include "widgets/screen_text.h"

namespace plimsoll::gui {
namespace {

// "54.1 token/s (47.0 … 62.3)", and below it the ratio with its judgement.
QString cell_text(const ComparisonCell& cell) {
  QString text = localized(cell.text);
  if (!cell.interval.empty()) text += QStringLiteral(" (") + localized(cell.interval) + u')';
  if (cell.ratio.empty()) return text;
  return text + u'\n' + localized(cell.ratio) + QStringLiteral(", ") + engine_word(cell.judgement);
}

}  // namespace

void ComparisonModel::set_table(ComparisonTable table) {
  beginResetModel();
  table_ = std::move(table);
  endResetModel();
}

int ComparisonModel::rowCount(const QModelIndex& parent) const {
  return parent.isValid() ? 0 : static_cast<int>(table_.rows.size());
}

int ComparisonModel::columnCount(const QModelIndex& parent) const {
  return parent.isValid() ? 0 : static_cast<int>(table_.names.size());
}

QVariant ComparisonModel::data(const QModelIndex& index, int role) const {
  if (!index.isValid()) return {};
  const ComparisonRow& row = table_.rows.at(static_cast<std::size_t>(index.row()));
  const ComparisonCell& cell = row.cells.at(static_cast<std::size_t>(index.column()));
  switch (role) {
    case Qt::DisplayRole:
      return cell_text(cell);
    case Qt::ToolTipRole:
      return cell.judgement.empty() ? QString() : QString::fromStdString(table_.criterion);
    case Qt::FontRole:
      if (!cell.clear) return {};
      {
        QFont bold;
        bold.setBold(true);
        return bold;
      }
    default:
      return {};
  }
}

QVariant ComparisonModel::headerData(int section, Qt::Orientation orientation, int role) const {
  if (role != Qt::DisplayRole) return {};
  const auto at = static_cast<std::size_t>(section);
  if (orientation == Qt::Horizontal) return QString::fromStdString(table_.names.at(at));
  const ComparisonRow& row = table_.rows.at(at);
  return row.part == ComparisonPart::question ? tr("asked: %1").arg(engine_word(row.what))
                                              : engine_word(row.what);
}

QString ComparisonModel::as_text() const {
  QStringList lines;
  QStringList heads{QString()};
  for (const std::string& name : table_.names) heads += QString::fromStdString(name);
  lines += heads.join(u'\t');
  for (int row = 0; row < rowCount(); ++row) {
    QStringList cells{headerData(row, Qt::Vertical, Qt::DisplayRole).toString()};
    for (int column = 0; column < columnCount(); ++column)
      cells += data(index(row, column)).toString().replace(u'\n', QStringLiteral("; "));
    lines += cells.join(u'\t');
  }
  return lines.join(u'\n');
}

}  // namespace plimsoll::gui

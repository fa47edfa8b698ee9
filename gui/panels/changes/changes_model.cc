#include "panels/changes/changes_model.h"

#include <utility>

#include "widgets/screen_text.h"

namespace plimsoll::gui {
namespace {

QString lines_of(const std::vector<std::string>& texts, QChar separator) {
  QStringList lines;
  for (const std::string& text : texts) lines += localized(text);
  return lines.join(separator);
}

QVariant sort_key(const ChangeRow& row, int column, const QString& text) {
  if (column == ChangesModel::effect) return row.factor;
  if (column == ChangesModel::rate || column == ChangesModel::interval)
    return row.tokens_per_second;
  return text;
}

}  // namespace

void ChangesModel::set_rows(std::vector<ChangeRow> rows) {
  beginResetModel();
  rows_ = std::move(rows);
  endResetModel();
}

int ChangesModel::rowCount(const QModelIndex& parent) const {
  return parent.isValid() ? 0 : static_cast<int>(rows_.size());
}

int ChangesModel::columnCount(const QModelIndex& parent) const {
  return parent.isValid() ? 0 : column_count;
}

QString ChangesModel::text(const ChangeRow& row, int column) const {
  switch (column) {
    case change:
      return localized(row.change);
    case kind:
      return engine_word(row.kind);
    case effect:
      return localized(row.effect);
    case rate:
      return localized(row.rate);
    case interval:
      return localized(row.interval);
    case verdict:
      return engine_word(row.verdict);
    default:
      return lines_of(row.remarks, u' ');
  }
}

QVariant ChangesModel::data(const QModelIndex& index, int role) const {
  if (!index.isValid()) return {};
  const ChangeRow& entry = row(index.row());
  const int column = index.column();
  const bool figure = column == effect || column == rate || column == interval;
  switch (role) {
    case Qt::DisplayRole:
      return text(entry, column);
    case Qt::ToolTipRole:
      return (lines_of(entry.remarks, u'\n') + u'\n' + QString::fromStdString(entry.option))
          .trimmed();
    case Qt::TextAlignmentRole:
      if (figure) return QVariant(Qt::AlignRight | Qt::AlignVCenter);
      return {};
    case sort_role:
      return sort_key(entry, column, text(entry, column));
    default:
      return {};
  }
}

QVariant ChangesModel::headerData(int section, Qt::Orientation orientation, int role) const {
  if (orientation != Qt::Horizontal || role != Qt::DisplayRole) return {};
  switch (section) {
    case change:
      return tr("Change");
    case kind:
      return tr("Kind");
    case effect:
      return tr("Effect");
    case rate:
      return tr("New rate");
    case interval:
      return tr("90 % interval");
    case verdict:
      return tr("Verdict");
    default:
      return tr("Remarks");
  }
}

void KindFilter::set_kind(const std::string& kind) {
  kind_ = kind;
  invalidateFilter();
}

bool KindFilter::filterAcceptsRow(int row, const QModelIndex& /*parent*/) const {
  return kind_.empty() || static_cast<const ChangesModel*>(sourceModel())->row(row).kind == kind_;
}

}  // namespace plimsoll::gui

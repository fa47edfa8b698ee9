#include "panels/choose/plan_model.h"

#include <utility>

#include "widgets/screen_text.h"

namespace plimsoll::gui {
namespace {

QString standing_words(const PlanRow& row) {
  switch (row.standing) {
    case PlanStanding::front:
      return PlanModel::tr("no other plan beats it");
    case PlanStanding::undecided:
      return PlanModel::tr("meets all that is known of it; its price or power is not");
    case PlanStanding::cure:
      return PlanModel::tr("would do if something gave way: %1").arg(engine_word(row.cure->what));
    case PlanStanding::nearest_miss:
      break;
  }
  return PlanModel::tr("the nearest miss");
}

}  // namespace

void PlanModel::show(std::shared_ptr<const PlanResult> result) {
  beginResetModel();
  table_ = result ? PlanTable(std::move(result)) : PlanTable();
  endResetModel();
}

int PlanModel::rowCount(const QModelIndex& parent) const {
  return parent.isValid() ? 0 : static_cast<int>(table_.rows().size());
}

int PlanModel::columnCount(const QModelIndex& parent) const {
  return parent.isValid() ? 0 : static_cast<int>(plan_columns.size());
}

QVariant PlanModel::data(const QModelIndex& index, int role) const {
  if (!index.isValid()) return {};
  const auto row = static_cast<std::size_t>(index.row());
  const PlanColumn column = plan_columns[static_cast<std::size_t>(index.column())];
  const bool word = column == PlanColumn::machines || column == PlanColumn::engine ||
                    column == PlanColumn::quantization;
  switch (role) {
    case Qt::DisplayRole:
      return word ? QString::fromStdString(table_.cell(row, column))
                  : localized(table_.cell(row, column));
    case Qt::ToolTipRole:
      return QString::fromStdString(table_.cell(row, PlanColumn::machines)) + QStringLiteral(": ") +
             standing_words(table_.rows()[row]);
    case Qt::TextAlignmentRole:
      return QVariant(Qt::AlignVCenter | (word ? Qt::AlignLeft : Qt::AlignRight));
    default:
      return {};
  }
}

QVariant PlanModel::headerData(int section, Qt::Orientation orientation, int role) const {
  if (orientation != Qt::Horizontal || role != Qt::DisplayRole) return {};
  switch (plan_columns[static_cast<std::size_t>(section)]) {
    case PlanColumn::machines:
      return tr("Machines");
    case PlanColumn::decode:
      return tr("Each user");
    case PlanColumn::first_token:
      return tr("First token");
    case PlanColumn::throughput:
      return tr("All users");
    case PlanColumn::price:
      return tr("Price");
    case PlanColumn::power:
      return tr("Power");
    case PlanColumn::quantization:
      return tr("Quantization");
    case PlanColumn::context:
      return tr("Largest context");
    case PlanColumn::chance:
      return tr("Chance");
    case PlanColumn::engine:
      return tr("Engine");
  }
  return {};
}

void PlanModel::sort(int column, Qt::SortOrder order) {
  if (column < 0 || column >= columnCount()) return;
  emit layoutAboutToBeChanged();
  const QModelIndexList before = persistentIndexList();
  std::vector<const PlannedMachine*> plans;
  for (const QModelIndex& index : before)
    plans.push_back(table_.rows()[static_cast<std::size_t>(index.row())].plan);
  table_.sort(plan_columns[static_cast<std::size_t>(column)], order == Qt::DescendingOrder);
  QModelIndexList after;
  for (std::size_t i = 0; i < plans.size(); ++i)
    after += index(table_.row_of(plans[i]), before[static_cast<qsizetype>(i)].column());
  changePersistentIndexList(before, after);
  emit layoutChanged();
}

}  // namespace plimsoll::gui

#include "panels/start/ranking_view.h"

#include <QHeaderView>
#include <QLabel>
#include <QLineEdit>
#include <QProgressBar>
#include <QTreeView>
#include <QVBoxLayout>
#include <algorithm>
#include <utility>

#include "detect/detect.h"
#include "evaluate/evaluate.h"
#include "session/session.h"
#include "widgets/screen_text.h"

namespace plimsoll::gui {

// ----- model

void RankingModel::set_rows(std::vector<RankingRow> rows) {
  beginResetModel();
  rows_ = std::move(rows);
  endResetModel();
}

int RankingModel::rowCount(const QModelIndex& parent) const {
  return parent.isValid() ? 0 : static_cast<int>(rows_.size());
}

int RankingModel::columnCount(const QModelIndex& parent) const {
  return parent.isValid() ? 0 : static_cast<int>(ranking_columns);
}

QVariant RankingModel::data(const QModelIndex& index, int role) const {
  if (!index.isValid()) return {};
  const RankingRow& ranked = row(index.row());
  const auto column = static_cast<RankingColumn>(index.column());
  const RankingCell& cell = ranked.cell(column);
  switch (role) {
    case Qt::DisplayRole:
      if (column == RankingColumn::verdict) return engine_word(cell.text);
      return cell.is_number ? localized(cell.text) : QString::fromStdString(cell.text);
    case Qt::ToolTipRole:
      return localized(ranked.warning);
    case Qt::TextAlignmentRole:
      return cell.is_number && column != RankingColumn::verdict
                 ? QVariant(Qt::AlignRight | Qt::AlignVCenter)
                 : QVariant(Qt::AlignLeft | Qt::AlignVCenter);
    default:
      return {};
  }
}

QVariant RankingModel::headerData(int section, Qt::Orientation orientation, int role) const {
  if (orientation != Qt::Horizontal || role != Qt::DisplayRole) return {};
  switch (static_cast<RankingColumn>(section)) {
    case RankingColumn::model:
      return tr("Model");
    case RankingColumn::quantization:
      return tr("Best quantization that fits");
    case RankingColumn::verdict:
      return tr("Verdict");
    case RankingColumn::speed:
      return tr("Decoding");
    case RankingColumn::first_token:
      return tr("First token");
    case RankingColumn::context:
      return tr("Largest context");
    case RankingColumn::memory:
      return tr("Memory");
  }
  return {};
}

bool SortedRanking::lessThan(const QModelIndex& left, const QModelIndex& right) const {
  const auto* model = static_cast<const RankingModel*>(sourceModel());
  return ranks_above(model->row(left.row()), model->row(right.row()),
                     static_cast<RankingColumn>(left.column()));
}

// ----- view

RankingView::RankingView(Workspace& workspace, QWidget* parent)
    : QWidget(parent),
      workspace_(workspace),
      model_(new RankingModel(this)),
      sorted_(new SortedRanking(this)),
      title_(new QLabel(this)),
      progress_(new QProgressBar(this)),
      filter_(new QLineEdit(this)),
      table_(new QTreeView(this)) {
  title_->setObjectName(QStringLiteral("ranking_title"));
  title_->setWordWrap(true);
  progress_->setObjectName(QStringLiteral("ranking_progress"));
  progress_->setRange(0, 0);
  progress_->setAccessibleName(tr("Looking at this machine"));
  filter_->setObjectName(QStringLiteral("ranking_filter"));
  filter_->setPlaceholderText(tr("Search models"));
  filter_->setAccessibleName(tr("Search models"));
  filter_->setClearButtonEnabled(true);
  sorted_->setSourceModel(model_);
  sorted_->setFilterCaseSensitivity(Qt::CaseInsensitive);
  table_->setObjectName(QStringLiteral("ranking"));
  table_->setAccessibleName(tr("Models on this machine"));
  table_->setToolTip(tr("Enter or double click opens the model on this machine as a scenario"));
  table_->setModel(sorted_);
  table_->setRootIsDecorated(false);
  table_->setUniformRowHeights(true);
  table_->setAlternatingRowColors(true);
  table_->setSortingEnabled(true);
  table_->sortByColumn(-1, Qt::AscendingOrder);
  table_->header()->setSectionResizeMode(QHeaderView::ResizeToContents);
  auto* layout = new QVBoxLayout(this);
  layout->setContentsMargins(0, 0, 0, 0);
  layout->addWidget(title_);
  layout->addWidget(progress_);
  layout->addWidget(filter_);
  layout->addWidget(table_, 1);
  connect(filter_, &QLineEdit::textChanged, sorted_, &QSortFilterProxyModel::setFilterFixedString);
  connect(table_, &QTreeView::activated, this, &RankingView::choose);
}

void RankingView::begin() {
  if (background_.busy()) return;
  title_->setText(tr("Looking at this machine and trying every model on it…"));
  progress_->show();
  filter_->setEnabled(false);
  model_->set_rows({});
  background_.run([catalogs = workspace_.catalogs()] { return rank(catalogs); },
                  [this](Ranked ranked) { show_ranked(std::move(ranked)); });
}

RankingView::Ranked RankingView::rank(const CatalogFactory& catalogs) {
  Ranked ranked;
  try {
    const std::unique_ptr<Catalog> catalog = catalogs();
    const DetectedMachine machine = detect({.id = this_machine}, {}, *catalog);
    ranked.entries = machine_entries(machine);
    for (const GivenEntry& entry : ranked.entries) catalog->lay_over(entry);
    ranked.machine = machine.facts.product;
    ranked.rows =
        ranking_rows(rank_models(scenario_from_options({{"system", this_machine}}, {}), *catalog));
  } catch (const InputError& refused) {
    ranked.refused = refused.what();
  }
  return ranked;
}

void RankingView::show_ranked(Ranked ranked) {
  progress_->hide();
  filter_->setEnabled(true);
  if (!ranked.refused.empty()) {
    title_->setText(QString::fromStdString(ranked.refused));
    return;
  }
  workspace_.lay_over(std::move(ranked.entries));
  const auto all = static_cast<int>(ranked.rows.size());
  const auto runs = static_cast<int>(std::count_if(ranked.rows.begin(), ranked.rows.end(),
                                                   [](const RankingRow& row) { return row.runs; }));
  const QString machine =
      ranked.machine.empty() ? tr("this machine") : QString::fromStdString(ranked.machine);
  title_->setText(tr("%1 of %2 models run on %3; those that answer as fast as people read come "
                     "first, the largest above. Enter opens one.")
                      .arg(QLocale().toString(runs), QLocale().toString(all), machine));
  model_->set_rows(std::move(ranked.rows));
  table_->setCurrentIndex(sorted_->index(0, 0));
  if (isVisible()) table_->setFocus();
}

void RankingView::choose(const QModelIndex& index) {
  const QModelIndex source = sorted_->mapToSource(index);
  if (source.isValid()) emit chosen(model_->row(source.row()).model);
}

}  // namespace plimsoll::gui

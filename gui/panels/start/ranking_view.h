// "What can this machine run?": detects it, ranks every model of the catalogue on it, and opens the
// one that is chosen as a scenario.
#pragma once

#include <QAbstractTableModel>
#include <QSortFilterProxyModel>
#include <QWidget>
#include <string>
#include <vector>

#include "app/background.h"
#include "app/workspace.h"
#include "presenters/ranking.h"

class QLabel;
class QLineEdit;
class QProgressBar;
class QTreeView;

namespace plimsoll::gui {

class RankingModel : public QAbstractTableModel {
  Q_OBJECT

 public:
  using QAbstractTableModel::QAbstractTableModel;

  void set_rows(std::vector<RankingRow> rows);
  const RankingRow& row(int index) const { return rows_[static_cast<std::size_t>(index)]; }

  int rowCount(const QModelIndex& parent = {}) const override;
  int columnCount(const QModelIndex& parent = {}) const override;
  QVariant data(const QModelIndex& index, int role) const override;
  QVariant headerData(int section, Qt::Orientation orientation, int role) const override;

 private:
  std::vector<RankingRow> rows_;
};

// Sorted as ranks_above() says, best first; unsorted in the order of the ranking.
class SortedRanking : public QSortFilterProxyModel {
  Q_OBJECT

 public:
  using QSortFilterProxyModel::QSortFilterProxyModel;

 protected:
  bool lessThan(const QModelIndex& left, const QModelIndex& right) const override;
};

class RankingView : public QWidget {
  Q_OBJECT

 public:
  RankingView(Workspace& workspace, QWidget* parent);

  void begin();  // unless it is at it

 signals:
  void chosen(const std::string& model);  // to run on this machine

 private:
  struct Ranked {
    std::string machine;
    std::vector<GivenEntry> entries;
    std::vector<RankingRow> rows;
    std::string refused;  // why there are none; empty: there are
  };
  static Ranked rank(const CatalogFactory& catalogs);
  void show_ranked(Ranked ranked);
  void choose(const QModelIndex& index);

  Workspace& workspace_;
  RankingModel* model_;
  SortedRanking* sorted_;
  QLabel* title_;
  QProgressBar* progress_;
  QLineEdit* filter_;
  QTreeView* table_;
  Background background_;
};

}  // namespace plimsoll::gui

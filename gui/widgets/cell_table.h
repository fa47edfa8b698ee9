// A table of finished cells for views: rows come whole from a presenter.
#pragma once

#include <QAbstractTableModel>
#include <QString>
#include <vector>

class QTableView;

namespace plimsoll::gui {

struct CellColumn {
  QString title;
  bool number = false;  // set right, sorted by value
  QString hint;         // tooltip of the heading
};

struct Cell {
  QString text;
  double value = 0.0;  // what a number sorts by
  QString hint;
};

class CellTable : public QAbstractTableModel {
  Q_OBJECT

 public:
  static constexpr int sort_role = Qt::UserRole;

  explicit CellTable(std::vector<CellColumn> columns, QObject* parent = nullptr);

  // Every row has a cell for each column.
  void set_rows(std::vector<std::vector<Cell>> rows);
  // Lines with tabs, headings first.
  QString text() const;

  int rowCount(const QModelIndex& parent = {}) const override;
  int columnCount(const QModelIndex& parent = {}) const override;
  QVariant data(const QModelIndex& index, int role) const override;
  QVariant headerData(int section, Qt::Orientation orientation, int role) const override;

 private:
  std::vector<CellColumn> columns_;
  std::vector<std::vector<Cell>> rows_;
};

// Shows a table: sorted by a click on a heading, whole rows selected, Ctrl+C copies them.
QTableView* table_view(CellTable& table, const QString& accessible_name, QWidget* parent);

}  // namespace plimsoll::gui

// Machines, switches and links of a cluster as a table: the same as the picture, for the keyboard.
#pragma once

#include <QAbstractTableModel>
#include <optional>
#include <vector>

#include "presenters/cluster_graph.h"

namespace plimsoll::gui {

class ClusterList : public QAbstractTableModel {
  Q_OBJECT

 public:
  enum Column { name, load, what, column_count };

  using QAbstractTableModel::QAbstractTableModel;

  // Links between machines only; what is in machines is told by the picture.
  void show(const ClusterGraph& graph, const ClusterPicture& picture, LoadOf load, bool has_flows);

  // The name of a row's machine or switch; empty of a link.
  QString node_at(int row) const;
  // The edge of the picture; -1 of a machine or switch.
  int edge_at(int row) const;
  int row_of_node(const QString& node) const;
  int row_of_edge(int edge) const;

  int rowCount(const QModelIndex& parent = {}) const override;
  int columnCount(const QModelIndex& parent = {}) const override;
  QVariant data(const QModelIndex& index, int role) const override;
  QVariant headerData(int section, Qt::Orientation orientation, int role) const override;

 private:
  struct Row {
    QString node;
    int edge = -1;
    QStringList cells;
  };

  std::vector<Row> rows_;
};

}  // namespace plimsoll::gui

#include "panels/cluster/cluster_list.h"

#include "base/quantity_text.h"
#include "panels/cluster/cluster_canvas.h"
#include "widgets/screen_text.h"

namespace plimsoll::gui {
namespace {

QString text(const std::string& neutral) {
  return QString::fromStdString(neutral);
}

QString memory_words(const GraphNode& node) {
  QStringList words;
  for (const MemoryFill& fill : node.memory)
    words += (fill.alike > 1 ? ClusterList::tr("the fullest of %1 memories").arg(fill.alike)
                             : engine_word(fill.pool)) +
             QStringLiteral(": ") + localized(fill.used);
  return words.join(QStringLiteral("; "));
}

QString link_words(const ClusterEdgePicture& edge, LoadOf load, bool has_flows) {
  const QString capacity = localized(print(edge.capacity));
  if (!has_flows) return capacity;
  const QString there = flow_words(edge.there, load, QStringLiteral(", "));
  if (!edge.back) return ClusterList::tr("%1; %2").arg(there, capacity);
  const QString back = flow_words(*edge.back, load, QStringLiteral(", "));
  return back == there ? ClusterList::tr("%1 each way; %2").arg(there, capacity)
                       : ClusterList::tr("there %1, back %2; %3").arg(there, back, capacity);
}

}  // namespace

void ClusterList::show(const ClusterGraph& graph, const ClusterPicture& picture, LoadOf of,
                       bool has_flows) {
  beginResetModel();
  rows_.clear();
  for (const GraphNode& node : graph.nodes) {
    if (node.parent >= 0) continue;
    const bool is_switch = node.kind == ClusterNodeKind::switch_box;
    QString state = memory_words(node);
    if (node.through && has_flows) state = flow_words(*node.through, of, QStringLiteral(", "));
    rows_.push_back(
        {.node = text(node.name),
         .cells = {text(node.name), state, is_switch ? tr("switch") : text(node.what)}});
  }
  for (const GraphEdge& edge : graph.edges) {
    if (edge.inside) continue;
    const ClusterEdgePicture& link = picture.edges[static_cast<std::size_t>(edge.edge)];
    const QString ends =
        tr("%1 – %2").arg(text(graph.nodes[static_cast<std::size_t>(edge.from)].name),
                          text(graph.nodes[static_cast<std::size_t>(edge.to)].name));
    const QString kind =
        (link.cables > 1 ? tr("%1x ").arg(link.cables) : QString()) + text(link.link_name);
    rows_.push_back(
        {.node = {}, .edge = edge.edge, .cells = {ends, link_words(link, of, has_flows), kind}});
  }
  endResetModel();
}

QString ClusterList::node_at(int row) const {
  return row < 0 || row >= rowCount() ? QString() : rows_[static_cast<std::size_t>(row)].node;
}

int ClusterList::edge_at(int row) const {
  return row < 0 || row >= rowCount() ? -1 : rows_[static_cast<std::size_t>(row)].edge;
}

int ClusterList::row_of_node(const QString& node) const {
  for (int row = 0; row < rowCount(); ++row)
    if (edge_at(row) < 0 && node_at(row) == node) return row;
  return -1;
}

int ClusterList::row_of_edge(int edge) const {
  for (int row = 0; row < rowCount(); ++row)
    if (edge >= 0 && edge_at(row) == edge) return row;
  return -1;
}

int ClusterList::rowCount(const QModelIndex& parent) const {
  return parent.isValid() ? 0 : static_cast<int>(rows_.size());
}

int ClusterList::columnCount(const QModelIndex& parent) const {
  return parent.isValid() ? 0 : column_count;
}

QVariant ClusterList::data(const QModelIndex& index, int role) const {
  if (!index.isValid()) return {};
  const Row& row = rows_[static_cast<std::size_t>(index.row())];
  if (role == Qt::DisplayRole) return row.cells[index.column()];
  // A narrow column shows less than there is.
  if (role == Qt::ToolTipRole) return row.cells.join(QLatin1Char('\n'));
  if (role == Qt::AccessibleTextRole) return row.cells.join(QStringLiteral(", "));
  return {};
}

QVariant ClusterList::headerData(int section, Qt::Orientation orientation, int role) const {
  if (orientation != Qt::Horizontal || role != Qt::DisplayRole) return {};
  switch (section) {
    case name:
      return tr("Node or link");
    case what:
      return tr("What it is");
    case load:
      return tr("Load");
    default:
      return {};
  }
}

}  // namespace plimsoll::gui

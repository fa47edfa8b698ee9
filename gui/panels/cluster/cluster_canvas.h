// Draws a cluster and lets it be pointed at: select, move, join, open, zoom, pan.
#pragma once

#include <QPointF>
#include <QStringList>
#include <QWidget>
#include <functional>
#include <optional>

#include "presenters/cluster_graph.h"

namespace plimsoll::gui {

// The words of a line: "12 % busy, 28.7 kB a step"; empty where nothing is known of it.
QString flow_words(const LinkFlow& flow, LoadOf load, const QString& separator);

class ClusterCanvas : public QWidget {
  Q_OBJECT

 public:
  explicit ClusterCanvas(QWidget* parent);

  void show_graph(ClusterGraph graph, const ClusterPicture& picture, LoadOf load, bool has_flows);
  const ClusterGraph& graph() const { return graph_; }
  // What hovering says of a node or an edge of the graph.
  void set_tips(std::function<QString(int node)> of_node, std::function<QString(int edge)> of_edge);

  // Machines and switches by name, in the order of selection; an edge of the picture, or -1.
  void select(const QStringList& nodes, int edge);
  const QStringList& selected_nodes() const { return selected_; }
  int selected_edge() const { return selected_edge_; }

  QPointF place_of(const QString& node) const;  // its middle, on this widget
  QPointF port_of(const QString& node) const;   // from where links are drawn by the mouse
  QPointF place_of_edge(int edge) const;        // of the picture

  QSize sizeHint() const override;
  QSize minimumSizeHint() const override;

 public slots:
  void zoom_in();
  void zoom_out();
  void zoom_to_fit();

 signals:
  void selection_changed();
  void node_moved(const QString& name, QPointF centre);
  void opened_or_closed(const QString& name);
  void joined(const QString& from, const QString& to);

 protected:
  void paintEvent(QPaintEvent* event) override;
  void mousePressEvent(QMouseEvent* event) override;
  void mouseMoveEvent(QMouseEvent* event) override;
  void mouseReleaseEvent(QMouseEvent* event) override;
  void mouseDoubleClickEvent(QMouseEvent* event) override;
  void wheelEvent(QWheelEvent* event) override;
  void keyPressEvent(QKeyEvent* event) override;
  void resizeEvent(QResizeEvent* event) override;
  bool event(QEvent* event) override;

 private:
  enum class Drag { none, pan, node, link };

  double em() const;  // pixels of a text line
  QPointF to_screen(Point point) const;
  Point to_graph(QPointF point) const;
  QRectF rect_of(const Box& box) const;  // in pixels before zoom and pan
  int top_at(QPointF place) const;       // machine or switch of the graph, or -1
  int part_at(QPointF place) const;      // the innermost node
  int edge_at(QPointF place) const;
  bool is_port(int node, QPointF place) const;
  void zoom_by(double factor, QPointF around);
  void fit();

  void paint_edge(QPainter& painter, const GraphEdge& edge) const;
  void paint_words(QPainter& painter, const GraphEdge& edge) const;
  void paint_node(QPainter& painter, const GraphNode& node) const;
  void paint_memory(QPainter& painter, const MemoryFill& fill, const QRectF& area,
                    bool is_part) const;
  void paint_port(QPainter& painter, const GraphNode& node) const;
  bool words_fit() const;

  ClusterGraph graph_;
  std::vector<ClusterEdgePicture> links_;
  LoadOf load_ = LoadOf::step;
  bool has_flows_ = false;
  std::function<QString(int)> tip_of_node_;
  std::function<QString(int)> tip_of_edge_;
  QStringList selected_;
  int selected_edge_ = -1;
  double zoom_ = 1.0;
  QPointF offset_;
  bool fitted_ = true;  // until the user zooms or pans
  Drag drag_ = Drag::none;
  int dragged_ = -1;
  bool has_moved_ = false;
  QPointF pressed_;
  QPointF grip_;  // from the middle of the dragged node
  QPointF mouse_;
};

}  // namespace plimsoll::gui

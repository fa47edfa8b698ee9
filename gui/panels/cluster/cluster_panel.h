// Machines and links as a graph, and as a list beside it; both change the cluster.
#pragma once

#include <QWidget>
#include <functional>
#include <memory>

#include "app/workspace.h"
#include "presenters/cluster_graph.h"

class QAction;
class QComboBox;
class QHBoxLayout;
class QKeySequence;
class QLabel;
class QTableView;

namespace plimsoll::gui {

class ClusterCanvas;
class ClusterList;

class ClusterPanel : public QWidget {
  Q_OBJECT

 public:
  ClusterPanel(Workspace& workspace, QWidget* parent);

 private:
  QWidget* make_tools();
  QWidget* make_body();
  QAction* add_tool(QHBoxLayout* tools, const char* name, const QString& title,
                    const QKeySequence& key, const QString& tip, std::function<void()> act);
  void fill_choices();

  void refresh();  // scenario or answer has changed
  void redraw();   // only what is shown of them
  void tell_problem();
  void follow_list();
  void follow_canvas();
  void update_tools();

  void add_machine();
  void add_switch();
  void connect_selected();
  void join(const QString& from, const QString& to);
  void remove_selected();
  void open_or_close(const QString& name);

  // One undoable step; `change` returns whether there is anything to do.
  void change(const QString& name, const std::function<bool(ClusterSpec&)>& change);
  std::string id_of(const QString& node, const ClusterSpec& cluster) const;
  QString tip_of_node(int node) const;
  QString tip_of_edge(int edge) const;
  QString as_text() const;

  Workspace& workspace_;
  ClusterPicture picture_;
  std::shared_ptr<const Answer> shown_;  // whose loads are shown; null: none are known
  GraphView view_;
  ClusterCanvas* canvas_ = nullptr;
  ClusterList* list_ = nullptr;
  QTableView* table_ = nullptr;
  QComboBox* machines_ = nullptr;
  QComboBox* links_ = nullptr;
  QComboBox* load_ = nullptr;
  QLabel* problem_ = nullptr;
  QAction* connect_ = nullptr;
  QAction* remove_ = nullptr;
  QAction* open_ = nullptr;
  bool following_ = false;
};

}  // namespace plimsoll::gui

#include "panels/cluster/cluster_panel.h"

#include <QAction>
#include <QComboBox>
#include <QCompleter>
#include <QHBoxLayout>
#include <QHeaderView>
#include <QLabel>
#include <QSplitter>
#include <QTableView>
#include <QToolButton>
#include <QVBoxLayout>
#include <algorithm>
#include <utility>

#include "base/quantity_text.h"
#include "evaluate/cluster_picture.h"
#include "panels/cluster/cluster_canvas.h"
#include "panels/cluster/cluster_list.h"
#include "presenters/cluster_edit.h"
#include "report/report_content.h"
#include "widgets/picture.h"
#include "widgets/screen_text.h"

namespace plimsoll::gui {
namespace {

QString text(const std::string& neutral) {
  return QString::fromStdString(neutral);
}

// The same machines, switches and wires.
bool same_shape(const ClusterPicture& layout, const ClusterPicture& drawn) {
  if (layout.nodes.size() > drawn.nodes.size() || layout.edges.size() > drawn.edges.size())
    return false;
  for (std::size_t i = 0; i < layout.nodes.size(); ++i)
    if (layout.nodes[i].name != drawn.nodes[i].name || layout.nodes[i].what != drawn.nodes[i].what)
      return false;
  const std::size_t next = layout.nodes.size();
  if (next < drawn.nodes.size() && drawn.nodes[next].machine < 0) return false;
  for (std::size_t i = 0; i < layout.edges.size(); ++i) {
    const ClusterEdgePicture& a = layout.edges[i];
    const ClusterEdgePicture& b = drawn.edges[i];
    if (a.from != b.from || a.to != b.to || a.link != b.link || a.cables != b.cables) return false;
  }
  const std::size_t inside = layout.edges.size();
  return inside == drawn.edges.size() ||
         drawn.nodes[static_cast<std::size_t>(drawn.edges[inside].from)].machine >= 0;
}

}  // namespace

ClusterPanel::ClusterPanel(Workspace& workspace, QWidget* parent)
    : QWidget(parent), workspace_(workspace) {
  auto* layout = new QVBoxLayout(this);
  layout->setContentsMargins(0, 0, 0, 0);
  layout->setSpacing(fontMetrics().height() / 4);
  canvas_ = new ClusterCanvas(this);
  canvas_->setObjectName(QStringLiteral("cluster_canvas"));
  list_ = new ClusterList(this);
  layout->addWidget(make_tools());
  layout->addWidget(make_body(), 1);
  problem_ = new QLabel(this);
  problem_->setObjectName(QStringLiteral("cluster_problem"));
  problem_->setWordWrap(true);
  problem_->hide();
  layout->addWidget(problem_);
  canvas_->set_tips([this](int node) { return tip_of_node(node); },
                    [this](int edge) { return tip_of_edge(edge); });
  connect(canvas_, &ClusterCanvas::selection_changed, this, &ClusterPanel::follow_canvas);
  connect(canvas_, &ClusterCanvas::joined, this, &ClusterPanel::join);
  connect(canvas_, &ClusterCanvas::opened_or_closed, this, &ClusterPanel::open_or_close);
  connect(canvas_, &ClusterCanvas::node_moved, this, [this](const QString& name, QPointF centre) {
    view_.moved[name.toStdString()] = {centre.x(), centre.y()};
  });
  connect(&workspace_, &Workspace::scenario_changed, this, &ClusterPanel::refresh);
  connect(&workspace_, &Workspace::answer_changed, this, &ClusterPanel::refresh);
  connect(&workspace_, &Workspace::catalog_changed, this, &ClusterPanel::fill_choices);
  setFocusProxy(table_);
  fill_choices();
  refresh();
}

QAction* ClusterPanel::add_tool(QHBoxLayout* tools, const char* name, const QString& title,
                                const QKeySequence& key, const QString& tip,
                                std::function<void()> act) {
  auto* action = new QAction(title, this);
  action->setObjectName(QLatin1String(name));
  action->setShortcut(key);
  action->setShortcutContext(Qt::WidgetWithChildrenShortcut);
  action->setToolTip(tip + QStringLiteral(" (") + key.toString(QKeySequence::NativeText) +
                     QLatin1Char(')'));
  connect(action, &QAction::triggered, this, std::move(act));
  addAction(action);
  auto* button = new QToolButton(this);
  button->setDefaultAction(action);
  button->setAutoRaise(true);
  button->setAccessibleName(title);
  button->setObjectName(QLatin1String(name) + QStringLiteral("_button"));
  tools->addWidget(button);
  return action;
}

QWidget* ClusterPanel::make_tools() {
  auto* row = new QWidget(this);
  auto* tools = new QHBoxLayout(row);
  tools->setContentsMargins(0, 0, 0, 0);
  tools->setSpacing(fontMetrics().height() / 4);
  const auto choice = [&](const char* name, const QString& title, const QString& tip) {
    auto* box = new QComboBox(row);
    box->setObjectName(QLatin1String(name));
    box->setAccessibleName(title);
    box->setToolTip(tip);
    box->setSizeAdjustPolicy(QComboBox::AdjustToMinimumContentsLengthWithIcon);
    box->setMinimumContentsLength(14);
    tools->addWidget(box);
    return box;
  };
  add_tool(tools, "add_machine", tr("Add machine"), Qt::Key_Insert,
           tr("Adds a machine beside the selected one and joins it as that one is"),
           [this] { add_machine(); });
  machines_ = choice("machine_kind", tr("Kind of machine to add"),
                     tr("Which machine is added; type to search"));
  machines_->setEditable(true);
  machines_->setInsertPolicy(QComboBox::NoInsert);
  add_tool(tools, "add_switch", tr("Add switch"), QKeySequence(Qt::SHIFT | Qt::Key_Insert),
           tr("Adds a switch; connect it to machines then"), [this] { add_switch(); });
  connect_ = add_tool(tools, "connect", tr("Connect"), Qt::Key_C,
                      tr("Joins the two that are selected; or drag from the circle at the side of "
                         "one to another"),
                      [this] { connect_selected(); });
  links_ = choice("link_kind", tr("Kind of new links"), tr("What new links are made of"));
  remove_ = add_tool(tools, "remove", tr("Remove"), QKeySequence::Delete,
                     tr("Removes what is selected"), [this] { remove_selected(); });
  tools->addStretch(1);
  load_ = choice("load_of", tr("Load of links"),
                 tr("Whether links show what a decode step or a chunk of the prompt sends"));
  load_->setMinimumContentsLength(8);
  load_->addItems({tr("Decode step"), tr("Prompt chunk")});
  connect(load_, &QComboBox::currentIndexChanged, this, [this](int index) {
    view_.load = index == 0 ? LoadOf::step : LoadOf::chunk;
    redraw();
  });
  open_ = add_tool(tools, "open_machine", tr("Open/close"), Qt::Key_Space,
                   tr("Shows or hides the accelerators of the selected machine"), [this] {
                     for (const QString& name : canvas_->selected_nodes()) open_or_close(name);
                   });
  add_tool(tools, "arrange", tr("Arrange"), Qt::Key_A, tr("Forgets what was moved by hand"),
           [this] {
             view_.moved.clear();
             redraw();
             canvas_->zoom_to_fit();
           });
  add_tool(tools, "zoom_out", tr("−"), Qt::Key_Minus, tr("Zoom out"),
           [this] { canvas_->zoom_out(); });
  add_tool(tools, "zoom_in", tr("+"), Qt::Key_Plus, tr("Zoom in"), [this] { canvas_->zoom_in(); });
  add_tool(tools, "zoom_fit", tr("Fit"), Qt::Key_0, tr("Shows everything"),
           [this] { canvas_->zoom_to_fit(); });
  return row;
}

QWidget* ClusterPanel::make_body() {
  auto* body = new QSplitter(Qt::Horizontal, this);
  auto* picture = new Picture(
      tr("Cluster"), canvas_, [this] { return as_text(); }, body);
  picture->setObjectName(QStringLiteral("cluster_picture"));
  canvas_->setAccessibleDescription(tr("The list beside the picture says the same"));
  body->addWidget(picture);
  table_ = new QTableView(body);
  table_->setObjectName(QStringLiteral("cluster_list"));
  table_->setAccessibleName(tr("Machines, switches and links"));
  table_->setModel(list_);
  table_->setSelectionBehavior(QAbstractItemView::SelectRows);
  table_->setSelectionMode(QAbstractItemView::ExtendedSelection);
  table_->setTabKeyNavigation(false);
  table_->setWordWrap(false);
  table_->verticalHeader()->hide();
  table_->verticalHeader()->setDefaultSectionSize(fontMetrics().height() * 3 / 2);
  table_->horizontalHeader()->setStretchLastSection(true);
  body->addWidget(table_);
  body->setSizes({3000, 2000});  // in proportion
  connect(table_->selectionModel(), &QItemSelectionModel::selectionChanged, this,
          &ClusterPanel::follow_list);
  return body;
}

void ClusterPanel::fill_choices() {
  machines_->clear();
  machines_->addItem(tr("like the selected one"), QString());
  for (const CatalogEntry& entry : workspace_.catalog().headers(EntryKind::system))
    machines_->addItem(text(entry.name), text(entry.id));
  machines_->completer()->setFilterMode(Qt::MatchContains);
  machines_->completer()->setCompletionMode(QCompleter::PopupCompletion);
  links_->clear();
  links_->addItem(tr("link as usual there"), QString());
  for (const LinkChoice& link : link_choices(workspace_.catalog()))
    links_->addItem(text(link.name), text(link.id));
}

void ClusterPanel::refresh() {
  const std::shared_ptr<const Answer> answer = workspace_.answer();
  const bool known = answer && workspace_.answer_is_current() && !answer->refused();
  if (known) {
    shown_ = answer;
    picture_ = answer->evaluation->outcome.cluster;
  } else {
    // Loads stay while an answer is on its way, where they can be those of the same cluster.
    ClusterPicture layout = draw_layout(layout_of(workspace_.scenario(), workspace_.catalog()));
    const bool refused = answer && workspace_.answer_is_current();
    if (refused || !shown_ || !same_shape(layout, picture_)) {
      shown_ = nullptr;
      picture_ = std::move(layout);
    }
  }
  tell_problem();
  redraw();
}

void ClusterPanel::tell_problem() {
  const std::shared_ptr<const Answer> answer = workspace_.answer();
  const bool refused = answer && workspace_.answer_is_current() && answer->refused();
  problem_->setVisible(refused && !answer->problems.empty());
  if (refused && !answer->problems.empty())
    problem_->setText(localized(answer->problems.front().message));
}

void ClusterPanel::redraw() {
  static const std::vector<PoolMemory> none;
  const Outcome* outcome = shown_ ? &shown_->evaluation->outcome : nullptr;
  const ClusterGraph graph = lay_out_graph(picture_, outcome ? outcome->memory : none, view_);
  const bool has_flows = outcome && outcome->decode_tokens_per_second && !outcome->streaming;
  following_ = true;
  canvas_->show_graph(graph, picture_, view_.load, has_flows);
  list_->show(graph, picture_, view_.load, has_flows);
  following_ = false;
  table_->resizeColumnToContents(ClusterList::name);
  table_->resizeColumnToContents(ClusterList::load);
  follow_canvas();
}

void ClusterPanel::follow_list() {
  if (std::exchange(following_, true)) return;
  QStringList nodes = canvas_->selected_nodes();
  QStringList selected;
  int edge = -1;
  for (const QModelIndex& row : table_->selectionModel()->selectedRows()) {
    if (list_->edge_at(row.row()) >= 0)
      edge = list_->edge_at(row.row());
    else
      selected += list_->node_at(row.row());
  }
  // Those that were selected before keep their turn.
  nodes.removeIf([&](const QString& node) { return !selected.contains(node); });
  for (const QString& node : std::as_const(selected))
    if (!nodes.contains(node)) nodes += node;
  canvas_->select(nodes, edge);
  following_ = false;
  update_tools();
}

void ClusterPanel::follow_canvas() {
  if (std::exchange(following_, true)) return;
  QItemSelection rows;
  const auto add = [&](int row) {
    if (row >= 0) rows.select(list_->index(row, 0), list_->index(row, ClusterList::what));
  };
  for (const QString& node : canvas_->selected_nodes()) add(list_->row_of_node(node));
  add(list_->row_of_edge(canvas_->selected_edge()));
  table_->selectionModel()->select(rows, QItemSelectionModel::ClearAndSelect);
  if (!rows.isEmpty())
    table_->selectionModel()->setCurrentIndex(rows.indexes().front(),
                                              QItemSelectionModel::NoUpdate);
  following_ = false;
  update_tools();
}

void ClusterPanel::update_tools() {
  const QStringList& nodes = canvas_->selected_nodes();
  connect_->setEnabled(nodes.size() == 2);
  remove_->setEnabled(!nodes.isEmpty() || list_->row_of_edge(canvas_->selected_edge()) >= 0);
  open_->setEnabled(std::any_of(nodes.begin(), nodes.end(), [&](const QString& name) {
    const int node = canvas_->graph().find(name.toStdString());
    return node >= 0 && canvas_->graph().nodes[static_cast<std::size_t>(node)].accelerators > 0;
  }));
}

std::string ClusterPanel::id_of(const QString& node, const ClusterSpec& cluster) const {
  const std::vector<std::string> ids = ids_of(cluster);
  for (std::size_t i = 0; i < std::min(ids.size(), picture_.nodes.size()); ++i)
    if (text(picture_.nodes[i].name) == node) return ids[i];
  return {};
}

void ClusterPanel::change(const QString& name, const std::function<bool(ClusterSpec&)>& change) {
  Diagnostics refused;
  std::optional<ClusterSpec> cluster =
      written_out(workspace_.scenario(), workspace_.catalog(), refused);
  if (!cluster) {
    problem_->setText(localized(refused.sorted().front().message));
    problem_->show();
    return;
  }
  // What was moved or opened before the machines had ids stays so.
  GraphView view{.toggled = {}, .moved = {}, .load = view_.load};
  const std::vector<std::string> ids = ids_of(*cluster);
  for (std::size_t i = 0; i < std::min(ids.size(), picture_.nodes.size()); ++i) {
    const std::string& drawn = picture_.nodes[i].name;
    if (view_.toggled.contains(drawn)) view.toggled.insert(ids[i]);
    if (view_.moved.contains(drawn)) view.moved[ids[i]] = view_.moved.at(drawn);
  }
  if (!change(*cluster)) return;
  view_ = std::move(view);
  workspace_.edit(name, with_cluster(workspace_.scenario(), std::move(*cluster)));
}

void ClusterPanel::add_machine() {
  const QString beside =
      canvas_->selected_nodes().isEmpty() ? QString() : canvas_->selected_nodes().front();
  // What was typed but not picked from the list counts where it is a name of one.
  const int typed = machines_->findText(machines_->currentText(), Qt::MatchFixedString);
  const std::string system =
      (typed >= 0 ? machines_->itemData(typed).toString() : machines_->currentText()).toStdString();
  std::string added;
  change(tr("Add machine"), [&](ClusterSpec& cluster) {
    added = gui::add_machine(cluster, system, id_of(beside, cluster), workspace_.catalog());
    return true;
  });
  if (!added.empty()) canvas_->select({text(added)}, -1);
}

void ClusterPanel::add_switch() {
  std::string added;
  change(tr("Add switch"), [&](ClusterSpec& cluster) {
    added = gui::add_switch(cluster);
    return true;
  });
  if (!added.empty()) canvas_->select({text(added)}, -1);
}

void ClusterPanel::connect_selected() {
  const QStringList nodes = canvas_->selected_nodes();
  if (nodes.size() == 2) join(nodes[0], nodes[1]);
}

void ClusterPanel::join(const QString& from, const QString& to) {
  change(tr("Connect %1 and %2").arg(from, to), [&](ClusterSpec& cluster) {
    const std::string a = id_of(from, cluster);
    const std::string b = id_of(to, cluster);
    std::string link = links_->currentData().toString().toStdString();
    if (link.empty()) link = likely_link(cluster, a, b, workspace_.catalog());
    if (link.empty()) {
      problem_->setText(
          tr("Choose a kind of link first: nobody knows the ports of %1 and %2").arg(from, to));
      problem_->show();
      return false;
    }
    gui::connect(cluster, a, b, link);
    return true;
  });
}

void ClusterPanel::remove_selected() {
  const QStringList nodes = canvas_->selected_nodes();
  const int edge = canvas_->selected_edge();
  const QString name =
      nodes.isEmpty() ? tr("Remove a link") : tr("Remove %1").arg(nodes.join(QStringLiteral(", ")));
  change(name, [&](ClusterSpec& cluster) {
    std::vector<std::string> ids;
    for (const QString& node : nodes) ids.push_back(id_of(node, cluster));
    bool removed = ids.empty() && remove_link(cluster, edge);
    for (const std::string& id : ids) removed = remove_node(cluster, id) || removed;
    return removed;
  });
}

void ClusterPanel::open_or_close(const QString& name) {
  const std::string node = name.toStdString();
  if (view_.toggled.erase(node) == 0) view_.toggled.insert(node);
  redraw();
}

QString ClusterPanel::tip_of_node(int node) const {
  const GraphNode& shown = canvas_->graph().nodes[static_cast<std::size_t>(node)];
  QStringList lines{text(shown.name)};
  if (!shown.what.empty() && shown.what != shown.name) lines += text(shown.what);
  for (const MemoryFill& fill : shown.memory)
    lines += engine_word(fill.pool) + QStringLiteral(": ") + localized(fill.used);
  if (shown.through) lines += flow_words(*shown.through, view_.load, QStringLiteral(", "));
  return lines.join(QLatin1Char('\n'));
}

QString ClusterPanel::tip_of_edge(int edge) const {
  const ClusterEdgePicture& link = picture_.edges[static_cast<std::size_t>(edge)];
  QStringList lines{(link.cables > 1 ? tr("%1x ").arg(link.cables) : QString()) +
                    text(link.link_name) + QStringLiteral(", ") + localized(print(link.capacity))};
  if (!shown_) return lines.front();
  const auto flow = [&](const LinkFlow& way) {
    lines += text(way.link) + QStringLiteral(": ") +
             flow_words(way, LoadOf::step, QStringLiteral(", ")) + QStringLiteral("; ") +
             flow_words(way, LoadOf::chunk, QStringLiteral(", "));
  };
  flow(link.there);
  if (link.back) flow(*link.back);
  const std::vector<const RouteUse*> routes = routes_over(link, shown_->evaluation->outcome.routes);
  if (!routes.empty()) lines += tr("Messages that take it:");
  for (const RouteUse* route : routes)
    lines += localized(route_text(*route)) + QStringLiteral(": ") + localized(path_text(*route));
  return lines.join(QLatin1Char('\n'));
}

QString ClusterPanel::as_text() const {
  QStringList lines;
  for (int row = 0; row < list_->rowCount(); ++row) {
    QStringList cells;
    for (int column = 0; column < ClusterList::column_count; ++column)
      cells += list_->index(row, column).data().toString();
    lines += cells.join(QLatin1Char('\t'));
  }
  return lines.join(QLatin1Char('\n')) + QLatin1Char('\n');
}

}  // namespace plimsoll::gui

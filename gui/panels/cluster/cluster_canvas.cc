#include "panels/cluster/cluster_canvas.h"

#include <QHelpEvent>
#include <QKeyEvent>
#include <QMouseEvent>
#include <QPainter>
#include <QPainterPath>
#include <QToolTip>
#include <QWheelEvent>
#include <algorithm>
#include <cmath>
#include <utility>

#include "base/quantity_text.h"
#include "report/report_content.h"
#include "widgets/colours.h"
#include "widgets/screen_text.h"

namespace plimsoll::gui {
namespace {

constexpr double largest_fit = 1.2;
constexpr double zoom_step = 1.25;
constexpr double least_zoom = 0.1;
constexpr double most_zoom = 6.0;
constexpr double port_size = 0.55;
constexpr double edge_reach = 0.6;
// Shares of its time from which a link, and of its room from which a memory, deserves attention.
constexpr double half_busy = 0.5;
constexpr double nearly_full = 0.9;
// Beyond so many lines words would hide the picture; hovering, the list and zooming still tell.
constexpr std::size_t most_words = 24;

QString text(const std::string& neutral) {
  return QString::fromStdString(neutral);
}

QPointF point(Point p, double scale) {
  return {p.x * scale, p.y * scale};
}

double distance_to(QPointF p, QPointF a, QPointF b) {
  const QPointF along = b - a;
  const double length = QPointF::dotProduct(along, along);
  const double t =
      length > 0.0 ? std::clamp(QPointF::dotProduct(p - a, along) / length, 0.0, 1.0) : 0.0;
  const QPointF away = p - (a + t * along);
  return std::hypot(away.x(), away.y());
}

}  // namespace

QString flow_words(const LinkFlow& flow, LoadOf load, const QString& separator) {
  const Bytes bytes = bytes_of(flow, load);
  if (bytes == Bytes()) return ClusterCanvas::tr("idle");
  const QString amount = localized(print(bytes));
  // A share that would be printed as nothing at all is not nothing.
  constexpr double least_told = 0.001;
  const double busy = busy_of(flow, load);
  const QString share = localized(percent_text(std::max(busy, least_told)));
  return (busy < least_told ? ClusterCanvas::tr("under %1 busy") : ClusterCanvas::tr("%1 busy"))
             .arg(share) +
         separator +
         (load == LoadOf::step ? ClusterCanvas::tr("%1 a step").arg(amount)
                               : ClusterCanvas::tr("%1 a chunk").arg(amount));
}

ClusterCanvas::ClusterCanvas(QWidget* parent) : QWidget(parent) {
  setFocusPolicy(Qt::StrongFocus);
  setMouseTracking(true);
  setBackgroundRole(QPalette::Base);
  setAutoFillBackground(true);
}

void ClusterCanvas::show_graph(ClusterGraph graph, const ClusterPicture& picture, LoadOf load,
                               bool has_flows) {
  graph_ = std::move(graph);
  links_ = picture.edges;
  load_ = load;
  has_flows_ = has_flows;
  QStringList known;
  for (const QString& name : std::as_const(selected_))
    if (graph_.find(name.toStdString()) >= 0) known += name;
  const bool edge_known = selected_edge_ < static_cast<int>(links_.size());
  if (fitted_) fit();
  update();
  if (known != selected_ || !edge_known) select(known, edge_known ? selected_edge_ : -1);
}

void ClusterCanvas::set_tips(std::function<QString(int)> of_node,
                             std::function<QString(int)> of_edge) {
  tip_of_node_ = std::move(of_node);
  tip_of_edge_ = std::move(of_edge);
}

void ClusterCanvas::select(const QStringList& nodes, int edge) {
  if (nodes == selected_ && edge == selected_edge_) return;
  selected_ = nodes;
  selected_edge_ = edge;
  update();
  emit selection_changed();
}

double ClusterCanvas::em() const {
  return fontMetrics().height();
}

QPointF ClusterCanvas::to_screen(Point p) const {
  return offset_ + zoom_ * point(p, em());
}

Point ClusterCanvas::to_graph(QPointF place) const {
  const QPointF p = (place - offset_) / (zoom_ * em());
  return {p.x(), p.y()};
}

QRectF ClusterCanvas::rect_of(const Box& box) const {
  return {box.x * em(), box.y * em(), box.width * em(), box.height * em()};
}

QPointF ClusterCanvas::place_of(const QString& node) const {
  const int found = graph_.find(node.toStdString());
  return found < 0 ? QPointF()
                   : to_screen(graph_.nodes[static_cast<std::size_t>(found)].box.centre());
}

QPointF ClusterCanvas::port_of(const QString& node) const {
  const int found = graph_.find(node.toStdString());
  if (found < 0) return {};
  const Box& box = graph_.nodes[static_cast<std::size_t>(found)].box;
  return to_screen({box.x + box.width, box.centre().y});
}

QPointF ClusterCanvas::place_of_edge(int edge) const {
  for (const GraphEdge& shown : graph_.edges)
    if (shown.edge == edge) return to_screen(shown.label);
  return {};
}

QSize ClusterCanvas::sizeHint() const {
  return QSize(40, 16) * fontMetrics().height();
}

QSize ClusterCanvas::minimumSizeHint() const {
  return QSize(14, 7) * fontMetrics().height();
}

void ClusterCanvas::fit() {
  const double margin = 1.0;
  const double wide = (graph_.bounds.width + 2 * margin) * em();
  const double high = (graph_.bounds.height + 2 * margin) * em();
  zoom_ = std::clamp(std::min(width() / wide, height() / high), least_zoom, largest_fit);
  offset_ = QRectF(rect()).center() - zoom_ * point(graph_.bounds.centre(), em());
}

void ClusterCanvas::zoom_to_fit() {
  fitted_ = true;
  fit();
  update();
}

void ClusterCanvas::zoom_by(double factor, QPointF around) {
  const double zoom = std::clamp(zoom_ * factor, least_zoom, most_zoom);
  offset_ = around - (around - offset_) * (zoom / zoom_);
  zoom_ = zoom;
  fitted_ = false;
  update();
}

void ClusterCanvas::zoom_in() {
  zoom_by(zoom_step, QRectF(rect()).center());
}

void ClusterCanvas::zoom_out() {
  zoom_by(1.0 / zoom_step, QRectF(rect()).center());
}

int ClusterCanvas::part_at(QPointF place) const {
  const Point p = to_graph(place);
  const QPointF at = point(p, em());
  for (std::size_t i = graph_.nodes.size(); i-- > 0;)
    if (rect_of(graph_.nodes[i].box).contains(at)) return static_cast<int>(i);
  return -1;
}

int ClusterCanvas::top_at(QPointF place) const {
  const int part = part_at(place);
  if (part < 0) return -1;
  const int parent = graph_.nodes[static_cast<std::size_t>(part)].parent;
  return parent < 0 ? part : parent;
}

int ClusterCanvas::edge_at(QPointF place) const {
  for (const GraphEdge& edge : graph_.edges)
    if (distance_to(place, to_screen(edge.start), to_screen(edge.end)) < edge_reach * em())
      return edge.edge;
  return -1;
}

bool ClusterCanvas::is_port(int node, QPointF place) const {
  const Box& box = graph_.nodes[static_cast<std::size_t>(node)].box;
  const QPointF away = place - to_screen({box.x + box.width, box.centre().y});
  return std::hypot(away.x(), away.y()) < 1.5 * port_size * em() * zoom_;
}

void ClusterCanvas::mousePressEvent(QMouseEvent* event) {
  if (event->button() != Qt::LeftButton) return;
  pressed_ = mouse_ = event->position();
  has_moved_ = false;
  drag_ = Drag::pan;
  for (std::size_t i = 0; i < graph_.nodes.size(); ++i)
    if (graph_.nodes[i].parent < 0 && is_port(static_cast<int>(i), pressed_)) {
      drag_ = Drag::link;
      dragged_ = static_cast<int>(i);
      return;
    }
  const int node = top_at(pressed_);
  if (node < 0) {
    select({}, edge_at(pressed_));
    return;
  }
  const GraphNode& grabbed = graph_.nodes[static_cast<std::size_t>(node)];
  const QString name = text(grabbed.name);
  QStringList nodes = event->modifiers() & Qt::ControlModifier ? selected_ : QStringList();
  if (!nodes.removeOne(name)) nodes += name;
  select(nodes, -1);
  drag_ = Drag::node;
  dragged_ = node;
  grip_ = pressed_ - to_screen(grabbed.box.centre());
}

void ClusterCanvas::mouseMoveEvent(QMouseEvent* event) {
  const QPointF before = std::exchange(mouse_, event->position());
  if (!(event->buttons() & Qt::LeftButton)) {
    update();  // the port under the mouse
    return;
  }
  has_moved_ = has_moved_ || (mouse_ - pressed_).manhattanLength() > em() / 3;
  if (!has_moved_) return;
  if (drag_ == Drag::pan) {
    offset_ += mouse_ - before;
    fitted_ = false;
  } else if (drag_ == Drag::node) {
    fitted_ = false;
    move_node(graph_, dragged_, to_graph(mouse_ - grip_));
  }
  update();
}

void ClusterCanvas::mouseReleaseEvent(QMouseEvent* event) {
  const Drag drag = std::exchange(drag_, Drag::none);
  update();
  if (event->button() != Qt::LeftButton || !has_moved_ || dragged_ < 0) return;
  const GraphNode& node = graph_.nodes[static_cast<std::size_t>(dragged_)];
  const QString name = text(node.name);
  if (drag == Drag::node) {
    const Point centre = node.box.centre();
    emit node_moved(name, {centre.x, centre.y});
  }
  if (drag != Drag::link) return;
  const int target = top_at(event->position());
  if (target >= 0 && target != dragged_)
    emit joined(name, text(graph_.nodes[static_cast<std::size_t>(target)].name));
}

void ClusterCanvas::mouseDoubleClickEvent(QMouseEvent* event) {
  const int node = top_at(event->position());
  if (node < 0)
    zoom_to_fit();
  else
    emit opened_or_closed(text(graph_.nodes[static_cast<std::size_t>(node)].name));
}

void ClusterCanvas::wheelEvent(QWheelEvent* event) {
  constexpr double notch = 120.0;  // of a wheel, as Qt counts
  zoom_by(std::pow(zoom_step, event->angleDelta().y() / notch), event->position());
  event->accept();
}

void ClusterCanvas::keyPressEvent(QKeyEvent* event) {
  const double step = 2 * em();
  QPointF pan;
  if (event->key() == Qt::Key_Left) pan = {step, 0};
  if (event->key() == Qt::Key_Right) pan = {-step, 0};
  if (event->key() == Qt::Key_Up) pan = {0, step};
  if (event->key() == Qt::Key_Down) pan = {0, -step};
  if (pan.isNull()) {
    QWidget::keyPressEvent(event);
    return;
  }
  offset_ += pan;
  fitted_ = false;
  update();
}

void ClusterCanvas::resizeEvent(QResizeEvent* event) {
  QWidget::resizeEvent(event);
  if (fitted_) fit();
}

bool ClusterCanvas::event(QEvent* event) {
  if (event->type() != QEvent::ToolTip) return QWidget::event(event);
  const auto* help = static_cast<QHelpEvent*>(event);
  const int edge = edge_at(help->pos());
  const int node = part_at(help->pos());
  const bool inside = node >= 0 && graph_.nodes[static_cast<std::size_t>(node)].parent >= 0;
  QString tip;
  if (edge >= 0 && tip_of_edge_ && !inside)
    tip = tip_of_edge_(edge);
  else if (node >= 0 && tip_of_node_)
    tip = tip_of_node_(node);
  QToolTip::showText(help->globalPos(), tip, this);
  return true;
}

bool ClusterCanvas::words_fit() const {
  return graph_.edges.size() <= most_words;
}

void ClusterCanvas::paintEvent(QPaintEvent*) {
  QPainter painter(this);
  painter.setRenderHint(QPainter::Antialiasing);
  painter.setFont(font());
  painter.translate(offset_);
  painter.scale(zoom_, zoom_);
  const auto paint_lines = [&](bool inside) {
    for (const GraphEdge& edge : graph_.edges)
      if (edge.inside == inside) paint_edge(painter, edge);
    for (const GraphEdge& edge : graph_.edges)
      if (edge.inside == inside && (words_fit() || edge.edge == selected_edge_))
        paint_words(painter, edge);
  };
  paint_lines(false);
  for (const GraphNode& node : graph_.nodes)
    if (node.parent < 0) paint_node(painter, node);
  paint_lines(true);
  for (const GraphNode& node : graph_.nodes)
    if (node.parent >= 0) paint_node(painter, node);
  if (drag_ == Drag::link && has_moved_) {
    const Box& box = graph_.nodes[static_cast<std::size_t>(dragged_)].box;
    const Point end = to_graph(mouse_);
    painter.setPen(QPen(palette().color(QPalette::Highlight), em() / 6, Qt::DashLine));
    painter.drawLine(point({box.x + box.width, box.centre().y}, em()), point(end, em()));
  }
}

void ClusterCanvas::paint_edge(QPainter& painter, const GraphEdge& edge) const {
  const double busy = std::min(1.0, busy_of(edge.busiest, load_));
  QColor colour = tone_colour(Tone::quiet, palette());
  if (bytes_of(edge.busiest, load_) > Bytes())
    colour = tone_colour(busy < half_busy     ? Tone::good
                         : busy < nearly_full ? Tone::caution
                                              : Tone::bad,
                         palette());
  const double thin = em() / 12;
  const double thick = em() / 2;
  QPen pen(colour, thin + (thick - thin) * busy);
  if (edge.edge == selected_edge_) {
    painter.setPen(QPen(palette().color(QPalette::Highlight), pen.widthF() + em() / 3));
    painter.drawLine(point(edge.start, em()), point(edge.end, em()));
  }
  painter.setPen(pen);
  painter.drawLine(point(edge.start, em()), point(edge.end, em()));
}

void ClusterCanvas::paint_words(QPainter& painter, const GraphEdge& edge) const {
  const ClusterEdgePicture& link = links_[static_cast<std::size_t>(edge.edge)];
  QStringList lines;
  if (!edge.inside)
    lines += (link.cables > 1 ? tr("%1x ").arg(link.cables) : QString()) + text(link.link);
  if (has_flows_)
    lines += flow_words(edge.busiest, load_, QStringLiteral("\n"));
  else if (!edge.inside)
    lines += localized(print(link.capacity));
  if (lines.isEmpty()) return;
  QFont small = font();
  small.setPointSizeF(font().pointSizeF() * 0.85);
  painter.setFont(small);
  const QString words = lines.join(QLatin1Char('\n'));
  QRectF area = QFontMetricsF(small).boundingRect(QRectF(0, 0, 1e4, 1e4), Qt::AlignCenter, words);
  area.moveCenter(point(edge.label, em()));
  QColor ground = palette().color(edge.inside ? QPalette::Window : QPalette::Base);
  ground.setAlphaF(0.85F);
  painter.fillRect(area.adjusted(-2, 0, 2, 0), ground);
  painter.setPen(palette().color(QPalette::Text));
  painter.drawText(area, Qt::AlignCenter, words);
  painter.setFont(font());
}

void ClusterCanvas::paint_node(QPainter& painter, const GraphNode& node) const {
  const QRectF box = rect_of(node.box);
  const bool chosen = node.parent < 0 && selected_.contains(text(node.name));
  const bool part = node.parent >= 0;
  painter.setPen(QPen(palette().color(chosen ? QPalette::Highlight : QPalette::Mid),
                      chosen ? em() / 5 : em() / 12));
  painter.setBrush(palette().color(part ? QPalette::Base : QPalette::Window));
  const double round = node.kind == ClusterNodeKind::switch_box ? em() : em() / 3;
  painter.drawRoundedRect(box, round, round);
  const double pad = box_padding * em();
  const QRectF inside = box.adjusted(pad, pad / 2, -pad, -pad / 2);
  painter.setPen(palette().color(QPalette::Text));
  const auto line = [&](double top, const QString& words, bool strong) {
    QFont lettering = font();
    lettering.setBold(strong);
    painter.setFont(lettering);
    const QString fitting =
        QFontMetricsF(lettering).elidedText(words, Qt::ElideRight, inside.width());
    painter.drawText(QRectF(inside.left(), inside.top() + top, inside.width(), em()),
                     Qt::AlignVCenter | (part ? Qt::AlignHCenter : Qt::AlignLeft), fitting);
    painter.setFont(font());
  };
  if (node.kind == ClusterNodeKind::hub) {
    painter.drawText(inside, Qt::AlignCenter, text(node.name));
    return;
  }
  line(0, text(node.name), true);
  QString what = text(node.what);
  if (node.kind == ClusterNodeKind::switch_box)
    what = node.capacity ? localized(print(*node.capacity)) : tr("switch");
  if (!part) {
    if (node.accelerators > 0)
      what += node.expanded ? QString() : tr(" ▸ %n accelerator(s)", nullptr, node.accelerators);
    line(em(), what, false);
  }
  double top = (part ? 1.1 : title_lines) * em();
  for (const MemoryFill& fill : node.memory) {
    const QRectF area(inside.left(), inside.top() + top, inside.width(), 0.85 * memory_line * em());
    paint_memory(painter, fill, area, part);
    top += memory_line * em();
  }
  if (!part) paint_port(painter, node);
}

void ClusterCanvas::paint_memory(QPainter& painter, const MemoryFill& fill, const QRectF& area,
                                 bool is_part) const {
  const Tone tone = fill.over ? Tone::bad : fill.share >= nearly_full ? Tone::caution : Tone::good;
  QColor colour = tone_colour(tone, palette());
  painter.setPen(QPen(palette().color(QPalette::Mid), em() / 16));
  painter.setBrush(Qt::NoBrush);
  painter.drawRect(area);
  QRectF bar = area;
  bar.setTop(area.bottom() - area.height() / 5);
  bar.setWidth(area.width() * std::min(1.0, fill.share));
  painter.fillRect(bar, colour);
  const QString pool = fill.alike > 1 ? tr("fullest of %1").arg(fill.alike)
                       : is_part      ? tr("memory")
                                      : engine_word(fill.pool);
  const QString share = localized(percent_text(fill.share));
  QFont small = font();
  small.setPointSizeF(font().pointSizeF() * 0.85);
  painter.setFont(small);
  painter.setPen(palette().color(QPalette::Text));
  const QRectF words = area.adjusted(em() / 4, 0, -em() / 4, -area.height() / 5);
  const QFontMetricsF metrics(small);
  painter.drawText(words, Qt::AlignVCenter | Qt::AlignRight, share);
  painter.drawText(words, Qt::AlignVCenter | Qt::AlignLeft,
                   metrics.elidedText(pool, Qt::ElideRight,
                                      words.width() - metrics.horizontalAdvance(share) - em() / 2));
  painter.setFont(font());
}

void ClusterCanvas::paint_port(QPainter& painter, const GraphNode& node) const {
  const QPointF at(rect_of(node.box).right(), rect_of(node.box).center().y());
  const bool near =
      rect_of(node.box).adjusted(-em(), -em(), em(), em()).contains(point(to_graph(mouse_), em()));
  if (!near && !selected_.contains(text(node.name))) return;
  painter.setPen(QPen(palette().color(QPalette::Highlight), em() / 10));
  painter.setBrush(palette().color(QPalette::Base));
  painter.drawEllipse(at, port_size * em(), port_size * em());
  const double arm = port_size * em() / 2;
  painter.drawLine(at - QPointF(arm, 0), at + QPointF(arm, 0));
  painter.drawLine(at - QPointF(0, arm), at + QPointF(0, arm));
}

}  // namespace plimsoll::gui

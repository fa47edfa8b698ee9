#include "app/panel_docks.h"

#include <QCoreApplication>
#include <QDockWidget>
#include <QFontMetrics>
#include <QScrollArea>
#include <QStyle>

namespace plimsoll::gui {
namespace {

QString panel_text(const char* text) {
  return QCoreApplication::translate("panels", text);
}

// The first thing in it that takes the keyboard, else itself.
void focus_into(QWidget* panel) {
  if (panel->focusPolicy() != Qt::NoFocus) return panel->setFocus(Qt::ShortcutFocusReason);
  for (QWidget* child : panel->findChildren<QWidget*>()) {
    if (!(child->focusPolicy() & Qt::TabFocus) || !child->isEnabled()) continue;
    if (!child->isVisibleTo(panel)) continue;
    return child->setFocus(Qt::ShortcutFocusReason);
  }
  panel->setFocusPolicy(Qt::StrongFocus);
  panel->setFocus(Qt::ShortcutFocusReason);
}

// So that the window can be smaller than the widest panel would like.
QScrollArea* scrolling(QWidget* content, QWidget* parent) {
  auto* area = new QScrollArea(parent);
  area->setFrameShape(QFrame::NoFrame);
  area->setWidgetResizable(true);
  area->setFocusPolicy(Qt::NoFocus);
  area->setWidget(content);
  return area;
}

// A form scrolls down, never sideways.
void keep_whole_width(const QDockWidget* dock) {
  QWidget* area = dock->widget();
  const int bar = area->style()->pixelMetric(QStyle::PM_ScrollBarExtent, nullptr, area);
  area->setMinimumWidth(qobject_cast<QScrollArea*>(area)->widget()->minimumSizeHint().width() +
                        bar);
}

}  // namespace

PanelDocks::PanelDocks(Workspace& workspace, QMainWindow* window)
    : QObject(window), window_(window) {
  window->setCorner(Qt::BottomLeftCorner, Qt::LeftDockWidgetArea);
  window->setTabPosition(Qt::BottomDockWidgetArea, QTabWidget::North);
  for (const PanelKind& kind : panel_kinds()) add(kind, workspace);
}

void PanelDocks::add(const PanelKind& kind, Workspace& workspace) {
  QWidget* panel = kind.make(workspace, window_);
  panel->setObjectName(QLatin1String(kind.id));
  if (panel->accessibleName().isEmpty()) panel->setAccessibleName(panel_text(kind.title));
  panel->setAccessibleDescription(panel_text(kind.purpose));
  panels_[kind.id] = panel;
  if (kind.place == PanelPlace::centre)
    centre_ = scrolling(panel, window_);
  else
    (kind.place == PanelPlace::side ? side_ : below_)
        .push_back(new_dock(panel, panel_text(kind.title), kind.id));

  auto* action = new QAction(panel_text(kind.title), this);
  action->setObjectName(QStringLiteral("show_") + QLatin1String(kind.id));
  action->setShortcut(QKeySequence(QLatin1String(kind.shortcut)));
  action->setStatusTip(panel_text(kind.purpose));
  action->setToolTip(panel_text(kind.purpose));
  connect(action, &QAction::triggered, this, [this, id = std::string(kind.id)] { show(id); });
  actions_.push_back(action);
}

QDockWidget* PanelDocks::new_dock(QWidget* content, const QString& title, const std::string& id) {
  auto* dock = new QDockWidget(title, window_);
  dock->setObjectName(QString::fromStdString(id) + QStringLiteral("_dock"));
  dock->setWidget(scrolling(content, dock));
  docks_[id] = dock;
  return dock;
}

QDockWidget* PanelDocks::add_at_side(QWidget* content, const QString& title, const char* id) {
  panels_[id] = content;
  side_.push_back(new_dock(content, title, id));
  return side_.back();
}

void PanelDocks::show(const std::string& id) {
  const auto panel = panels_.find(id);
  if (panel == panels_.end()) return;
  if (const auto dock = docks_.find(id); dock != docks_.end()) {
    dock->second->show();
    dock->second->raise();
  }
  focus_into(panel->second);
}

std::string PanelDocks::panel_of(const QWidget* widget) const {
  for (; widget; widget = widget->parentWidget())
    for (const auto& [id, panel] : panels_)
      if (panel == widget) return id;
  return {};
}

void PanelDocks::lay_out() {
  for (QDockWidget* dock : side_) {
    keep_whole_width(dock);
    window_->addDockWidget(Qt::LeftDockWidgetArea, dock);
    dock->setFloating(false);
    dock->show();
  }
  for (QDockWidget* dock : below_) {
    window_->addDockWidget(Qt::BottomDockWidgetArea, dock);
    dock->setFloating(false);
    dock->show();
    if (dock != below_.front()) window_->tabifyDockWidget(below_.front(), dock);
  }
  if (!below_.empty()) below_.front()->raise();
  // Proportions rather than sizes: the form takes what it needs, what lies below half the height.
  const QFontMetrics metrics(window_->font());
  const int side_width = metrics.averageCharWidth() * 58;
  QList<QDockWidget*> at_side(side_.begin(), side_.end());
  window_->resizeDocks(at_side, QList<int>(at_side.size(), side_width), Qt::Horizontal);
  if (at_side.size() == 2)
    window_->resizeDocks(at_side, {window_->height() * 4 / 5, window_->height() / 5}, Qt::Vertical);
  if (!below_.empty())
    window_->resizeDocks({below_.front()}, {window_->height() * 9 / 20}, Qt::Vertical);
}

void PanelDocks::hide_all() {
  for (const auto& [id, dock] : docks_) dock->hide();
}

}  // namespace plimsoll::gui

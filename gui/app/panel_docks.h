// The panels of the window: the centre, and docks around it.
#pragma once

#include <QAction>
#include <QMainWindow>
#include <QObject>
#include <map>
#include <string>
#include <vector>

#include "app/workspace.h"
#include "panels/panel.h"

class QDockWidget;

namespace plimsoll::gui {

class PanelDocks : public QObject {
  Q_OBJECT

 public:
  PanelDocks(Workspace& workspace, QMainWindow* window);

  QWidget* centre() const { return centre_; }
  // Shows the panel and gives it the keyboard.
  void show(const std::string& id);
  // In the order of panel_kinds(); text and shortcut are there, show() is connected.
  const std::vector<QAction*>& actions() const { return actions_; }
  // The panel that holds the widget; empty: none.
  std::string panel_of(const QWidget* widget) const;

  // Below the docks at the side.
  QDockWidget* add_at_side(QWidget* content, const QString& title, const char* id);

  void lay_out();  // as at the first start
  void hide_all();

 private:
  void add(const PanelKind& kind, Workspace& workspace);
  QDockWidget* new_dock(QWidget* content, const QString& title, const std::string& id);

  QMainWindow* window_;
  QWidget* centre_ = nullptr;
  std::map<std::string, QWidget*> panels_;
  std::map<std::string, QDockWidget*> docks_;
  std::vector<QDockWidget*> side_;
  std::vector<QDockWidget*> below_;
  std::vector<QAction*> actions_;
};

}  // namespace plimsoll::gui

// The window: docks for the panels, menus, files.
#pragma once

#include <QMainWindow>

#include "app/workspace.h"

namespace plimsoll::gui {

class MainWindow : public QMainWindow {
  Q_OBJECT

 public:
  explicit MainWindow(CatalogFactory catalogs, QWidget* parent = nullptr);

  Workspace& workspace() { return workspace_; }

 private:
  void add_panels();

  Workspace workspace_;
};

}  // namespace plimsoll::gui

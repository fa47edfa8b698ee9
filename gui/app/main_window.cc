#include "app/main_window.h"

#include <QCoreApplication>
#include <QDockWidget>
#include <utility>

#include "panels/panel.h"

namespace plimsoll::gui {

MainWindow::MainWindow(CatalogFactory catalogs, QWidget* parent)
    : QMainWindow(parent), workspace_(std::move(catalogs)) {
  setWindowTitle(QStringLiteral("Plimsoll"));
  setCorner(Qt::BottomLeftCorner, Qt::LeftDockWidgetArea);
  setTabPosition(Qt::BottomDockWidgetArea, QTabWidget::North);
  add_panels();
}

void MainWindow::add_panels() {
  QDockWidget* last_below = nullptr;
  for (const PanelKind& kind : panel_kinds()) {
    QWidget* panel = kind.make(workspace_, this);
    panel->setObjectName(QLatin1String(kind.id));
    if (kind.place == PanelPlace::centre) {
      setCentralWidget(panel);
      continue;
    }
    auto* dock = new QDockWidget(QCoreApplication::translate("panels", kind.title), this);
    dock->setObjectName(QLatin1String(kind.id) + QStringLiteral("_dock"));
    dock->setWidget(panel);
    const bool side = kind.place == PanelPlace::side;
    addDockWidget(side ? Qt::LeftDockWidgetArea : Qt::BottomDockWidgetArea, dock);
    if (side) continue;
    if (last_below) tabifyDockWidget(last_below, dock);
    last_below = dock;
  }
}

}  // namespace plimsoll::gui

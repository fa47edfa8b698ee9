// Machines and links as a graph.
#pragma once

#include <QWidget>

#include "app/workspace.h"

namespace plimsoll::gui {

class ClusterPanel : public QWidget {
  Q_OBJECT

 public:
  ClusterPanel(Workspace& workspace, QWidget* parent);
};

}  // namespace plimsoll::gui

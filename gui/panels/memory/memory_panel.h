// What is where in memory.
#pragma once

#include <QWidget>

#include "app/workspace.h"

namespace plimsoll::gui {

class MemoryPanel : public QWidget {
  Q_OBJECT

 public:
  MemoryPanel(Workspace& workspace, QWidget* parent);
};

}  // namespace plimsoll::gui

// Pinned scenarios side by side.
#pragma once

#include <QWidget>

#include "app/workspace.h"

namespace plimsoll::gui {

class ComparePanel : public QWidget {
  Q_OBJECT

 public:
  ComparePanel(Workspace& workspace, QWidget* parent);
};

}  // namespace plimsoll::gui

// Single changes, ranked.
#pragma once

#include <QWidget>

#include "app/workspace.h"

namespace plimsoll::gui {

class ChangesPanel : public QWidget {
  Q_OBJECT

 public:
  ChangesPanel(Workspace& workspace, QWidget* parent);
};

}  // namespace plimsoll::gui

// One token on every resource.
#pragma once

#include <QWidget>

#include "app/workspace.h"

namespace plimsoll::gui {

class TimelinePanel : public QWidget {
  Q_OBJECT

 public:
  TimelinePanel(Workspace& workspace, QWidget* parent);
};

}  // namespace plimsoll::gui

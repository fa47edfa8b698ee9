// The form of the scenario.
#pragma once

#include <QWidget>

#include "app/workspace.h"

namespace plimsoll::gui {

class ScenarioPanel : public QWidget {
  Q_OBJECT

 public:
  ScenarioPanel(Workspace& workspace, QWidget* parent);
};

}  // namespace plimsoll::gui

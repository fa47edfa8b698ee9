#include "panels/scenario/scenario_panel.h"

namespace plimsoll::gui {

ScenarioPanel::ScenarioPanel(Workspace& /*workspace*/, QWidget* parent) : QWidget(parent) {}

}  // namespace plimsoll::gui

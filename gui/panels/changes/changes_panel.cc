#include "panels/changes/changes_panel.h"

namespace plimsoll::gui {

ChangesPanel::ChangesPanel(Workspace& /*workspace*/, QWidget* parent) : QWidget(parent) {}

}  // namespace plimsoll::gui

#include "panels/token_time/token_time_panel.h"

namespace plimsoll::gui {

TokenTimePanel::TokenTimePanel(Workspace& /*workspace*/, QWidget* parent) : QWidget(parent) {}

}  // namespace plimsoll::gui

#include "panels/choose/choose_panel.h"

namespace plimsoll::gui {

ChoosePanel::ChoosePanel(Workspace& /*workspace*/, QWidget* parent) : QWidget(parent) {}

}  // namespace plimsoll::gui

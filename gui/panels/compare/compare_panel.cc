#include "panels/compare/compare_panel.h"

namespace plimsoll::gui {

ComparePanel::ComparePanel(Workspace& /*workspace*/, QWidget* parent) : QWidget(parent) {}

}  // namespace plimsoll::gui

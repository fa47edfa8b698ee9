#include "panels/timeline/timeline_panel.h"

namespace plimsoll::gui {

TimelinePanel::TimelinePanel(Workspace& /*workspace*/, QWidget* parent) : QWidget(parent) {}

}  // namespace plimsoll::gui

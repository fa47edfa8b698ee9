#include "panels/memory/memory_panel.h"

namespace plimsoll::gui {

MemoryPanel::MemoryPanel(Workspace& /*workspace*/, QWidget* parent) : QWidget(parent) {}

}  // namespace plimsoll::gui

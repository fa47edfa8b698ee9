#include "panels/cluster/cluster_panel.h"

namespace plimsoll::gui {

ClusterPanel::ClusterPanel(Workspace& /*workspace*/, QWidget* parent) : QWidget(parent) {}

}  // namespace plimsoll::gui

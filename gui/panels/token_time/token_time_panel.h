// Where the time of a token goes, and the roofline.
#pragma once

#include <QWidget>

#include "app/workspace.h"

namespace plimsoll::gui {

class TokenTimePanel : public QWidget {
  Q_OBJECT

 public:
  TokenTimePanel(Workspace& workspace, QWidget* parent);
};

}  // namespace plimsoll::gui

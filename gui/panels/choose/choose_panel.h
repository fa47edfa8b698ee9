// Which machines to buy or rent.
#pragma once

#include <QWidget>

#include "app/workspace.h"

namespace plimsoll::gui {

class ChoosePanel : public QWidget {
  Q_OBJECT

 public:
  ChoosePanel(Workspace& workspace, QWidget* parent);
};

}  // namespace plimsoll::gui

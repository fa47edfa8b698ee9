// Verdict and figures.
#pragma once

#include <QWidget>

#include "app/workspace.h"

namespace plimsoll::gui {

class AnswerPanel : public QWidget {
  Q_OBJECT

 public:
  AnswerPanel(Workspace& workspace, QWidget* parent);
};

}  // namespace plimsoll::gui

#include "panels/answer/answer_panel.h"

namespace plimsoll::gui {

AnswerPanel::AnswerPanel(Workspace& /*workspace*/, QWidget* parent) : QWidget(parent) {}

}  // namespace plimsoll::gui

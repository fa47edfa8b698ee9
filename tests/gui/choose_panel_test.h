#pragma once

#include <QObject>

namespace plimsoll::gui {

class ChoosePanelTest : public QObject {
  Q_OBJECT

 private slots:
  void plans_as_the_command_line_does();
  void cancels_at_once();
  void says_what_is_wrong_beside_its_field();
  void opens_and_saves_requirements();
};

}  // namespace plimsoll::gui

#pragma once

#include <QObject>

namespace plimsoll::gui {

class ComparePanelTest : public QObject {
  Q_OBJECT

 private slots:
  void init();
  void item_model_is_sound();
  void pins_are_compared();
  void pins_are_renamed_moved_and_removed();
  void pin_opens_as_a_scenario();
  void pins_survive_a_restart();
  void bars_can_be_copied();
};

}  // namespace plimsoll::gui

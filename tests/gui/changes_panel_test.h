#pragma once

#include <QObject>

namespace plimsoll::gui {

class ChangesPanelTest : public QObject {
  Q_OBJECT

 private slots:
  void item_model_is_sound();
  void rows_are_the_outcomes();
  void enter_applies_and_undo_takes_back();
  void button_applies();
  void kinds_filter();
};

}  // namespace plimsoll::gui

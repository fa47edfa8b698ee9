#pragma once

#include <QObject>

namespace plimsoll::gui {

class ScenarioPanelTest : public QObject {
  Q_OBJECT

 private slots:
  void item_model_is_sound();
  void typing_filters_and_enter_picks_a_model();
  void slider_drag_is_one_step();
  void number_is_typed_with_the_keyboard();
  void reset_returns_to_the_default();
  void changed_fields_are_marked_and_spoken();
  void problems_stand_at_their_field();
  void wanted_field_gets_the_keyboard();
  void every_control_has_a_name();
  void quantization_lists_sizes();
  void model_file_is_dropped();
};

}  // namespace plimsoll::gui

#pragma once

#include <QObject>

namespace plimsoll::gui {

class TokenTimePanelTest : public QObject {
  Q_OBJECT

 private slots:
  void times_are_those_of_the_command_line();
  void limits_are_those_of_the_command_line();
  void the_roofline_has_every_class_that_computes();
  void prompt_and_token_are_told_apart();
  void a_streamed_run_has_curves_and_layers();
  void tables_are_sound_models();
};

}  // namespace plimsoll::gui

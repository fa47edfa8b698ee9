#pragma once

#include <QObject>

namespace plimsoll::gui {

class AnswerPanelTest : public QObject {
  Q_OBJECT

 private slots:
  void figures_are_those_of_the_command_line();
  void verdict_is_a_word();
  void first_answer_comes_soon();
  void old_figures_stay_until_the_next();
  void refused_scenario_lists_its_problems();
  void command_is_copied();
};

}  // namespace plimsoll::gui

#pragma once

#include <QObject>

namespace plimsoll::gui {

class WindowTest : public QObject {
  Q_OBJECT

 private slots:
  void answers_what_it_is_given();
  void begins_with_the_start_page();
  void every_panel_has_a_shortcut_that_shows_it();
  void shortcuts_are_told_apart();
  void every_panel_has_a_page_of_help_in_every_language();
  void help_opens_at_the_panel();
  void problems_lead_to_fields_and_lines();
  void ranks_models_on_this_machine();
  void remembers_how_it_looked();
  void letters_grow_and_colours_change();
  void every_control_has_a_name();
};

}  // namespace plimsoll::gui

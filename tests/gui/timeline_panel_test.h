#pragma once

#include <QObject>

namespace plimsoll::gui {

class TimelinePanelTest : public QObject {
  Q_OBJECT

 private slots:
  void spans_are_those_of_the_command_line();
  void the_trace_is_that_of_the_command_line();
  void keys_walk_zoom_and_pan();
  void the_mouse_zooms_around_itself_and_drags();
  void a_search_counts_and_goes_on();
};

}  // namespace plimsoll::gui

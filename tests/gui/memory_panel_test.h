#pragma once

#include <QObject>

namespace plimsoll::gui {

class MemoryPanelTest : public QObject {
  Q_OBJECT

 private slots:
  void bytes_are_those_of_the_command_line();
  void keys_reach_every_segment();
  void the_mouse_tells_exact_bytes();
  void what_is_missing_stands_beyond_the_end();
  void a_refused_scenario_has_no_bars();
};

}  // namespace plimsoll::gui

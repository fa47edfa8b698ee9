#pragma once

#include <QObject>

namespace plimsoll::gui {

class ClusterPanelTest : public QObject {
  Q_OBJECT

 private slots:
  void shows_what_the_report_says();
  void list_is_a_sound_model();
  void list_and_picture_select_together();
  void keys_add_join_and_remove();
  void mouse_moves_and_joins();
  void tells_why_it_is_refused();
};

}  // namespace plimsoll::gui

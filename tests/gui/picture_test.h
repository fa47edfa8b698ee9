#pragma once

#include <QObject>

namespace plimsoll::gui {

class PictureTest : public QObject {
  Q_OBJECT

 private slots:
  void copies_as_image_svg_and_text();
  void saves_by_the_ending();
  void tells_what_it_cannot_write();
  void a_name_keeps_its_colour();
};

}  // namespace plimsoll::gui

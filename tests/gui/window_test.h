#pragma once

#include <QObject>

namespace plimsoll::gui {

class WindowTest : public QObject {
  Q_OBJECT

 private slots:
  void answers_what_it_is_given();
};

}  // namespace plimsoll::gui

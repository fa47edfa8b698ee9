// What the program remembers from one start to the next.
#pragma once

#include <QSettings>

namespace plimsoll::gui {

// A file in the user's configuration folder; short-lived: make one where it is needed.
class Settings : public QSettings {
 public:
  Settings();
};

}  // namespace plimsoll::gui

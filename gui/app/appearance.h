// How the window looks: light or dark, and how large its letters are. Everything else is measured
// in letters.
#pragma once

#include <QString>

namespace plimsoll::gui {

enum class ColourScheme { system, light, dark };

class Appearance {
 public:
  static constexpr int smallest = 100;  // per cent of the system's letters
  static constexpr int largest = 200;
  static constexpr int step = 25;

  // What was chosen last; the program begins with it.
  static Appearance remembered();
  void apply() const;  // to the running program
  void remember() const;

  ColourScheme scheme = ColourScheme::system;
  int scale = smallest;
};

}  // namespace plimsoll::gui

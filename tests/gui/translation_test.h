#pragma once

#include <QObject>

namespace plimsoll::gui {

class TranslationTest : public QObject {
  Q_OBJECT

 private slots:
  void every_string_is_translated();
  void every_string_of_the_sources_is_listed();
  void the_german_window_speaks_german();
};

}  // namespace plimsoll::gui

#pragma once

#include <QObject>

namespace plimsoll::gui {

class RandomEditsTest : public QObject {
  Q_OBJECT

 private slots:
  void any_edits_can_be_undone_and_redone();
};

}  // namespace plimsoll::gui

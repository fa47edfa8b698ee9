// What holds the decode back, and the rate if it vanished.
#pragma once

#include <QWidget>

#include "evaluate/outcome.h"

namespace plimsoll::gui {

class CellTable;

class LimitsTab : public QWidget {
  Q_OBJECT

 public:
  explicit LimitsTab(QWidget* parent = nullptr);
  void show(const Outcome& outcome);

 private:
  CellTable* table_;
};

}  // namespace plimsoll::gui

// A file as it is, to look at the line that a message is about.
#pragma once

#include <QDialog>

#include "base/diagnostic.h"

class QPlainTextEdit;

namespace plimsoll::gui {

class TextViewer : public QDialog {
  Q_OBJECT

 public:
  // At the place's line and column. The text says why where the file cannot be read.
  TextViewer(const SourcePlace& place, QWidget* parent);

 private:
  void go_to(const SourcePlace& place);

  QPlainTextEdit* text_;
};

}  // namespace plimsoll::gui

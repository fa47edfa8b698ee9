// Answers what the window asks, and keeps what it tells.
#pragma once

#include <QStringList>

#include "app/dialogs.h"

namespace plimsoll::gui {

struct ScriptedDialogs : Dialogs {
  QString path;  // of the next file to open or save
  SaveChoice choice = SaveChoice::discard;
  int questions = 0;
  QStringList warnings;

  QString file_to_open(QWidget*, const QString&, const QString&) override { return path; }
  QString file_to_save(QWidget*, const QString&, const QString&, const QString&) override {
    return path;
  }
  SaveChoice save_changes(QWidget*, const QString&) override {
    ++questions;
    return choice;
  }
  void warn(QWidget*, const QString&, const QString& text) override { warnings << text; }
};

}  // namespace plimsoll::gui

// What the window asks and tells in dialogs; tests answer in their place.
#pragma once

#include <QString>
#include <QWidget>

namespace plimsoll::gui {

enum class SaveChoice { save, discard, cancel };

class Dialogs {
 public:
  Dialogs() = default;
  virtual ~Dialogs() = default;
  Dialogs(const Dialogs&) = delete;
  Dialogs& operator=(const Dialogs&) = delete;

  // Paths are empty when the user changes their mind.
  virtual QString file_to_open(QWidget* parent, const QString& title, const QString& filter);
  virtual QString file_to_save(QWidget* parent, const QString& title, const QString& suggested,
                               const QString& filter);
  virtual SaveChoice save_changes(QWidget* parent, const QString& name);
  virtual void warn(QWidget* parent, const QString& title, const QString& text);
};

}  // namespace plimsoll::gui

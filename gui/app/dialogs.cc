#include "app/dialogs.h"

#include <QCoreApplication>
#include <QFileDialog>
#include <QMessageBox>

namespace plimsoll::gui {

QString Dialogs::file_to_open(QWidget* parent, const QString& title, const QString& filter) {
  return QFileDialog::getOpenFileName(parent, title, {}, filter);
}

QString Dialogs::file_to_save(QWidget* parent, const QString& title, const QString& suggested,
                              const QString& filter) {
  return QFileDialog::getSaveFileName(parent, title, suggested, filter);
}

SaveChoice Dialogs::save_changes(QWidget* parent, const QString& name) {
  const auto answer = QMessageBox::question(
      parent, QCoreApplication::translate("Dialogs", "Save Changes?"),
      QCoreApplication::translate("Dialogs", "“%1” has changes that are not saved.").arg(name),
      QMessageBox::Save | QMessageBox::Discard | QMessageBox::Cancel, QMessageBox::Save);
  if (answer == QMessageBox::Save) return SaveChoice::save;
  return answer == QMessageBox::Discard ? SaveChoice::discard : SaveChoice::cancel;
}

void Dialogs::warn(QWidget* parent, const QString& title, const QString& text) {
  QMessageBox::warning(parent, title, text);
}

}  // namespace plimsoll::gui

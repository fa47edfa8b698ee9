#include "app/autosave.h"

#include <QCoreApplication>
#include <QDir>
#include <QFile>
#include <QStandardPaths>
#include <utility>

#include "base/output_file.h"

namespace plimsoll::gui {
namespace {

QString lock_of(const QString& copy) {
  return copy.chopped(5) + QStringLiteral(".lock");
}

QString original_of(const QString& copy) {
  return copy.chopped(5) + QStringLiteral(".origin");
}

// A lock is stale when its process is gone, however old it is.
std::unique_ptr<QLockFile> lock_for(const QString& copy) {
  auto lock = std::make_unique<QLockFile>(lock_of(copy));
  lock->setStaleLockTime(0);
  return lock;
}

void remove_files(const QString& copy) {
  QFile::remove(copy);
  QFile::remove(original_of(copy));
}

}  // namespace

QString autosave_folder() {
  return QStandardPaths::writableLocation(QStandardPaths::AppLocalDataLocation) +
         QStringLiteral("/autosave");
}

Autosave::Autosave(QString folder) : folder_(std::move(folder)) {
  static int number = 0;
  stem_ =
      QStringLiteral("%1/%2-%3").arg(folder_).arg(QCoreApplication::applicationPid()).arg(++number);
}

Autosave::~Autosave() {
  clear();
}

void Autosave::write(const std::string& yaml, const QString& original) {
  QDir().mkpath(folder_);
  if (!lock_) {
    lock_ = lock_for(copy_file());
    lock_->tryLock();
  }
  write_file_atomically(original_of(copy_file()).toStdString(), original.toStdString());
  write_file_atomically(copy_file().toStdString(), yaml);
}

void Autosave::clear() {
  if (!lock_) return;
  remove_files(copy_file());
  lock_ = nullptr;
}

std::vector<LostScenario> Autosave::lost() const {
  std::vector<LostScenario> found;
  const QDir folder(folder_);
  for (const QFileInfo& file :
       folder.entryInfoList({QStringLiteral("*.yaml")}, QDir::Files, QDir::Time | QDir::Reversed)) {
    const QString copy = file.absoluteFilePath();
    if (!lock_for(copy)->tryLock()) continue;  // its process is alive
    QFile original(original_of(copy));
    const bool known = original.open(QIODevice::ReadOnly);
    found.push_back(
        {.copy = copy, .original = known ? QString::fromUtf8(original.readAll()) : QString()});
  }
  return found;
}

void Autosave::forget(const LostScenario& lost) {
  remove_files(lost.copy);
}

}  // namespace plimsoll::gui

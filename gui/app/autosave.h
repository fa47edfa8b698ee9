// Unsaved edits survive a crash: a copy in the program's own folder, marked with the process that
// writes it. Copies whose process is gone are offered at the next start.
#pragma once

#include <QLockFile>
#include <QString>
#include <memory>
#include <string>
#include <vector>

namespace plimsoll::gui {

// What somebody lost.
struct LostScenario {
  QString copy;      // its file here
  QString original;  // file it was opened from; empty: none
};

class Autosave {
 public:
  // `folder` is made when there is something to write.
  explicit Autosave(QString folder);
  ~Autosave();
  Autosave(const Autosave&) = delete;
  Autosave& operator=(const Autosave&) = delete;

  // Throws InputError (code "unwritable").
  void write(const std::string& yaml, const QString& original);
  // After a save, or when the changes are not wanted.
  void clear();

  // Oldest first. They are nobody else's from here on; a second call no longer finds those that
  // were forgotten.
  std::vector<LostScenario> lost() const;
  static void forget(const LostScenario& lost);

  QString copy_file() const { return stem_ + QStringLiteral(".yaml"); }

 private:
  QString folder_;
  QString stem_;  // of our files: FOLDER/PID-NUMBER
  std::unique_ptr<QLockFile> lock_;
};

// The folder of the program.
QString autosave_folder();

}  // namespace plimsoll::gui

// The file behind the scenario under edit: new, open, save, recent files, and the copy that
// survives a crash.
#pragma once

#include <QObject>
#include <QTimer>
#include <filesystem>
#include <vector>

#include "app/autosave.h"
#include "app/dialogs.h"
#include "app/workspace.h"
#include "presenters/recent.h"
#include "presenters/scenario_text.h"

namespace plimsoll::gui {

class ScenarioFile : public QObject {
  Q_OBJECT

 public:
  ScenarioFile(Workspace& workspace, Dialogs& dialogs, QWidget* window);

  const QString& path() const { return path_; }  // empty: none yet
  QString name() const;                          // for the title
  bool is_modified() const;
  // The bytes that saving would write.
  std::string text() const { return text_.of(workspace_.scenario()); }

  // What is wrong with the file that could not be opened last.
  const std::vector<Diagnostic>& problems() const { return problems_; }

  // All ask first what to do with unsaved changes, and return whether they went ahead.
  bool start_new();
  // A scenario that comes from elsewhere: a plan, a row of the ranking.
  bool start_with(const ScenarioSpec& scenario);
  // A scenario, or a requirement for the Choose panel. False also for a file with problems.
  bool open(const QString& path);
  bool open_by_dialog();
  bool save();
  bool save_as();
  bool may_leave();  // saved, or not wanted

  const RecentFiles& recent() const { return recent_; }
  void clear_recent();

  // Unsaved edits are copied from now on, some seconds after they are made.
  void keep_copies(const QString& folder);
  std::vector<LostScenario> lost() const;
  bool recover(const LostScenario& lost);
  void forget(const LostScenario& lost);
  void write_copy();  // now

 signals:
  void path_changed();
  void recent_changed();
  void problems_changed();
  void lost_changed();
  void message(const QString& text);  // for the status bar

 private:
  void set_file(const QString& path, ScenarioText text);
  void set_problems(std::vector<Diagnostic> problems);
  void add_recent(const QString& path);
  bool open_requirement(const QString& path);
  bool write(const QString& path);

  Workspace& workspace_;
  Dialogs& dialogs_;
  QWidget* window_;
  QString path_;
  ScenarioText text_;
  std::vector<Diagnostic> problems_;
  RecentFiles recent_;
  std::unique_ptr<Autosave> copies_;
  QTimer copy_timer_;
};

}  // namespace plimsoll::gui

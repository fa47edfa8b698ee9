#include "app/scenario_file.h"

#include <QFileInfo>
#include <QWidget>
#include <utility>

#include "app/settings.h"
#include "base/output_file.h"
#include "plan/plan.h"

namespace plimsoll::gui {
namespace {

constexpr int copy_after_ms = 3000;  // of unsaved edits: what a crash costs at most

QString yaml_filter() {
  return ScenarioFile::tr("Scenarios and requirements (*.yaml *.yml);;All files (*)");
}

}  // namespace

ScenarioFile::ScenarioFile(Workspace& workspace, Dialogs& dialogs, QWidget* window)
    : QObject(window), workspace_(workspace), dialogs_(dialogs), window_(window) {
  std::vector<std::string> files;
  for (const QString& file : Settings().value(QStringLiteral("recent")).toStringList())
    files.push_back(file.toStdString());
  recent_ = RecentFiles(files);
  copy_timer_.setSingleShot(true);
  connect(&copy_timer_, &QTimer::timeout, this, &ScenarioFile::write_copy);
  connect(&workspace_, &Workspace::scenario_changed, this, [this] {
    if (copies_ && !copy_timer_.isActive()) copy_timer_.start(copy_after_ms);
  });
}

QString ScenarioFile::name() const {
  if (!path_.isEmpty()) return QFileInfo(path_).fileName();
  return tr("New scenario");
}

bool ScenarioFile::is_modified() const {
  return !workspace_.history().isClean();
}

// ----- beginning

bool ScenarioFile::start_new() {
  if (!may_leave()) return false;
  workspace_.start_with({});
  set_file({}, {});
  return true;
}

bool ScenarioFile::start_with(const ScenarioSpec& scenario) {
  if (!may_leave()) return false;
  workspace_.start_with(scenario);
  set_file({}, {});
  workspace_.history().resetClean();  // it is in no file
  return true;
}

bool ScenarioFile::open_by_dialog() {
  const QString path = dialogs_.file_to_open(window_, tr("Open"), yaml_filter());
  return !path.isEmpty() && open(path);
}

bool ScenarioFile::open(const QString& path) {
  if (!may_leave()) return false;
  try {
    if (kind_of_file(path.toStdString()) == "requirement") return open_requirement(path);
    OpenedScenario opened = open_scenario(path.toStdString());
    workspace_.start_with(std::move(opened.spec));
    set_file(QFileInfo(path).absoluteFilePath(), std::move(opened.text));
    add_recent(path);
    return true;
  } catch (const InputError& refused) {
    set_problems(refused.diagnostics().sorted());
    emit message(tr("%1 cannot be opened: see the list of problems.").arg(path));
    return false;
  }
}

bool ScenarioFile::open_requirement(const QString& path) {
  const Requirement requirement = read_requirement(path.toStdString());
  set_problems({});
  add_recent(path);
  emit workspace_.requirement_opened(requirement);
  return true;
}

void ScenarioFile::set_file(const QString& path, ScenarioText text) {
  path_ = path;
  text_ = std::move(text);
  set_problems({});
  if (copies_) copies_->clear();
  emit path_changed();
}

void ScenarioFile::set_problems(std::vector<Diagnostic> problems) {
  problems_ = std::move(problems);
  emit problems_changed();
}

// ----- saving

bool ScenarioFile::save() {
  return path_.isEmpty() ? save_as() : write(path_);
}

bool ScenarioFile::save_as() {
  const QString suggested = path_.isEmpty() ? tr("scenario") + QStringLiteral(".yaml") : path_;
  QString path = dialogs_.file_to_save(window_, tr("Save As"), suggested, yaml_filter());
  if (path.isEmpty()) return false;
  if (QFileInfo(path).suffix().isEmpty()) path += QStringLiteral(".yaml");
  return write(path);
}

bool ScenarioFile::write(const QString& path) {
  try {
    write_file_atomically(path.toStdString(), text());
  } catch (const InputError& refused) {
    dialogs_.warn(window_, tr("Save"), QString::fromStdString(refused.what()));
    return false;
  }
  path_ = QFileInfo(path).absoluteFilePath();
  workspace_.history().setClean();
  if (copies_) copies_->clear();
  add_recent(path);
  emit path_changed();
  emit message(tr("Saved to %1.").arg(path));
  return true;
}

bool ScenarioFile::may_leave() {
  if (!is_modified()) return true;
  const SaveChoice choice = dialogs_.save_changes(window_, name());
  if (choice == SaveChoice::save) return save();
  return choice == SaveChoice::discard;
}

// ----- recent files

void ScenarioFile::add_recent(const QString& path) {
  recent_.add(path.toStdString());
  QStringList files;
  for (const std::string& file : recent_.files()) files << QString::fromStdString(file);
  Settings().setValue(QStringLiteral("recent"), files);
  emit recent_changed();
}

void ScenarioFile::clear_recent() {
  recent_.clear();
  Settings().remove(QStringLiteral("recent"));
  emit recent_changed();
}

// ----- copies

void ScenarioFile::keep_copies(const QString& folder) {
  copies_ = std::make_unique<Autosave>(folder);
  emit lost_changed();
}

void ScenarioFile::write_copy() {
  if (!copies_) return;
  if (!is_modified()) return copies_->clear();
  try {
    copies_->write(text(), path_);
  } catch (const InputError& refused) {
    emit message(tr("Unsaved changes cannot be copied: %1").arg(refused.what()));
  }
}

std::vector<LostScenario> ScenarioFile::lost() const {
  return copies_ ? copies_->lost() : std::vector<LostScenario>();
}

bool ScenarioFile::recover(const LostScenario& lost) {
  if (!may_leave()) return false;
  try {
    OpenedScenario opened = open_scenario(lost.copy.toStdString());
    workspace_.start_with(std::move(opened.spec));
    set_file(lost.original, {});
    workspace_.history().resetClean();
    write_copy();  // under our own name, before theirs goes
    forget(lost);
    return true;
  } catch (const InputError& refused) {
    set_problems(refused.diagnostics().sorted());
    return false;
  }
}

void ScenarioFile::forget(const LostScenario& lost) {
  Autosave::forget(lost);
  emit lost_changed();
}

}  // namespace plimsoll::gui

// The window: the start page or the panels, menus, what is dropped on it.
#pragma once

#include <QLabel>
#include <QMainWindow>
#include <QStackedWidget>
#include <QToolButton>
#include <memory>
#include <string>
#include <vector>

#include "app/appearance.h"
#include "app/dialogs.h"
#include "app/exports.h"
#include "app/panel_docks.h"
#include "app/problems_panel.h"
#include "app/scenario_file.h"
#include "app/workspace.h"
#include "presenters/examples.h"

namespace plimsoll::gui {

class HelpWindow;
class StartPage;

class MainWindow : public QMainWindow {
  Q_OBJECT

 public:
  explicit MainWindow(CatalogFactory catalogs, QWidget* parent = nullptr);
  MainWindow(CatalogFactory catalogs, std::unique_ptr<Dialogs> dialogs, QWidget* parent = nullptr);
  ~MainWindow() override;

  Workspace& workspace() { return workspace_; }
  ScenarioFile& file() { return *file_; }
  Exports& exports() { return *exports_; }
  PanelDocks& panels() { return *panels_; }
  HelpWindow& help();

  void set_examples(const std::vector<Example>& examples);
  // What the program does and tests of panels do not: keeps copies of unsaved edits in `folder`,
  // offers those of a crash, and looks as the window that was closed last.
  void begin_session(const QString& folder);

  void show_start();
  void show_scenario();
  bool shows_start() const;

 protected:
  void closeEvent(QCloseEvent* event) override;
  void changeEvent(QEvent* event) override;
  void dragEnterEvent(QDragEnterEvent* event) override;
  void dropEvent(QDropEvent* event) override;

 private:
  QAction* add_action(QMenu* menu, const char* name, const QString& text, QKeySequence keys,
                      const std::function<void()>& act);
  void add_file_menu();
  void add_export_menu(QMenu* menu);
  void add_edit_menu();
  void add_view_menu();
  void add_appearance_menu(QMenu* menu);
  void add_help_menu();
  void add_status_bar();
  void connect_start();
  void connect_file();

  void list_recent();
  void show_title();
  void show_state();
  void show_problems();
  void go_to(const ProblemRow& problem);
  void new_scenario_for(const char* field);
  void run_here(const std::string& model);
  void set_scale(int scale);
  void reset_layout();
  void remember_window();
  void restore_window();
  void take(const QString& path);
  void show_help_of_focus();

  Workspace workspace_;
  std::unique_ptr<Dialogs> dialogs_;
  Appearance appearance_;
  PanelDocks* panels_;
  ScenarioFile* file_;
  Exports* exports_;
  ProblemsPanel* problems_;
  QStackedWidget* pages_;
  StartPage* start_;
  HelpWindow* help_ = nullptr;
  QMenu* recent_menu_ = nullptr;
  QLabel* state_ = nullptr;
  QToolButton* problem_count_ = nullptr;
  std::vector<QAction*> actions_;         // all with a name, for the list of shortcuts
  std::vector<QAction*> export_actions_;  // possible with a complete answer only
  QByteArray docks_;                      // while the start page hides them
  bool in_session_ = false;
};

}  // namespace plimsoll::gui

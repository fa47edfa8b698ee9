#include "app/main_window.h"

#include <QActionGroup>
#include <QApplication>
#include <QCloseEvent>
#include <QDockWidget>
#include <QDragEnterEvent>
#include <QDropEvent>
#include <QFileInfo>
#include <QMenuBar>
#include <QMimeData>
#include <QStatusBar>
#include <utility>

#include "app/help_window.h"
#include "app/settings.h"
#include "app/text_viewer.h"
#include "import/import.h"
#include "panels/start/start_page.h"
#include "session/session.h"
#include "widgets/screen_text.h"

namespace plimsoll::gui {
namespace {

constexpr int layout_version = 1;  // rises when docks come or go
constexpr int message_ms = 8000;

}  // namespace

MainWindow::MainWindow(CatalogFactory catalogs, QWidget* parent)
    : MainWindow(std::move(catalogs), std::make_unique<Dialogs>(), parent) {}

MainWindow::MainWindow(CatalogFactory catalogs, std::unique_ptr<Dialogs> dialogs, QWidget* parent)
    : QMainWindow(parent),
      workspace_(std::move(catalogs)),
      dialogs_(std::move(dialogs)),
      panels_(new PanelDocks(workspace_, this)),
      file_(new ScenarioFile(workspace_, *dialogs_, this)),
      exports_(new Exports(workspace_, *dialogs_, this)),
      problems_(new ProblemsPanel(this)),
      pages_(new QStackedWidget(this)),
      start_(new StartPage(workspace_, this)) {
  setAcceptDrops(true);
  resize(fontMetrics().averageCharWidth() * 190, fontMetrics().height() * 52);
  pages_->addWidget(start_);
  pages_->addWidget(panels_->centre());
  setCentralWidget(pages_);
  panels_->add_at_side(problems_, tr("Problems"), "problems");
  panels_->lay_out();
  add_file_menu();
  add_edit_menu();
  add_view_menu();
  add_help_menu();
  add_status_bar();
  connect_start();
  connect_file();
  connect(problems_, &ProblemsPanel::activated, this, &MainWindow::go_to);
  connect(&workspace_, &Workspace::started, this, &MainWindow::show_scenario);
  connect(&workspace_, &Workspace::scenario_changed, this, &MainWindow::show_state);
  connect(&workspace_, &Workspace::answer_changed, this, &MainWindow::show_state);
  connect(&workspace_, &Workspace::answer_changed, this, &MainWindow::show_problems);
  connect(&workspace_, &Workspace::requirement_opened, this, [this] {
    show_scenario();
    panels_->show("choose");
  });
  show_title();
  show_state();
  show_problems();
  show_start();
}

MainWindow::~MainWindow() {
  // Panels refer to the workspace, which would go before them.
  workspace_.disconnect(this);
  workspace_.history().disconnect(this);
  for (QDockWidget* dock : findChildren<QDockWidget*>(QString(), Qt::FindDirectChildrenOnly))
    delete dock;
  delete takeCentralWidget();
}

HelpWindow& MainWindow::help() {
  if (!help_) help_ = new HelpWindow(this);
  return *help_;
}

// ----- menus

QAction* MainWindow::add_action(QMenu* menu, const char* name, const QString& text,
                                QKeySequence keys, const std::function<void()>& act) {
  QAction* action = menu->addAction(text);
  action->setObjectName(QLatin1String(name));
  action->setShortcut(keys);
  if (act) connect(action, &QAction::triggered, this, act);
  actions_.push_back(action);
  return action;
}

void MainWindow::add_file_menu() {
  QMenu* menu = menuBar()->addMenu(tr("&File"));
  add_action(menu, "new", tr("&New"), QKeySequence::New, [this] { new_scenario_for("model"); });
  add_action(menu, "open", tr("&Open…"), QKeySequence::Open, [this] { file_->open_by_dialog(); });
  recent_menu_ = menu->addMenu(tr("Open &Recent"));
  menu->addSeparator();
  add_action(menu, "save", tr("&Save"), QKeySequence::Save, [this] { file_->save(); });
  add_action(menu, "save_as", tr("Save &As…"), QKeySequence(Qt::CTRL | Qt::SHIFT | Qt::Key_S),
             [this] { file_->save_as(); });
  menu->addSeparator();
  add_export_menu(menu->addMenu(tr("&Export")));
  export_actions_.push_back(
      add_action(menu, "print", tr("&Print…"), QKeySequence::Print, [this] { exports_->print(); }));
  menu->addSeparator();
  add_action(menu, "quit", tr("&Quit"), QKeySequence(Qt::CTRL | Qt::Key_Q), [this] {
    close();
  })->setMenuRole(QAction::QuitRole);
}

void MainWindow::add_export_menu(QMenu* menu) {
  const auto add = [&](const char* name, const QString& text, QKeySequence keys,
                       void (Exports::*act)()) {
    export_actions_.push_back(
        add_action(menu, name, text, keys, [this, act] { (exports_->*act)(); }));
  };
  add("export_markdown", tr("Report as &Markdown…"), QKeySequence(Qt::CTRL | Qt::SHIFT | Qt::Key_M),
      &Exports::save_markdown);
  add("export_json", tr("Report as &JSON…"), QKeySequence(Qt::CTRL | Qt::SHIFT | Qt::Key_J),
      &Exports::save_json);
  add("export_pdf", tr("Report as P&DF…"), QKeySequence(Qt::CTRL | Qt::SHIFT | Qt::Key_P),
      &Exports::save_pdf);
  add("export_trace", tr("Timeline as Chrome &Trace…"),
      QKeySequence(Qt::CTRL | Qt::SHIFT | Qt::Key_T), &Exports::save_trace);
}

void MainWindow::add_edit_menu() {
  QMenu* menu = menuBar()->addMenu(tr("&Edit"));
  QAction* undo = workspace_.history().createUndoAction(this, tr("&Undo"));
  undo->setObjectName(QStringLiteral("undo"));
  undo->setShortcut(QKeySequence::Undo);
  QAction* redo = workspace_.history().createRedoAction(this, tr("&Redo"));
  redo->setObjectName(QStringLiteral("redo"));
  redo->setShortcut(QKeySequence(Qt::CTRL | Qt::SHIFT | Qt::Key_Z));
  for (QAction* action : {undo, redo}) {
    menu->addAction(action);
    actions_.push_back(action);
  }
}

void MainWindow::add_view_menu() {
  QMenu* menu = menuBar()->addMenu(tr("&View"));
  add_action(menu, "home", tr("&Start Page"), QKeySequence(Qt::ALT | Qt::Key_Home),
             [this] { show_start(); });
  add_action(menu, "to_scenario", tr("Scena&rio"), QKeySequence(Qt::ALT | Qt::Key_End),
             [this] { show_scenario(); });
  menu->addSeparator();
  for (QAction* action : panels_->actions()) {
    // First back from the start page, then to the panel.
    connect(action, &QAction::triggered, this, &MainWindow::show_scenario);
    menu->addAction(action);
    actions_.push_back(action);
  }
  add_action(menu, "show_problems", tr("&Problems"), QKeySequence(Qt::CTRL | Qt::Key_0), [this] {
    show_scenario();
    panels_->show("problems");
  });
  menu->addSeparator();
  add_appearance_menu(menu->addMenu(tr("&Appearance")));
  add_action(menu, "larger", tr("&Larger Text"), QKeySequence(Qt::CTRL | Qt::Key_Plus),
             [this] { set_scale(appearance_.scale + Appearance::step); });
  add_action(menu, "smaller", tr("S&maller Text"), QKeySequence(Qt::CTRL | Qt::Key_Minus),
             [this] { set_scale(appearance_.scale - Appearance::step); });
  menu->addSeparator();
  add_action(menu, "reset_layout", tr("Reset La&yout"), {}, [this] { reset_layout(); });
}

void MainWindow::add_appearance_menu(QMenu* menu) {
  auto* group = new QActionGroup(menu);
  appearance_ = Appearance::remembered();
  const auto add = [&](const char* name, const QString& text, ColourScheme scheme) {
    QAction* action = add_action(menu, name, text, {}, [this, scheme] {
      appearance_.scheme = scheme;
      appearance_.apply();
      appearance_.remember();
    });
    action->setCheckable(true);
    action->setChecked(appearance_.scheme == scheme);
    group->addAction(action);
  };
  add("appearance_system", tr("As the &System"), ColourScheme::system);
  add("appearance_light", tr("&Light"), ColourScheme::light);
  add("appearance_dark", tr("&Dark"), ColourScheme::dark);
}

void MainWindow::add_help_menu() {
  QMenu* menu = menuBar()->addMenu(tr("&Help"));
  add_action(menu, "help", tr("&Help on This Panel"), QKeySequence::HelpContents,
             [this] { show_help_of_focus(); });
  add_action(menu, "shortcuts", tr("&Keyboard Shortcuts"), QKeySequence(Qt::SHIFT | Qt::Key_F1),
             [this] { help().show_shortcuts(actions_); });
  add_action(menu, "first_page", tr("&Start Page"), {}, [this] { show_start(); });
  add_action(menu, "about", tr("&About Plimsoll"), {}, [this] {
    help().show_about();
  })->setMenuRole(QAction::AboutRole);
}

void MainWindow::add_status_bar() {
  state_ = new QLabel(this);
  state_->setObjectName(QStringLiteral("state"));
  state_->setAccessibleName(tr("State of the answer"));
  problem_count_ = new QToolButton(this);
  problem_count_->setObjectName(QStringLiteral("problem_count"));
  problem_count_->setAutoRaise(true);
  problem_count_->setToolTip(tr("Shows the list of problems"));
  connect(problem_count_, &QToolButton::clicked, this, [this] {
    show_scenario();
    panels_->show("problems");
  });
  statusBar()->addWidget(state_);
  statusBar()->addPermanentWidget(problem_count_);
}

// ----- start page and file

void MainWindow::connect_start() {
  connect(start_, &StartPage::scenario_wanted, this, [this] { new_scenario_for("model"); });
  connect(start_, &StartPage::choose_wanted, this, [this] {
    show_scenario();
    panels_->show("choose");
  });
  connect(start_, &StartPage::here_wanted, this, &MainWindow::run_here);
  connect(start_, &StartPage::file_wanted, this,
          [this](const QString& path) { file_->open(path); });
  connect(start_, &StartPage::open_wanted, this, [this] { file_->open_by_dialog(); });
  connect(start_, &StartPage::recover_wanted, this,
          [this](const LostScenario& lost) { file_->recover(lost); });
  connect(start_, &StartPage::forget_wanted, this,
          [this](const LostScenario& lost) { file_->forget(lost); });
}

void MainWindow::connect_file() {
  const auto tell = [this](const QString& text) { statusBar()->showMessage(text, message_ms); };
  connect(file_, &ScenarioFile::message, this, tell);
  connect(exports_, &Exports::message, this, tell);
  connect(file_, &ScenarioFile::path_changed, this, &MainWindow::show_title);
  connect(&workspace_.history(), &QUndoStack::cleanChanged, this, &MainWindow::show_title);
  connect(file_, &ScenarioFile::problems_changed, this, [this] {
    show_problems();
    if (file_->problems().empty()) return;
    show_scenario();
    panels_->show("problems");
  });
  connect(file_, &ScenarioFile::recent_changed, this, &MainWindow::list_recent);
  connect(file_, &ScenarioFile::lost_changed, this, [this] { start_->set_lost(file_->lost()); });
  list_recent();
}

void MainWindow::set_examples(const std::vector<Example>& examples) {
  start_->set_examples(examples);
}

void MainWindow::list_recent() {
  start_->set_recent(file_->recent());
  recent_menu_->clear();
  for (const std::string& file : file_->recent().files()) {
    const QString path = QString::fromStdString(file);
    QAction* action = recent_menu_->addAction(QFileInfo(path).fileName());
    action->setStatusTip(path);
    connect(action, &QAction::triggered, this, [this, path] { file_->open(path); });
  }
  recent_menu_->setEnabled(!recent_menu_->isEmpty());
  if (recent_menu_->isEmpty()) return;
  recent_menu_->addSeparator();
  connect(recent_menu_->addAction(tr("&Clear List")), &QAction::triggered, this,
          [this] { file_->clear_recent(); });
}

void MainWindow::new_scenario_for(const char* field) {
  if (!file_->start_new()) return;
  panels_->show("scenario");
  emit workspace_.field_wanted(field);
}

void MainWindow::run_here(const std::string& model) {
  if (file_->start_with(scenario_from_options({{"model", model}, {"system", this_machine}}, {})))
    panels_->show("scenario");
}

// ----- the two pages

bool MainWindow::shows_start() const {
  return pages_->currentWidget() == start_;
}

void MainWindow::show_start() {
  if (!shows_start()) docks_ = saveState(layout_version);
  panels_->hide_all();
  start_->set_recent(file_->recent());
  start_->set_lost(file_->lost());
  pages_->setCurrentWidget(start_);
  start_->setFocus();
}

void MainWindow::show_scenario() {
  if (!shows_start()) return;
  pages_->setCurrentWidget(panels_->centre());
  if (docks_.isEmpty())
    panels_->lay_out();
  else
    restoreState(std::exchange(docks_, {}), layout_version);
}

void MainWindow::reset_layout() {
  show_scenario();
  panels_->lay_out();
}

// ----- what is shown of the state

void MainWindow::show_title() {
  setWindowTitle(file_->name() + QStringLiteral("[*] – Plimsoll"));
  setWindowFilePath(file_->path());
  setWindowModified(file_->is_modified());
}

void MainWindow::show_state() {
  const std::shared_ptr<const Answer> answer = workspace_.answer();
  const bool asked = !shows_start() || answer;
  QString text;
  if (!workspace_.answer_is_current())
    text = asked ? tr("Working it out…") : QString();
  else if (!answer->refused() && answer->stage == AnswerStage::first)
    text = tr("First figures; changes and costs follow…");
  state_->setText(text);
  for (QAction* action : export_actions_) action->setEnabled(exports_->possible());
}

void MainWindow::show_problems() {
  std::vector<Diagnostic> all = file_->problems();
  if (const auto answer = workspace_.answer())
    all.insert(all.end(), answer->problems.begin(), answer->problems.end());
  problems_->set_rows(problem_rows(all, workspace_.scenario()));
  const int errors = problems_->errors();
  const int warnings = problems_->warnings();
  problem_count_->setText(errors + warnings == 0
                              ? tr("No problems")
                              : tr("%n error(s)", nullptr, errors) + QStringLiteral(", ") +
                                    tr("%n warning(s)", nullptr, warnings));
}

void MainWindow::go_to(const ProblemRow& problem) {
  if (!problem.field.empty()) {
    panels_->show("scenario");
    emit workspace_.field_wanted(problem.field);
    return;
  }
  if (problem.place.line > 0) (new TextViewer(problem.place, this))->show();
}

void MainWindow::show_help_of_focus() {
  const std::string panel = panels_->panel_of(QApplication::focusWidget());
  help().show_page(shows_start() ? "start" : panel.empty() ? "index" : panel);
}

void MainWindow::set_scale(int scale) {
  appearance_.scale = std::clamp(scale, Appearance::smallest, Appearance::largest);
  appearance_.apply();
  appearance_.remember();
}

// ----- session

void MainWindow::begin_session(const QString& folder) {
  in_session_ = true;
  restore_window();
  file_->keep_copies(folder);
}

void MainWindow::remember_window() {
  Settings settings;
  settings.setValue(QStringLiteral("geometry"), saveGeometry());
  if (!shows_start()) settings.setValue(QStringLiteral("docks"), saveState(layout_version));
  if (!docks_.isEmpty()) settings.setValue(QStringLiteral("docks"), docks_);
}

void MainWindow::restore_window() {
  const Settings settings;
  restoreGeometry(settings.value(QStringLiteral("geometry")).toByteArray());
  const QByteArray docks = settings.value(QStringLiteral("docks")).toByteArray();
  if (docks.isEmpty()) return;
  if (shows_start())
    docks_ = docks;
  else
    restoreState(docks, layout_version);
}

void MainWindow::closeEvent(QCloseEvent* event) {
  if (!file_->may_leave()) return event->ignore();
  workspace_.history().setClean();  // asked and answered
  file_->write_copy();
  if (in_session_) remember_window();
  event->accept();
}

void MainWindow::changeEvent(QEvent* event) {
  QMainWindow::changeEvent(event);
  if (event->type() == QEvent::ActivationChange && isActiveWindow())
    workspace_.look_at_model_files();
}

// ----- what is dropped

void MainWindow::dragEnterEvent(QDragEnterEvent* event) {
  const QList<QUrl> urls = event->mimeData()->urls();
  if (!urls.isEmpty() && urls.front().isLocalFile()) event->acceptProposedAction();
}

void MainWindow::dropEvent(QDropEvent* event) {
  const QList<QUrl> urls = event->mimeData()->urls();
  if (urls.isEmpty()) return;
  event->acceptProposedAction();
  take(urls.front().toLocalFile());
}

// A model becomes that of the scenario; anything else is opened, or told what is wrong with it.
void MainWindow::take(const QString& path) {
  if (!is_importable(path.toStdString())) {
    file_->open(path);
    return;
  }
  show_scenario();
  ScenarioSpec scenario = workspace_.scenario();
  scenario.model = {.value = path.toStdString()};
  scenario.quantization = {};  // that of the file
  workspace_.edit(tr("Change model to %1").arg(QFileInfo(path).fileName()), std::move(scenario));
}

}  // namespace plimsoll::gui

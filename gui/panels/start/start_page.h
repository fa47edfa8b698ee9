// Where somebody begins who has no scenario yet: three questions, examples, recent files, and what
// a crash left behind.
#pragma once

#include <QStackedWidget>
#include <QWidget>
#include <string>
#include <vector>

#include "app/autosave.h"
#include "app/workspace.h"
#include "presenters/examples.h"
#include "presenters/recent.h"

class QFrame;
class QLabel;
class QListWidget;
class QTreeWidget;
class QVBoxLayout;

namespace plimsoll::gui {

class RankingView;

class StartPage : public QWidget {
  Q_OBJECT

 public:
  StartPage(Workspace& workspace, QWidget* parent);

  void set_recent(const RecentFiles& recent);
  void set_examples(const std::vector<Example>& examples);
  void set_lost(const std::vector<LostScenario>& lost);

 signals:
  void scenario_wanted();                      // an empty one, to fill in
  void choose_wanted();                        // what to buy or rent
  void here_wanted(const std::string& model);  // on this machine
  void file_wanted(const QString& file);
  void open_wanted();  // by dialog
  void recover_wanted(const plimsoll::gui::LostScenario& lost);
  void forget_wanted(const plimsoll::gui::LostScenario& lost);

 private:
  QWidget* questions();
  QWidget* files();
  QWidget* ranking_page(Workspace& workspace);
  void add_lost(const LostScenario& lost);

  QFrame* lost_;
  QVBoxLayout* lost_rows_;
  QStackedWidget* below_;
  QListWidget* recent_ = nullptr;
  QLabel* no_recent_ = nullptr;
  QTreeWidget* examples_ = nullptr;
  RankingView* ranking_ = nullptr;
};

}  // namespace plimsoll::gui

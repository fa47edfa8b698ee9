// Which machines to buy or rent: what is asked for, the search, and the plans it finds.
#pragma once

#include <QWidget>
#include <cstdint>
#include <memory>
#include <vector>

#include "app/workspace.h"
#include "presenters/plan_desk.h"

class QLabel;
class QModelIndex;
class QPlainTextEdit;
class QProgressBar;
class QPushButton;
class QSplitter;
class QTableView;

namespace plimsoll::gui {

class ParetoView;
class PlanModel;
class RequirementFields;

class ChoosePanel : public QWidget {
  Q_OBJECT

 public:
  ChoosePanel(Workspace& workspace, QWidget* parent);
  ~ChoosePanel() override;

  const PlanResult* result() const { return result_.get(); }
  bool is_running() const { return running_; }

 public slots:
  void run();
  void cancel();
  void show_requirement(const plimsoll::Requirement& requirement);
  void open_file(const QString& file);  // of a requirement
  void save_file(const QString& file);

 private:
  QWidget* make_form();
  QWidget* make_result();
  QWidget* make_table();
  QPushButton* add_button(const char* name, const QString& title, const QString& tip,
                          void (ChoosePanel::*act)());
  void ask_for_file();
  void ask_where_to_save();
  void check_form();
  void receive(PlanAnswer answer);
  void follow(const PlanProgress& progress);
  void tell(const std::vector<std::string>& lines);
  void tell_problems(const std::vector<Diagnostic>& problems);
  void set_running(bool running);
  void select(const PlannedMachine* plan);
  void show_details();
  void open_plan(const PlannedMachine* plan);
  void open_row(const QModelIndex& index);

  Workspace& workspace_;
  std::shared_ptr<const PlanResult> result_;
  std::uint64_t number_ = 0;
  bool running_ = false;
  RequirementFields* fields_ = nullptr;
  PlanModel* plans_ = nullptr;
  QTableView* table_ = nullptr;
  ParetoView* chart_ = nullptr;
  QPlainTextEdit* details_ = nullptr;
  QLabel* summary_ = nullptr;
  QLabel* problem_ = nullptr;
  QProgressBar* progress_ = nullptr;
  QPushButton* run_ = nullptr;
  QPushButton* cancel_ = nullptr;
  QPushButton* open_plan_ = nullptr;
  std::vector<std::string> about_;  // the whole search, in sentences
  std::unique_ptr<PlanDesk> desk_;  // last: its threads call receive()
};

}  // namespace plimsoll::gui

// Verdict and figures.
#pragma once

#include <QLabel>
#include <QLineEdit>
#include <QListWidget>
#include <QScrollArea>
#include <QTimer>
#include <QToolButton>
#include <QTreeWidget>
#include <QWidget>

#include "app/workspace.h"
#include "panels/answer/figure_grid.h"
#include "presenters/figures.h"
#include "presenters/problems.h"

namespace plimsoll::gui {

class AnswerPanel : public QWidget {
  Q_OBJECT

 public:
  AnswerPanel(Workspace& workspace, QWidget* parent);

 protected:
  void changeEvent(QEvent* event) override;

 private:
  void build();
  QWidget* command_line();
  void show_answer();
  void show_figures(const Outcome& outcome);
  void show_refusal(const Answer& answer);
  void show_details(const Outcome& outcome, const AnswerFigures& figures);
  void show_progress();
  void set_old(bool old);
  void copy_command() const;

  Workspace& workspace_;
  QWidget* body_ = nullptr;
  QLabel* verdict_ = nullptr;
  QLabel* refining_ = nullptr;
  QLabel* sentence_ = nullptr;
  QLabel* subject_ = nullptr;
  QLabel* reading_ = nullptr;
  QLabel* remarks_ = nullptr;
  FigureGrid* figures_ = nullptr;
  QWidget* command_box_ = nullptr;
  QLineEdit* command_ = nullptr;
  QToolButton* copy_ = nullptr;
  QListWidget* problems_ = nullptr;
  QTreeWidget* details_ = nullptr;
  std::vector<ProblemRow> problem_rows_;
  // They come with the second stage: until then those shown stay.
  std::vector<SpeedRow> costs_;
  std::vector<std::string> money_;
  // Greys what is old only when the next answer takes long enough to be noticed.
  QTimer patience_;
};

}  // namespace plimsoll::gui

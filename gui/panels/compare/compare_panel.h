// Pinned scenarios side by side.
#pragma once

#include <QAction>
#include <QLabel>
#include <QListWidget>
#include <QTableView>
#include <QToolBar>
#include <QWidget>
#include <cstdint>
#include <vector>

#include "app/background.h"
#include "app/workspace.h"
#include "panels/compare/comparison_bars.h"
#include "panels/compare/comparison_model.h"
#include "widgets/picture.h"

namespace plimsoll::gui {

class ComparePanel : public QWidget {
  Q_OBJECT

 public:
  ComparePanel(Workspace& workspace, QWidget* parent);

  const std::vector<Pin>& pins() const { return pins_; }
  bool is_working() const { return worker_.busy() || shown_ != wanted_; }

 private:
  void build();
  void build_actions(QWidget* window);
  QAction* add_action(const char* name, const QString& text, const QKeySequence& keys,
                      void (ComparePanel::*act)());
  void pin();
  void rename();
  void remove();
  void move_up();
  void move_down();
  void move(int by);
  void open();
  int selected() const;
  void pins_changed(int select);
  void list_pins(int select);
  void rename_from(QListWidgetItem* item);
  void reorder();
  void enable_actions();
  void compare();
  void show_comparison(const PinnedComparison& result);
  void load();
  void save() const;

  Workspace& workspace_;
  std::vector<Pin> pins_;
  QToolBar* tools_;
  QListWidget* list_;
  ComparisonModel* model_;
  QTableView* table_;
  ComparisonBars* bars_;
  Picture* picture_ = nullptr;
  QLabel* state_;
  QAction* pin_ = nullptr;
  QAction* rename_ = nullptr;
  QAction* remove_ = nullptr;
  QAction* up_ = nullptr;
  QAction* down_ = nullptr;
  QAction* open_ = nullptr;
  // The number of the pins' state that is wanted, and of the one shown.
  std::uint64_t wanted_ = 0;
  std::uint64_t shown_ = 0;
  Background worker_;
};

}  // namespace plimsoll::gui

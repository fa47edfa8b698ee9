// Single changes, ranked.
#pragma once

#include <QComboBox>
#include <QLabel>
#include <QPushButton>
#include <QTableView>
#include <QWidget>

#include "app/workspace.h"
#include "panels/changes/changes_model.h"

namespace plimsoll::gui {

class ChangesPanel : public QWidget {
  Q_OBJECT

 public:
  ChangesPanel(Workspace& workspace, QWidget* parent);

 private:
  void build();
  void show_changes();
  void show_kinds();
  void show_selected();
  const ChangeRow* selected() const;
  void apply();

  Workspace& workspace_;
  ChangesModel* model_;
  KindFilter* filter_;
  QComboBox* kinds_;
  QTableView* table_;
  QLabel* state_;
  QLabel* about_;
  QPushButton* apply_;
};

}  // namespace plimsoll::gui

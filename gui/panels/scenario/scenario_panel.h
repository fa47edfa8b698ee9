// The form of the scenario.
#pragma once

#include <QHash>
#include <QLabel>
#include <QScrollArea>
#include <QWidget>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "app/background.h"
#include "app/workspace.h"
#include "panels/scenario/field_row.h"
#include "panels/scenario/form_section.h"
#include "presenters/name_lists.h"
#include "presenters/scenario_form.h"

namespace plimsoll::gui {

class ScenarioPanel : public QWidget {
  Q_OBJECT

 public:
  ScenarioPanel(Workspace& workspace, QWidget* parent);

  // Opens the field's group, scrolls to it and gives it the keyboard.
  void show_field(const std::string& name);
  bool lists_are_read() const { return lists_read_; }

 protected:
  void showEvent(QShowEvent* event) override;

 private:
  void add_sections();
  void add_row(const FieldState& state, FormSection* section);
  void refresh();
  void show_answer();
  void show_sections(const ScenarioForm& form);
  void edit(FieldRow& row, const std::optional<std::string>& value, int gesture);
  void read_lists();
  void read_sizes();
  NameEditor* name_editor(const char* field);

  Workspace& workspace_;
  QScrollArea* scroll_;
  QLabel* own_cluster_;
  QLabel* problems_;
  std::map<FieldGroup, FormSection*> sections_;
  std::vector<FieldRow*> rows_;
  ScenarioForm form_;
  // Read by workers, once; sizes by model and engine.
  Background lists_;
  Background sizes_;
  bool lists_wanted_ = false;
  bool lists_read_ = false;
  std::map<std::string, NameList> known_sizes_;
  std::string shown_sizes_;
};

}  // namespace plimsoll::gui

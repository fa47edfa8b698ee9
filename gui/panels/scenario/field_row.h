// A line of the form: the field's name, its editor, whether it was changed, and what is wrong.
#pragma once

#include <QGridLayout>
#include <QLabel>
#include <QObject>
#include <QToolButton>

#include "panels/scenario/field_editors.h"

namespace plimsoll::gui {

class FieldRow : public QObject {
  Q_OBJECT

 public:
  // Takes two lines of the layout.
  FieldRow(const FieldState& state, QGridLayout* layout, QWidget* parent);

  const std::string& name() const { return name_; }
  FieldEditor* editor() { return editor_; }
  // Shown where it says something or was given.
  void show_state(const FieldState& state);
  // What was typed and is no value of that kind, or what is wrong with the value.
  void show_problems(const std::vector<FieldProblem>& problems);
  bool is_shown() const { return shown_; }

 signals:
  void edited(const std::optional<std::string>& value, int gesture);

 private:
  void mark(const FieldState& state, const QString& help);

  std::string name_;
  QLabel* label_;
  FieldEditor* editor_;
  QToolButton* reset_;
  QLabel* problem_;
  bool shown_ = true;
};

}  // namespace plimsoll::gui

// What edits one field of the form. Each shows a FieldState and says what the user made of it.
#pragma once

#include <QCheckBox>
#include <QComboBox>
#include <QCompleter>
#include <QDoubleSpinBox>
#include <QLineEdit>
#include <QSlider>
#include <QToolButton>
#include <QWidget>
#include <optional>
#include <string>

#include "panels/scenario/name_list_model.h"
#include "presenters/scenario_form.h"

namespace plimsoll::gui {

class FieldEditor : public QWidget {
  Q_OBJECT

 public:
  using QWidget::QWidget;

  virtual void show_state(const FieldState& state) = 0;
  // Takes the keyboard; carries the accessible name.
  virtual QWidget* main_control() = 0;

 signals:
  // Neutral, as in a file; nothing: left open. Edits of one drag have the same `gesture`.
  void edited(const std::optional<std::string>& value, int gesture);
};

// Of the kind of the field. The name is that of the object, too, and the slider's after "slider_".
FieldEditor* make_editor(const FieldState& state, QWidget* parent);

// A text with a list of what it may be below it: typing filters the list, Down opens it whole.
class NameEditor : public FieldEditor {
  Q_OBJECT

 public:
  // `with_file`: a button chooses a file instead, and files may be dropped.
  NameEditor(bool with_file, QWidget* parent);

  void set_list(NameList list);
  void show_usual(const QString& usual) { text_->setPlaceholderText(usual); }
  void show_state(const FieldState& state) override;
  QWidget* main_control() override { return text_; }

 protected:
  void dragEnterEvent(QDragEnterEvent* event) override;
  void dropEvent(QDropEvent* event) override;
  bool eventFilter(QObject* watched, QEvent* event) override;

 private:
  void open_list(const QString& typed);
  void commit(const QString& text);
  void choose_file();

  QLineEdit* text_;
  QToolButton* browse_ = nullptr;
  NameListModel* names_;
  NameFilter* filter_;
  QCompleter* completer_;
  QString shown_;
};

class ChoiceEditor : public FieldEditor {
  Q_OBJECT

 public:
  explicit ChoiceEditor(QWidget* parent);
  void show_state(const FieldState& state) override;
  QWidget* main_control() override { return box_; }

 private:
  QComboBox* box_;
};

// A spin box; counts of tokens and the like have a logarithmic slider beside it, whose marks are
// powers of two.
class CountEditor : public FieldEditor {
  Q_OBJECT

 public:
  CountEditor(bool with_slider, QWidget* parent);
  void show_state(const FieldState& state) override;
  QWidget* main_control() override { return number_; }

 private:
  void slide(int position);
  void put_slider(double value);

  QDoubleSpinBox* number_;
  QSlider* slider_ = nullptr;
  double least_ = 0.0;
  double most_ = 1.0;
  int gesture_ = 0;
};

class ShareEditor : public FieldEditor {
  Q_OBJECT

 public:
  explicit ShareEditor(QWidget* parent);
  void show_state(const FieldState& state) override;
  QWidget* main_control() override { return number_; }

 private:
  QDoubleSpinBox* number_;
};

class FlagEditor : public FieldEditor {
  Q_OBJECT

 public:
  explicit FlagEditor(QWidget* parent);
  void show_state(const FieldState& state) override;
  QWidget* main_control() override { return box_; }

 private:
  QCheckBox* box_;
};

// Sizes with a unit, and paths.
class TextEditor : public FieldEditor {
  Q_OBJECT

 public:
  explicit TextEditor(QWidget* parent);
  void show_state(const FieldState& state) override;
  QWidget* main_control() override { return text_; }

 private:
  QLineEdit* text_;
  QString shown_;
};

}  // namespace plimsoll::gui

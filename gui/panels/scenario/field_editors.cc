#include "panels/scenario/field_editors.h"

#include <QAbstractItemView>
#include <QDragEnterEvent>
#include <QFileDialog>
#include <QHBoxLayout>
#include <QHeaderView>
#include <QKeyEvent>
#include <QMimeData>
#include <QScreen>
#include <QScrollBar>
#include <QTreeView>
#include <algorithm>
#include <cmath>

#include "base/quantity_text.h"
#include "panels/scenario/field_words.h"
#include "widgets/screen_text.h"

namespace plimsoll::gui {
namespace {

// A long name is told by its beginning.
void show_from_start(QLineEdit& line, const QString& text) {
  line.setText(text);
  line.setCursorPosition(0);
}

QHBoxLayout* row_of(QWidget* editor) {
  auto* row = new QHBoxLayout(editor);
  row->setContentsMargins(0, 0, 0, 0);
  return row;
}

std::optional<std::string> neutral(const QString& text) {
  const QString trimmed = text.trimmed();
  return trimmed.isEmpty() ? std::nullopt : std::optional(trimmed.toStdString());
}

double number_of(const std::string& text) {
  return parse_number(text).value_or(0.0);
}

// Steps of the slider between one power of two and the next; moving it lands on whole ones.
constexpr int steps_per_octave = 1;

bool wants_slider(const FieldState& state) {
  return state.group == FieldGroup::work && state.kind == FieldKind::count;
}

bool names_something(const FieldState& state) {
  return state.kind == FieldKind::name;
}

QString local_file(const QMimeData* data) {
  if (!data->hasUrls() || data->urls().size() != 1) return {};
  return data->urls().front().toLocalFile();
}

}  // namespace

FieldEditor* make_editor(const FieldState& state, QWidget* parent) {
  FieldEditor* editor = nullptr;
  if (names_something(state))
    editor = new NameEditor(state.name == "model", parent);
  else if (state.kind == FieldKind::choice)
    editor = new ChoiceEditor(parent);
  else if (state.kind == FieldKind::count)
    editor = new CountEditor(wants_slider(state), parent);
  else if (state.kind == FieldKind::share)
    editor = new ShareEditor(parent);
  else if (state.kind == FieldKind::flag)
    editor = new FlagEditor(parent);
  else
    editor = new TextEditor(parent);
  editor->setFocusProxy(editor->main_control());
  return editor;
}

NameEditor::NameEditor(bool with_file, QWidget* parent)
    : FieldEditor(parent),
      text_(new QLineEdit(this)),
      names_(new NameListModel(this)),
      filter_(new NameFilter(this)),
      completer_(new QCompleter(this)) {
  QHBoxLayout* row = row_of(this);
  row->addWidget(text_);
  text_->setAcceptDrops(false);  // paths go to the whole editor
  text_->installEventFilter(this);
  filter_->setSourceModel(names_);
  auto* list = new QTreeView(this);
  list->setRootIsDecorated(false);
  list->setUniformRowHeights(true);
  list->header()->setSectionResizeMode(QHeaderView::ResizeToContents);
  list->setHorizontalScrollBarPolicy(Qt::ScrollBarAsNeeded);
  completer_->setPopup(list);
  completer_->setModel(filter_);
  completer_->setCompletionMode(QCompleter::UnfilteredPopupCompletion);
  completer_->setCompletionRole(Qt::EditRole);
  completer_->setWidget(text_);
  connect(text_, &QLineEdit::textEdited, this, &NameEditor::open_list);
  connect(text_, &QLineEdit::editingFinished, this, [this] {
    if (!completer_->popup()->isVisible()) commit(text_->text());
  });
  connect(completer_, qOverload<const QString&>(&QCompleter::activated), this,
          [this](const QString& id) {
            text_->setText(id);
            commit(id);
          });
  if (!with_file) return;
  setAcceptDrops(true);
  browse_ = new QToolButton(this);
  browse_->setText(QStringLiteral("…"));
  browse_->setToolTip(tr("Take the model from a GGUF, safetensors or config.json file"));
  browse_->setAccessibleName(tr("Choose a model file"));
  browse_->setObjectName(QStringLiteral("browse_model"));
  row->addWidget(browse_);
  connect(browse_, &QToolButton::clicked, this, &NameEditor::choose_file);
}

void NameEditor::set_list(NameList list) {
  names_->set_list(std::move(list));
}

void NameEditor::show_state(const FieldState& state) {
  shown_ = QString::fromStdString(state.given.value_or(std::string()));
  if (!text_->hasFocus() || !text_->isModified()) show_from_start(*text_, shown_);
  const QString usual = QString::fromStdString(state.usual);
  text_->setPlaceholderText(!usual.isEmpty()               ? usual
                            : state.name == "quantization" ? tr("the best that fits")
                                                           : QString());
}

// As wide as its columns and as tall as a screen allows.
void NameEditor::open_list(const QString& typed) {
  filter_->set_typed(typed);
  if (filter_->rowCount() == 0) {
    completer_->popup()->hide();
    return;
  }
  const auto* list = static_cast<const QTreeView*>(completer_->popup());
  const int wanted = list->header()->length() + 2 * list->verticalScrollBar()->sizeHint().width();
  const int widest = std::max(text_->width(), screen()->availableGeometry().width());
  const int width = std::clamp(wanted, text_->width(), widest);
  completer_->setMaxVisibleItems(14);
  completer_->complete(QRect(0, 0, width, text_->height()));
}

void NameEditor::commit(const QString& text) {
  text_->setModified(false);
  if (text.trimmed() == shown_) return;
  emit edited(neutral(text), 0);
}

void NameEditor::choose_file() {
  const QString file =
      QFileDialog::getOpenFileName(this, tr("Choose a Model File"), {},
                                   tr("Models (*.gguf *.safetensors *.json);;All files (*)"));
  if (!file.isEmpty()) commit(file);
}

void NameEditor::dragEnterEvent(QDragEnterEvent* event) {
  if (!local_file(event->mimeData()).isEmpty()) event->acceptProposedAction();
}

void NameEditor::dropEvent(QDropEvent* event) {
  commit(local_file(event->mimeData()));
}

bool NameEditor::eventFilter(QObject* watched, QEvent* event) {
  if (watched == text_ && event->type() == QEvent::KeyPress) {
    const auto* key = static_cast<QKeyEvent*>(event);
    if (key->key() == Qt::Key_Down && !completer_->popup()->isVisible()) {
      open_list({});
      return true;
    }
    if (key->key() == Qt::Key_Escape && text_->isModified()) {
      text_->setText(shown_);
      text_->setModified(false);
      return true;
    }
  }
  return FieldEditor::eventFilter(watched, event);
}

ChoiceEditor::ChoiceEditor(QWidget* parent) : FieldEditor(parent), box_(new QComboBox(this)) {
  row_of(this)->addWidget(box_);
  box_->setSizeAdjustPolicy(QComboBox::AdjustToContents);
  connect(box_, &QComboBox::activated, this,
          [this](int index) { emit edited(neutral(box_->itemData(index).toString()), 0); });
}

void ChoiceEditor::show_state(const FieldState& state) {
  box_->clear();
  if (state.value().empty()) box_->addItem(tr("left open"), QString());
  for (const FieldChoice& choice : state.choices) {
    const QString value = QString::fromStdString(choice.value);
    box_->addItem(engine_word(choice.value).replace(u'_', u' '), value);
  }
  const QString value = QString::fromStdString(state.value());
  if (box_->findData(value) < 0 && !value.isEmpty()) box_->addItem(value, value);
  box_->setCurrentIndex(box_->findData(value));
}

CountEditor::CountEditor(bool with_slider, QWidget* parent)
    : FieldEditor(parent), number_(new QDoubleSpinBox(this)) {
  QHBoxLayout* row = row_of(this);
  if (with_slider) {
    slider_ = new QSlider(Qt::Horizontal, this);
    slider_->setPageStep(1);
    slider_->setTickPosition(QSlider::TicksBelow);
    slider_->setMinimumWidth(fontMetrics().averageCharWidth() * 12);
    number_->setFixedWidth(fontMetrics().averageCharWidth() * 20);
    row->addWidget(slider_, 1);
    connect(slider_, &QSlider::sliderPressed, this, [this] { ++gesture_; });
    connect(slider_, &QSlider::valueChanged, this, &CountEditor::slide);
  }
  number_->setDecimals(0);
  number_->setGroupSeparatorShown(true);
  number_->setKeyboardTracking(false);
  row->addWidget(number_, with_slider ? 0 : 1);
  connect(number_, &QDoubleSpinBox::valueChanged, this, [this](double value) {
    put_slider(value);
    emit edited(std::to_string(std::llround(value)), ++gesture_);
  });
}

void CountEditor::show_state(const FieldState& state) {
  const QSignalBlocker quiet(number_);
  least_ = state.least.value_or(0.0);
  most_ = std::max(least_, state.most.value_or(1e9));
  const double value = number_of(state.value());
  number_->setRange(least_, std::max(most_, value));
  number_->setValue(value);
  // "Batch: 1 sequences" would be no language: only what is always many stands beside its number.
  const bool many = state.unit.starts_with("tokens");
  number_->setSuffix(many ? u' ' + unit_word(state.unit) : QString());
  number_->setSpecialValueText(state.value().empty() ? tr("left open") : QString());
  if (!slider_) return;
  slider_->setObjectName(QStringLiteral("slider_") + objectName().mid(6));
  slider_->setAccessibleName(number_->accessibleName());
  put_slider(value);
}

// Position 0 is the least; position n is 2^(n-1) or, where the least is 1, 2^n; the last the most.
void CountEditor::slide(int position) {
  const int from = least_ < 1.0 ? position - 1 : position;
  const double value =
      from < 0 ? least_ : std::clamp(std::exp2(from / steps_per_octave), least_, most_);
  const QSignalBlocker quiet(number_);
  number_->setValue(value);
  if (!slider_->isSliderDown()) ++gesture_;
  emit edited(std::to_string(std::llround(value)), gesture_);
}

void CountEditor::put_slider(double value) {
  if (!slider_) return;
  const QSignalBlocker quiet(slider_);
  const int shift = least_ < 1.0 ? 1 : 0;
  slider_->setRange(0, shift + static_cast<int>(std::ceil(std::log2(std::max(1.0, most_)))));
  if (slider_->isSliderDown()) return;  // the hand knows best
  const int octave = static_cast<int>(std::lround(std::log2(std::max(1.0, value))));
  slider_->setValue(value < 1.0 ? 0 : octave + shift);
}

ShareEditor::ShareEditor(QWidget* parent) : FieldEditor(parent), number_(new QDoubleSpinBox(this)) {
  row_of(this)->addWidget(number_);
  number_->setRange(0.0, 1.0);
  number_->setSingleStep(0.05);
  number_->setDecimals(3);
  number_->setKeyboardTracking(false);
  connect(number_, &QDoubleSpinBox::valueChanged, this,
          [this](double value) { emit edited(print_number(value, 6), 0); });
}

void ShareEditor::show_state(const FieldState& state) {
  const QSignalBlocker quiet(number_);
  number_->setValue(number_of(state.value()));
}

FlagEditor::FlagEditor(QWidget* parent) : FieldEditor(parent), box_(new QCheckBox(this)) {
  row_of(this)->addWidget(box_);
  connect(box_, &QCheckBox::clicked, this,
          [this](bool on) { emit edited(std::string(on ? "true" : "false"), 0); });
}

void FlagEditor::show_state(const FieldState& state) {
  box_->setChecked(state.value() == "true");
}

TextEditor::TextEditor(QWidget* parent) : FieldEditor(parent), text_(new QLineEdit(this)) {
  row_of(this)->addWidget(text_);
  connect(text_, &QLineEdit::editingFinished, this, [this] {
    if (text_->text() == shown_) return;
    const QString typed = text_->text();
    emit edited(neutral(typed), 0);
  });
}

void TextEditor::show_state(const FieldState& state) {
  shown_ = QString::fromStdString(state.given.value_or(std::string()));
  show_from_start(*text_, shown_);
  text_->setPlaceholderText(state.usual.empty() && state.kind == FieldKind::bytes
                                ? tr("such as 24 GiB")
                                : QString::fromStdString(state.usual));
}

}  // namespace plimsoll::gui

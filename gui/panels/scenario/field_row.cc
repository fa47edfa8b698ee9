#include "panels/scenario/field_row.h"

#include "panels/scenario/field_words.h"
#include "widgets/colours.h"
#include "widgets/screen_text.h"

namespace plimsoll::gui {

FieldRow::FieldRow(const FieldState& state, QGridLayout* layout, QWidget* parent)
    : QObject(parent),
      name_(state.name),
      label_(new QLabel(parent)),
      editor_(make_editor(state, parent)),
      reset_(new QToolButton(parent)),
      problem_(new QLabel(parent)) {
  const QString id = QString::fromStdString(state.name);
  editor_->setObjectName(QStringLiteral("field_") + id);
  editor_->main_control()->setObjectName(QStringLiteral("input_") + id);
  reset_->setObjectName(QStringLiteral("reset_") + id);
  problem_->setObjectName(QStringLiteral("problem_") + id);
  label_->setObjectName(QStringLiteral("label_") + id);
  label_->setBuddy(editor_->main_control());
  label_->setWordWrap(true);
  reset_->setText(QStringLiteral("↺"));
  reset_->setAutoRaise(true);
  reset_->setFocusPolicy(Qt::StrongFocus);
  problem_->setWordWrap(true);
  problem_->hide();
  const int line = layout->rowCount();
  layout->addWidget(label_, line, 0);
  layout->addWidget(editor_, line, 1);
  layout->addWidget(reset_, line, 2);
  layout->addWidget(problem_, line + 1, 0, 1, 3);
  connect(editor_, &FieldEditor::edited, this, &FieldRow::edited);
  connect(reset_, &QToolButton::clicked, this, [this] { emit edited(std::nullopt, 0); });
}

void FieldRow::show_state(const FieldState& state) {
  shown_ = state.applies || state.given.has_value();
  label_->setVisible(shown_);
  editor_->setVisible(shown_);
  // The column keeps its width where a shown field needs no reset; hidden fields take no room.
  QSizePolicy keeps = reset_->sizePolicy();
  keeps.setRetainSizeWhenHidden(shown_);
  reset_->setSizePolicy(keeps);
  const QString help = field_help(state);
  mark(state, help);
  editor_->show_state(state);
  label_->setToolTip(help);
  editor_->setToolTip(help);
  show_problems(state.problems);
}

// Bold for the eye, in words for the ear.
void FieldRow::mark(const FieldState& state, const QString& help) {
  const QString words = field_label(state.name);
  const bool changed = state.changed();
  QFont font = label_->font();
  font.setBold(changed);
  label_->setFont(font);
  label_->setText(changed ? words + QStringLiteral(" •") : words);
  const QString spoken = changed ? tr("%1, changed").arg(words) : words;
  editor_->main_control()->setAccessibleName(spoken);
  editor_->main_control()->setAccessibleDescription(help);
  reset_->setVisible(shown_ && state.given.has_value());
  reset_->setAccessibleName(tr("Back to the default: %1").arg(words));
  reset_->setToolTip(state.usual.empty()
                         ? tr("Leave it open")
                         : tr("Back to the default: %1").arg(value_words(state, state.usual)));
}

void FieldRow::show_problems(const std::vector<FieldProblem>& problems) {
  QStringList lines;
  bool refused = false;
  for (const FieldProblem& problem : problems) {
    lines += localized(problem.text);
    refused = refused || problem.refused;
  }
  problem_->setText(lines.join(u'\n'));
  problem_->setVisible(shown_ && !lines.isEmpty());
  QPalette palette = problem_->palette();
  const Tone tone = refused ? Tone::bad : Tone::caution;
  palette.setColor(QPalette::WindowText, tone_colour(tone, label_->palette()));
  problem_->setPalette(palette);
}

}  // namespace plimsoll::gui

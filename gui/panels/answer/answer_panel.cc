#include "panels/answer/answer_panel.h"

#include <QAccessible>
#include <QClipboard>
#include <QEvent>
#include <QFontDatabase>
#include <QGuiApplication>
#include <QHBoxLayout>
#include <QHeaderView>
#include <QScrollBar>
#include <QVBoxLayout>
#include <initializer_list>
#include <map>

#include "base/quantity_text.h"
#include "evaluate/evaluate.h"
#include "widgets/colours.h"
#include "widgets/screen_text.h"

namespace plimsoll::gui {
namespace {

constexpr int patience_ms = 150;

Tone colour_of(AnswerTone tone) {
  switch (tone) {
    case AnswerTone::good:
      return Tone::good;
    case AnswerTone::caution:
      return Tone::caution;
    case AnswerTone::bad:
      break;
  }
  return Tone::bad;
}

void paint_text(QLabel* label, const QColor& colour) {
  QPalette palette = label->palette();
  palette.setColor(QPalette::WindowText, colour);
  label->setPalette(palette);
}

QLabel* text_label(const char* name, QWidget* parent) {
  auto* label = new QLabel(parent);
  label->setObjectName(QLatin1String(name));
  label->setWordWrap(true);
  label->setTextInteractionFlags(Qt::TextSelectableByMouse | Qt::TextSelectableByKeyboard);
  label->setTextFormat(Qt::PlainText);
  return label;
}

void show_text(QLabel* label, const QString& text) {
  label->setText(text);
  label->setVisible(!text.isEmpty());
}

QString lines_of(const std::vector<std::string>& texts) {
  QStringList lines;
  for (const std::string& text : texts) lines += localized(text);
  return lines.join(u'\n');
}

QTreeWidgetItem* branch(QTreeWidget* tree, const QString& title) {
  auto* item = new QTreeWidgetItem(tree, {title});
  QFont bold = tree->font();
  bold.setBold(true);
  item->setFont(0, bold);
  item->setFirstColumnSpanned(true);
  return item;
}

void add_assumption(const Assumption& figure, QTreeWidgetItem* source) {
  auto* item = new QTreeWidgetItem(source, {engine_word(figure.what), localized(figure.value),
                                            engine_word(status_text(figure))});
  item->setToolTip(0, QString::fromStdString(figure.source));
  if (figure.warning.empty()) return;
  new QTreeWidgetItem(item, {QString::fromStdString(figure.warning)});
}

}  // namespace

AnswerPanel::AnswerPanel(Workspace& workspace, QWidget* parent)
    : QWidget(parent), workspace_(workspace) {
  build();
  patience_.setSingleShot(true);
  patience_.setInterval(patience_ms);
  connect(&patience_, &QTimer::timeout, this, [this] { set_old(true); });
  connect(&workspace_, &Workspace::scenario_changed, this, &AnswerPanel::show_progress);
  connect(&workspace_, &Workspace::answer_changed, this, &AnswerPanel::show_answer);
  show_answer();
}

// The colours of words follow the system from light to dark.
void AnswerPanel::changeEvent(QEvent* event) {
  QWidget::changeEvent(event);
  if (event->type() == QEvent::PaletteChange && details_) show_answer();
}

void AnswerPanel::build() {
  auto* scroll = new QScrollArea(this);
  auto* outer = new QVBoxLayout(this);
  outer->setContentsMargins(0, 0, 0, 0);
  outer->addWidget(scroll);
  body_ = new QWidget(scroll);
  auto* column = new QVBoxLayout(body_);
  auto* head = new QHBoxLayout();
  verdict_ = text_label("verdict", body_);
  QFont large = verdict_->font();
  large.setBold(true);
  large.setPointSizeF(large.pointSizeF() * 1.6);
  verdict_->setFont(large);
  refining_ = text_label("refining", body_);
  refining_->setWordWrap(false);
  head->addWidget(verdict_, 1);
  head->addWidget(refining_);
  column->addLayout(head);
  sentence_ = text_label("sentence", body_);
  subject_ = text_label("subject", body_);
  figures_ = new FigureGrid(QStringLiteral("figure"), body_);
  reading_ = text_label("reading", body_);
  remarks_ = text_label("remarks", body_);
  problems_ = new QListWidget(body_);
  problems_->setObjectName(QStringLiteral("answer_problems"));
  problems_->setAccessibleName(tr("What is wrong with the scenario"));
  problems_->setWordWrap(true);
  const auto jump = [this](QListWidgetItem* item) {
    const auto row = static_cast<std::size_t>(problems_->row(item));
    if (!problem_rows_.at(row).field.empty())
      emit workspace_.field_wanted(problem_rows_[row].field);
  };
  connect(problems_, &QListWidget::itemActivated, this, jump);
  details_ = new QTreeWidget(body_);
  details_->setObjectName(QStringLiteral("assumptions"));
  details_->setAccessibleName(tr("Notes and assumptions"));
  details_->setColumnCount(3);
  details_->setHeaderLabels({tr("Notes and assumptions"), tr("Value"), tr("How sure")});
  details_->header()->setSectionResizeMode(0, QHeaderView::Stretch);
  details_->header()->setSectionResizeMode(1, QHeaderView::ResizeToContents);
  details_->header()->setSectionResizeMode(2, QHeaderView::ResizeToContents);
  details_->setMinimumHeight(fontMetrics().height() * 8);
  for (QWidget* widget : std::initializer_list<QWidget*>{
           sentence_, remarks_, figures_, reading_, command_line(), subject_, problems_, details_})
    column->addWidget(widget);
  column->addStretch(0);
  column->setStretchFactor(details_, 1);
  scroll->setWidget(body_);
  scroll->setWidgetResizable(true);
  scroll->setFrameShape(QFrame::NoFrame);
  setFocusProxy(scroll);
}

QWidget* AnswerPanel::command_line() {
  command_box_ = new QWidget(body_);
  auto* row = new QHBoxLayout(command_box_);
  row->setContentsMargins(0, 0, 0, 0);
  command_ = new QLineEdit(command_box_);
  command_->setObjectName(QStringLiteral("start_command"));
  command_->setReadOnly(true);
  command_->setFont(QFontDatabase::systemFont(QFontDatabase::FixedFont));
  command_->setAccessibleName(tr("Command that starts it"));
  copy_ = new QToolButton(command_box_);
  copy_->setObjectName(QStringLiteral("copy_command"));
  copy_->setText(tr("Copy"));
  copy_->setToolTip(tr("Copy the command that starts it"));
  copy_->setAccessibleName(copy_->toolTip());
  connect(copy_, &QToolButton::clicked, this, &AnswerPanel::copy_command);
  row->addWidget(new QLabel(tr("Start"), command_box_));
  row->addWidget(command_, 1);
  row->addWidget(copy_);
  return command_box_;
}

void AnswerPanel::copy_command() const {
  QGuiApplication::clipboard()->setText(command_->text());
}

void AnswerPanel::show_answer() {
  const std::shared_ptr<const Answer> answer = workspace_.answer();
  patience_.stop();
  if (!answer) {
    show_text(verdict_, tr("Nothing asked yet"));
    show_text(sentence_, tr("Pick a model and a machine."));
    for (QWidget* widget : std::initializer_list<QWidget*>{subject_, reading_, remarks_,
                                                           command_box_, problems_, details_})
      widget->hide();
  } else if (answer->refused()) {
    show_refusal(*answer);
  } else {
    show_figures(answer->evaluation->outcome);
  }
  set_old(false);
  show_progress();
}

void AnswerPanel::show_refusal(const Answer& answer) {
  show_text(verdict_, tr("No answer"));
  paint_text(verdict_, tone_colour(Tone::bad, palette()));
  show_text(sentence_, tr("The scenario cannot be answered as it stands:"));
  problem_rows_ = problem_rows(answer.problems, workspace_.scenario());
  problems_->clear();
  for (const ProblemRow& row : problem_rows_)
    problems_->addItem(
        QString::fromStdString(row.where.empty() ? row.text : row.where + ": " + row.text));
  problems_->show();
  figures_->show_rows({}, 1.0);
  costs_.clear();
  for (QWidget* widget :
       std::initializer_list<QWidget*>{subject_, reading_, remarks_, command_box_, details_})
    widget->hide();
}

void AnswerPanel::show_figures(const Outcome& outcome) {
  const AnswerFigures figures = answer_figures(outcome);
  const QString before = verdict_->text();
  show_text(verdict_, engine_word(figures.verdict.word));
  paint_text(verdict_, tone_colour(colour_of(figures.tone), palette()));
  show_text(sentence_, localized(figures.verdict.sentence));
  show_text(remarks_, lines_of(figures.verdict.remarks));
  show_text(subject_, localized(figures.subject) + u'\n' + localized(figures.workload));
  show_text(reading_, engine_word(figures.reading));
  reading_->setToolTip(
      tr("People read %1 tokens a second").arg(localized(print_number(reading_speed))));
  if (workspace_.answer()->stage == AnswerStage::complete) {
    costs_ = figures.costs;
    money_ = figures.money;
  }
  std::vector<SpeedRow> rows = figures.rows;
  rows.insert(rows.end(), costs_.begin(), costs_.end());
  figures_->show_rows(rows, widest_factor(rows));
  command_->setText(QString::fromStdString(figures.command));
  command_->setCursorPosition(0);
  command_box_->setVisible(!figures.command.empty());
  problems_->hide();
  show_details(outcome, figures);
  if (verdict_->text() == before) return;
  QAccessibleEvent event(verdict_, QAccessible::NameChanged);
  QAccessible::updateAccessibility(&event);
}

void AnswerPanel::show_details(const Outcome& outcome, const AnswerFigures& figures) {
  const int scrolled = details_->verticalScrollBar()->value();
  std::map<QString, bool> was_open;
  for (int i = 0; i < details_->topLevelItemCount(); ++i)
    was_open[details_->topLevelItem(i)->text(0)] = details_->topLevelItem(i)->isExpanded();
  const auto open = [&](const QString& title, bool usually) {
    const auto before = was_open.find(title);
    return before == was_open.end() ? usually : before->second;
  };
  details_->setUpdatesEnabled(false);
  details_->clear();
  const auto add_texts = [&](const QString& title, const std::vector<std::string>& texts) {
    if (texts.empty()) return;
    QTreeWidgetItem* top = branch(details_, title);
    for (const std::string& text : texts) {
      auto* item = new QTreeWidgetItem(top, {localized(text)});
      item->setFirstColumnSpanned(true);
      item->setToolTip(0, localized(text));
    }
    top->setExpanded(open(title, true));
  };
  add_texts(tr("Notes"), figures.notes);
  for (const AssumptionGroup& group : group_assumptions(outcome.assumptions)) {
    const QString title = engine_word(group.title);
    QTreeWidgetItem* top = branch(details_, title);
    if (group.doubtful) top->setForeground(0, tone_colour(Tone::caution, palette()));
    for (const SourceGroup& source : group.sources)
      for (const Assumption* figure : source.figures) add_assumption(*figure, top);
    top->setExpanded(open(title, group.doubtful));
  }
  add_texts(tr("Cost a month"), money_);
  details_->verticalScrollBar()->setValue(scrolled);
  details_->setUpdatesEnabled(true);
  details_->setVisible(details_->topLevelItemCount() > 0);
}

void AnswerPanel::show_progress() {
  const std::shared_ptr<const Answer> answer = workspace_.answer();
  const bool current = workspace_.answer_is_current();
  const bool complete = current && (answer->refused() || answer->stage == AnswerStage::complete);
  // Keeps its place, so that nothing moves when it comes and goes.
  refining_->setText(complete ? QString() : tr("refining…"));
  if (!current && answer && !patience_.isActive()) patience_.start();
}

void AnswerPanel::set_old(bool old) {
  if (old && workspace_.answer_is_current()) return;
  QPalette palette;
  if (old) palette.setColor(QPalette::WindowText, tone_colour(Tone::quiet, this->palette()));
  figures_->setPalette(palette);
  sentence_->setPalette(palette);
  figures_->show_old(old);
  body_->setProperty("old", old);
}

}  // namespace plimsoll::gui

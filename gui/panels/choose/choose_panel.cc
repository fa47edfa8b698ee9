#include "panels/choose/choose_panel.h"

#include <QAction>
#include <QFileDialog>
#include <QFontDatabase>
#include <QHBoxLayout>
#include <QHeaderView>
#include <QLabel>
#include <QMetaObject>
#include <QPlainTextEdit>
#include <QProgressBar>
#include <QPushButton>
#include <QScrollArea>
#include <QSplitter>
#include <QTableView>
#include <QVBoxLayout>
#include <algorithm>
#include <utility>

#include "base/output_file.h"
#include "panels/choose/pareto_view.h"
#include "panels/choose/plan_model.h"
#include "panels/choose/requirement_fields.h"
#include "report/plan_content.h"
#include "widgets/screen_text.h"

namespace plimsoll::gui {

ChoosePanel::ChoosePanel(Workspace& workspace, QWidget* parent)
    : QWidget(parent), workspace_(workspace) {
  auto* layout = new QHBoxLayout(this);
  layout->setContentsMargins(0, 0, 0, 0);
  auto* parts = new QSplitter(Qt::Horizontal, this);
  parts->addWidget(make_form());
  parts->addWidget(make_result());
  parts->setStretchFactor(0, 0);
  parts->setStretchFactor(1, 1);
  layout->addWidget(parts);
  setFocusProxy(fields_->findChild<QWidget*>(QStringLiteral("requirement_model")));
  connect(&workspace_, &Workspace::requirement_opened, this, &ChoosePanel::show_requirement);
  connect(&workspace_, &Workspace::catalog_changed, this,
          [this] { fields_->fill_choices(workspace_.catalog()); });
  // Queued into the window's thread; dropped by Qt when this object is gone.
  desk_ = std::make_unique<PlanDesk>(
      workspace_.catalogs(),
      [this](PlanAnswer answer) {
        QMetaObject::invokeMethod(
            this, [this, answer = std::move(answer)] { receive(answer); }, Qt::QueuedConnection);
      },
      [this](PlanProgress progress) {
        QMetaObject::invokeMethod(
            this, [this, progress] { follow(progress); }, Qt::QueuedConnection);
      });
  set_running(false);
  check_form();
}

ChoosePanel::~ChoosePanel() = default;

QPushButton* ChoosePanel::add_button(const char* name, const QString& title, const QString& tip,
                                     void (ChoosePanel::*act)()) {
  auto* button = new QPushButton(title, this);
  button->setObjectName(QLatin1String(name));
  button->setToolTip(tip);
  QString plain = title;
  button->setAccessibleName(plain.remove(QLatin1Char('&')));
  if (act) connect(button, &QPushButton::clicked, this, act);
  return button;
}

QWidget* ChoosePanel::make_form() {
  auto* form = new QWidget(this);
  auto* layout = new QVBoxLayout(form);
  layout->setContentsMargins(0, 0, 0, 0);
  auto* scroll = new QScrollArea(form);
  scroll->setWidgetResizable(true);
  scroll->setHorizontalScrollBarPolicy(Qt::ScrollBarAlwaysOff);
  fields_ = new RequirementFields(workspace_.catalog(), scroll);
  scroll->setWidget(fields_);
  scroll->setMinimumWidth(fontMetrics().averageCharWidth() * 44);
  layout->addWidget(scroll, 1);
  connect(fields_, &RequirementFields::changed, this, &ChoosePanel::check_form);
  problem_ = new QLabel(form);
  problem_->setObjectName(QStringLiteral("choose_problem"));
  problem_->setWordWrap(true);
  problem_->hide();
  layout->addWidget(problem_);
  auto* files = new QHBoxLayout;
  files->addWidget(add_button("open_requirement", tr("Open…"), tr("Reads a requirement file"),
                              &ChoosePanel::ask_for_file));
  files->addWidget(add_button("save_requirement", tr("Save…"),
                              tr("Writes the form as a requirement file, which the command line "
                                 "program reads too"),
                              &ChoosePanel::ask_where_to_save));
  files->addStretch(1);
  run_ = add_button("run_plan", tr("&Search"), tr("Looks for machines (Ctrl+Return)"),
                    &ChoosePanel::run);
  auto* search = new QAction(this);
  search->setShortcut(QKeySequence(Qt::CTRL | Qt::Key_Return));
  search->setShortcutContext(Qt::WidgetWithChildrenShortcut);
  connect(search, &QAction::triggered, run_, &QPushButton::click);
  addAction(search);
  cancel_ = add_button("cancel_plan", tr("Cancel"),
                       tr("Stops the search and shows the best so far"), &ChoosePanel::cancel);
  files->addWidget(cancel_);
  files->addWidget(run_);
  layout->addLayout(files);
  return form;
}

QWidget* ChoosePanel::make_result() {
  auto* result = new QWidget(this);
  auto* layout = new QVBoxLayout(result);
  layout->setContentsMargins(0, 0, 0, 0);
  summary_ = new QLabel(result);
  summary_->setObjectName(QStringLiteral("choose_summary"));
  summary_->setWordWrap(true);
  summary_->setTextInteractionFlags(Qt::TextSelectableByMouse | Qt::TextSelectableByKeyboard);
  summary_->setText(
      tr("Say what is needed and search: every machine of the catalogue is tried, "
         "alone and joined."));
  layout->addWidget(summary_);
  progress_ = new QProgressBar(result);
  progress_->setObjectName(QStringLiteral("plan_progress"));
  progress_->setAccessibleName(tr("Progress of the search"));
  progress_->setFormat(tr("%v of %m sets of machines"));
  layout->addWidget(progress_);
  auto* parts = new QSplitter(Qt::Horizontal, result);
  chart_ = new ParetoView(parts);
  parts->addWidget(chart_);
  parts->addWidget(make_table());
  parts->setSizes({1000, 1300});  // in proportion
  layout->addWidget(parts, 1);
  connect(chart_, &ParetoView::selected, this, &ChoosePanel::select);
  connect(chart_, &ParetoView::opened, this, &ChoosePanel::open_plan);
  return result;
}

QWidget* ChoosePanel::make_table() {
  auto* parts = new QSplitter(Qt::Vertical, this);
  table_ = new QTableView(parts);
  table_->setObjectName(QStringLiteral("plan_table"));
  table_->setAccessibleName(tr("Plans"));
  plans_ = new PlanModel(this);
  table_->setModel(plans_);
  table_->setSelectionBehavior(QAbstractItemView::SelectRows);
  table_->setSelectionMode(QAbstractItemView::SingleSelection);
  table_->setTabKeyNavigation(false);
  table_->setWordWrap(false);
  table_->verticalHeader()->hide();
  table_->verticalHeader()->setDefaultSectionSize(fontMetrics().height() * 3 / 2);
  // In the order in which the search gives them, until a heading is chosen.
  table_->horizontalHeader()->setSortIndicator(-1, Qt::AscendingOrder);
  table_->setSortingEnabled(true);
  connect(table_->selectionModel(), &QItemSelectionModel::currentRowChanged, this,
          &ChoosePanel::show_details);
  connect(table_, &QTableView::activated, this, &ChoosePanel::open_row);
  parts->addWidget(table_);
  auto* below = new QWidget(parts);
  auto* layout = new QVBoxLayout(below);
  layout->setContentsMargins(0, 0, 0, 0);
  details_ = new QPlainTextEdit(below);
  details_->setObjectName(QStringLiteral("plan_details"));
  details_->setAccessibleName(tr("About the selected plan"));
  details_->setReadOnly(true);
  details_->setTabChangesFocus(true);
  layout->addWidget(details_, 1);
  open_plan_ = add_button("open_plan", tr("Open as &scenario"),
                          tr("Asks the window's question of this plan: one replica of it (Enter "
                             "or double click in the table)"),
                          nullptr);
  connect(open_plan_, &QPushButton::clicked, this, [this] { open_row(table_->currentIndex()); });
  layout->addWidget(open_plan_, 0, Qt::AlignRight);
  parts->addWidget(below);
  parts->setStretchFactor(0, 3);
  parts->setStretchFactor(1, 2);
  return parts;
}

void ChoosePanel::check_form() {
  const CheckedForm checked = check(fields_->form());
  fields_->show_problems(checked.problems);
  const bool model = fields_->form().contains("model");
  run_->setEnabled(checked.requirement.has_value() && model);
  const auto other = checked.problems.find("");
  problem_->setVisible(other != checked.problems.end());
  if (other != checked.problems.end()) problem_->setText(localized(other->second));
}

void ChoosePanel::run() {
  const CheckedForm checked = check(fields_->form());
  if (!checked.requirement) return;
  problem_->hide();
  progress_->setRange(0, 0);
  set_running(true);
  desk_->run(*checked.requirement, ++number_);
}

void ChoosePanel::cancel() {
  desk_->cancel();
}

void ChoosePanel::set_running(bool running) {
  running_ = running;
  progress_->setVisible(running);
  cancel_->setEnabled(running);
}

void ChoosePanel::follow(const PlanProgress& progress) {
  if (!running_ || progress.number != number_) return;
  progress_->setRange(0, static_cast<int>(progress.total));
  progress_->setValue(static_cast<int>(progress.done));
}

void ChoosePanel::receive(PlanAnswer answer) {
  if (answer.number != number_) return;
  set_running(false);
  if (!answer.result) return tell_problems(answer.problems);
  result_ = std::move(answer.result);
  about_ = search_text(*result_);
  table_->horizontalHeader()->setSortIndicator(-1, Qt::AscendingOrder);
  plans_->show(result_);
  chart_->show(result_);
  table_->resizeColumnsToContents();
  // The names of machines leave room for their figures; hovering tells them whole.
  const int widest = fontMetrics().averageCharWidth() * 32;
  table_->setColumnWidth(0, std::min(table_->columnWidth(0), widest));
  summary_->setText(localized(about_.front()));
  show_details();
  if (plans_->rowCount() > 0) table_->selectRow(0);
}

void ChoosePanel::tell_problems(const std::vector<Diagnostic>& problems) {
  std::map<std::string, std::string> by_key;
  QStringList others;
  for (const Diagnostic& problem : problems) {
    if (key_of(problem).empty())
      others += localized(message_of(problem));
    else
      by_key.emplace(key_of(problem), message_of(problem));
  }
  fields_->show_problems(by_key);
  problem_->setText(others.join(QLatin1Char('\n')));
  problem_->setVisible(!others.isEmpty());
}

void ChoosePanel::tell(const std::vector<std::string>& lines) {
  QStringList shown;
  // Commands are typed, not read: their figures stay as they are.
  for (const std::string& line : lines)
    shown += line.starts_with("plimsoll ") ? QString::fromStdString(line) : localized(line);
  details_->setPlainText(shown.join(QLatin1Char('\n')));
}

void ChoosePanel::show_details() {
  const int row = table_->currentIndex().row();
  open_plan_->setEnabled(row >= 0);
  if (row < 0) {
    tell(about_);
    return;
  }
  std::vector<std::string> lines = plans_->table().details(static_cast<std::size_t>(row));
  lines.emplace_back();
  lines.insert(lines.end(), about_.begin(), about_.end());
  tell(lines);
  chart_->select(plans_->table().rows()[static_cast<std::size_t>(row)].plan);
}

void ChoosePanel::select(const PlannedMachine* plan) {
  const int row = plans_->table().row_of(plan);
  if (row >= 0)
    table_->selectRow(row);
  else
    table_->setCurrentIndex({});
  chart_->select(plan);
}

void ChoosePanel::open_row(const QModelIndex& index) {
  if (index.isValid())
    open_plan(plans_->table().rows()[static_cast<std::size_t>(index.row())].plan);
}

void ChoosePanel::open_plan(const PlannedMachine* plan) {
  workspace_.edit(tr("Open plan %1").arg(QString::fromStdString(machines_text(plan->machines))),
                  scenario_of(*plan));
}

void ChoosePanel::show_requirement(const Requirement& requirement) {
  fields_->show_form(form_of(requirement));
  check_form();
}

void ChoosePanel::open_file(const QString& file) {
  try {
    show_requirement(read_requirement(file.toStdString()));
  } catch (const InputError& refused) {
    QStringList lines;
    for (const Diagnostic& problem : refused.diagnostics().sorted())
      lines += localized(to_text(problem));
    problem_->setText(lines.join(QLatin1Char('\n')));
    problem_->show();
  }
}

void ChoosePanel::save_file(const QString& file) {
  const CheckedForm checked = check(fields_->form());
  if (!checked.requirement) return;
  try {
    write_file_atomically(file.toStdString(), to_yaml(*checked.requirement));
  } catch (const InputError& refused) {
    problem_->setText(localized(refused.what()));
    problem_->show();
  }
}

void ChoosePanel::ask_for_file() {
  const QString file = QFileDialog::getOpenFileName(this, tr("Open Requirement"), {},
                                                    tr("Requirement (*.yaml *.yml)"));
  if (!file.isEmpty()) open_file(file);
}

void ChoosePanel::ask_where_to_save() {
  const QString file =
      QFileDialog::getSaveFileName(this, tr("Save Requirement"), QStringLiteral("requirement.yaml"),
                                   tr("Requirement (*.yaml *.yml)"));
  if (!file.isEmpty()) save_file(file);
}

}  // namespace plimsoll::gui

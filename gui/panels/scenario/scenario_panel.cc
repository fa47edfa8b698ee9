#include "panels/scenario/scenario_panel.h"

#include <QTimer>
#include <QVBoxLayout>
#include <array>
#include <utility>

#include "base/contains.h"
#include "panels/scenario/field_words.h"
#include "presenters/problems.h"
#include "presenters/scenario_fields.h"
#include "session/session.h"
#include "widgets/screen_text.h"

namespace plimsoll::gui {
namespace {

struct NameLists {
  NameList models, machines, clusters, engines, links, os;
};

NameLists read_all(const CatalogFactory& catalogs) {
  const std::unique_ptr<Catalog> catalog = catalogs();
  return {.models = model_names(*catalog),
          .machines = machine_names(*catalog),
          .clusters = cluster_names(*catalog),
          .engines = engine_names(*catalog),
          .links = link_names(*catalog),
          .os = os_names(*catalog)};
}

QGridLayout* grid_of(FormSection* section) {
  return static_cast<QGridLayout*>(section->content()->layout());
}

constexpr std::array all_groups = {FieldGroup::model, FieldGroup::machines,  FieldGroup::engine,
                                   FieldGroup::work,  FieldGroup::streaming, FieldGroup::advanced};

}  // namespace

ScenarioPanel::ScenarioPanel(Workspace& workspace, QWidget* parent)
    : QWidget(parent),
      workspace_(workspace),
      scroll_(new QScrollArea(this)),
      own_cluster_(new QLabel(this)),
      problems_(new QLabel(this)),
      lists_(this),
      sizes_(this) {
  auto* column = new QVBoxLayout(this);
  column->setContentsMargins(0, 0, 0, 0);
  column->addWidget(scroll_);
  setFocusProxy(scroll_);
  add_sections();
  connect(&workspace_, &Workspace::scenario_changed, this, &ScenarioPanel::refresh);
  connect(&workspace_, &Workspace::answer_changed, this, &ScenarioPanel::show_answer);
  connect(&workspace_, &Workspace::catalog_changed, this, [this] {
    known_sizes_.clear();
    shown_sizes_.clear();
    refresh();
    if (lists_wanted_) read_lists();
  });
  connect(&workspace_, &Workspace::field_wanted, this, &ScenarioPanel::show_field);
  refresh();
}

// Hundreds of files: after the window has been painted.
void ScenarioPanel::showEvent(QShowEvent* event) {
  QWidget::showEvent(event);
  if (std::exchange(lists_wanted_, true)) return;
  QTimer::singleShot(0, this, &ScenarioPanel::read_lists);
}

void ScenarioPanel::add_sections() {
  auto* form = new QWidget(scroll_);
  auto* column = new QVBoxLayout(form);
  problems_->setWordWrap(true);
  column->addWidget(problems_);
  for (const FieldGroup group : all_groups) {
    auto* section = new FormSection(group_title(group), form);
    auto* grid = new QGridLayout(section->content());
    grid->setColumnStretch(1, 1);
    grid->setColumnMinimumWidth(0, fontMetrics().averageCharWidth() * 18);
    sections_[group] = section;
    column->addWidget(section);
  }
  own_cluster_->setWordWrap(true);
  own_cluster_->setText(tr("The machines are written out one by one: see the Cluster panel."));
  grid_of(sections_[FieldGroup::machines])->addWidget(own_cluster_, 0, 0, 1, 3);
  form_ = scenario_form(workspace_.scenario(), workspace_.catalog());
  for (const FieldState& state : form_.fields) add_row(state, sections_[state.group]);
  for (const FieldGroup group : {FieldGroup::streaming, FieldGroup::advanced})
    sections_[group]->set_open(false);
  column->addStretch(1);
  scroll_->setWidget(form);
  scroll_->setWidgetResizable(true);
  scroll_->setFrameShape(QFrame::NoFrame);
  // It scrolls down, never sideways.
  const int bar = style()->pixelMetric(QStyle::PM_ScrollBarExtent, nullptr, scroll_);
  scroll_->setMinimumWidth(form->minimumSizeHint().width() + bar);
}

void ScenarioPanel::add_row(const FieldState& state, FormSection* section) {
  auto* row = new FieldRow(state, grid_of(section), section->content());
  connect(row, &FieldRow::edited, this,
          [this, row](const std::optional<std::string>& value, int gesture) {
            edit(*row, value, gesture);
          });
  rows_.push_back(row);
}

void ScenarioPanel::refresh() {
  form_ = scenario_form(workspace_.scenario(), workspace_.catalog(), form_);
  for (FieldRow* row : rows_) row->show_state(form_.field(row->name()));
  show_sections(form_);
  read_sizes();
}

// What only the answer knows: the quantization that fits best, and problems that come up after the
// fields were looked at. What is being typed stays.
void ScenarioPanel::show_answer() {
  const std::shared_ptr<const Answer> answer = workspace_.answer();
  if (!workspace_.answer_is_current()) return;
  const std::vector<ProblemRow> problems = problem_rows(answer->problems, workspace_.scenario());
  for (FieldRow* row : rows_) {
    std::vector<FieldProblem> all = form_.field(row->name()).problems;
    for (const ProblemRow& problem : problems) {
      const FieldProblem added{.text = problem.text,
                               .refused = problem.severity == Severity::error};
      if (problem.field == row->name() && !contains(all, added)) all.push_back(added);
    }
    row->show_problems(all);
  }
  const FieldState& quantization = form_.field("quantization");
  if (answer->refused() || quantization.given || !quantization.usual.empty()) return;
  name_editor("quantization")
      ->show_usual(
          tr("%1, the best that fits")
              .arg(QString::fromStdString(answer->evaluation->outcome.facts.quantization)));
}

void ScenarioPanel::show_sections(const ScenarioForm& form) {
  own_cluster_->setVisible(form.own_cluster);
  QStringList problems;
  for (const FieldProblem& problem : form.problems) problems += localized(problem.text);
  problems_->setText(problems.join(u'\n'));
  problems_->setVisible(!problems.isEmpty());
  bool streams = false;
  for (FieldRow* row : rows_) {
    const FieldState& state = form.field(row->name());
    if (state.group == FieldGroup::streaming) streams = streams || row->is_shown();
  }
  sections_[FieldGroup::streaming]->setVisible(streams);
}

void ScenarioPanel::edit(FieldRow& row, const std::optional<std::string>& value, int gesture) {
  const FieldState& state = form_.field(row.name());
  const QString label = field_label(row.name());
  ScenarioSpec after = workspace_.scenario();
  if (!set_field(after, row.name(), value)) {
    const QString why = tr("'%1' is no value here").arg(QString::fromStdString(*value));
    row.show_problems({{.text = why.toStdString()}});
    return;
  }
  const QString name = value ? tr("Change %1 to %2").arg(label, value_words(state, *value))
                             : tr("Leave %1 Open").arg(label);
  const std::string merge_key =
      gesture > 0 ? row.name() + "#" + std::to_string(gesture) : std::string();
  workspace_.edit(name, std::move(after), merge_key);
}

void ScenarioPanel::show_field(const std::string& name) {
  for (FieldRow* row : rows_) {
    if (row->name() != name) continue;
    const FieldState& state = form_.field(name);
    sections_[state.group]->set_open(true);
    scroll_->ensureWidgetVisible(row->editor());
    row->editor()->main_control()->setFocus(Qt::OtherFocusReason);
  }
}

NameEditor* ScenarioPanel::name_editor(const char* field) {
  for (FieldRow* row : rows_)
    if (row->name() == field) return qobject_cast<NameEditor*>(row->editor());
  return nullptr;
}

void ScenarioPanel::read_lists() {
  if (lists_.busy()) return;
  lists_.run([catalogs = workspace_.catalogs()] { return read_all(catalogs); },
             [this](NameLists read) {
               NameRow here{.id = this_machine,
                            .name = tr("this machine").toStdString(),
                            .cells = std::vector<NameCell>(read.machines.columns.size()),
                            .search = this_machine + std::string(" thismachine")};
               read.machines.rows.insert(read.machines.rows.begin(), std::move(here));
               name_editor("model")->set_list(std::move(read.models));
               name_editor("system")->set_list(std::move(read.machines));
               name_editor("cluster")->set_list(std::move(read.clusters));
               name_editor("engine")->set_list(std::move(read.engines));
               name_editor("system.link")->set_list(std::move(read.links));
               name_editor("system.os")->set_list(std::move(read.os));
               lists_read_ = true;
             });
}

// The sizes of the model in every quantization, worked out once.
void ScenarioPanel::read_sizes() {
  const std::string model = workspace_.scenario().model.value.value_or("");
  const std::string engine = form_.field("engine").value();
  const std::string key = model + "\n" + engine;
  if (model.empty() || sizes_.busy()) return;
  if (const auto known = known_sizes_.find(key); known != known_sizes_.end()) {
    if (shown_sizes_ != key) name_editor("quantization")->set_list(known->second);
    shown_sizes_ = key;
    return;
  }
  sizes_.run(
      [catalogs = workspace_.catalogs(), model, engine] {
        const std::unique_ptr<Catalog> catalog = catalogs();
        return quantization_names(model, engine, *catalog);
      },
      [this, key](NameList list) {
        known_sizes_[key] = std::move(list);
        read_sizes();  // the scenario may name another model by now
      });
}

}  // namespace plimsoll::gui

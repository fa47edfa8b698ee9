#include "panels/changes/changes_panel.h"

#include <QAction>
#include <QHBoxLayout>
#include <QHeaderView>
#include <QMessageBox>
#include <QVBoxLayout>
#include <algorithm>

#include "scenario/scenario_edit.h"
#include "widgets/screen_text.h"

namespace plimsoll::gui {

ChangesPanel::ChangesPanel(Workspace& workspace, QWidget* parent)
    : QWidget(parent),
      workspace_(workspace),
      model_(new ChangesModel(this)),
      filter_(new KindFilter(this)),
      kinds_(new QComboBox(this)),
      table_(new QTableView(this)),
      state_(new QLabel(this)),
      about_(new QLabel(this)),
      apply_(new QPushButton(tr("&Apply"), this)) {
  build();
  connect(&workspace_, &Workspace::scenario_changed, this, &ChangesPanel::show_selected);
  connect(&workspace_, &Workspace::answer_changed, this, &ChangesPanel::show_changes);
  show_changes();
}

void ChangesPanel::build() {
  filter_->setSourceModel(model_);
  filter_->setSortRole(ChangesModel::sort_role);
  table_->setModel(filter_);
  table_->setObjectName(QStringLiteral("changes_table"));
  table_->setAccessibleName(tr("Changes, best first"));
  table_->setSelectionBehavior(QAbstractItemView::SelectRows);
  table_->setSelectionMode(QAbstractItemView::SingleSelection);
  table_->setEditTriggers(QAbstractItemView::NoEditTriggers);
  table_->setTabKeyNavigation(false);
  table_->setSortingEnabled(true);
  table_->horizontalHeader()->setSortIndicator(-1, Qt::DescendingOrder);
  table_->horizontalHeader()->setSortIndicatorClearable(true);
  table_->horizontalHeader()->setSectionResizeMode(QHeaderView::ResizeToContents);
  table_->horizontalHeader()->setSectionResizeMode(ChangesModel::remarks, QHeaderView::Stretch);
  table_->verticalHeader()->hide();
  setFocusProxy(table_);
  kinds_->setObjectName(QStringLiteral("changes_kind"));
  kinds_->setAccessibleName(tr("Kind of change"));
  kinds_->setSizeAdjustPolicy(QComboBox::AdjustToContents);
  about_->setWordWrap(true);
  about_->setTextInteractionFlags(Qt::TextSelectableByMouse);
  apply_->setObjectName(QStringLiteral("changes_apply"));
  apply_->setToolTip(tr("Make the selected change; Undo takes it back"));
  auto* top = new QHBoxLayout();
  auto* label = new QLabel(tr("&Kind:"), this);
  label->setBuddy(kinds_);
  top->addWidget(label);
  top->addWidget(kinds_);
  top->addWidget(state_, 1);
  top->addWidget(apply_);
  auto* column = new QVBoxLayout(this);
  column->addLayout(top);
  column->addWidget(table_, 1);
  column->addWidget(about_);
  connect(apply_, &QPushButton::clicked, this, &ChangesPanel::apply);
  connect(table_, &QTableView::activated, this, &ChangesPanel::apply);
  connect(kinds_, &QComboBox::currentIndexChanged, this, [this] {
    filter_->set_kind(kinds_->currentData().toString().toStdString());
    show_selected();
  });
  connect(table_->selectionModel(), &QItemSelectionModel::currentRowChanged, this,
          &ChangesPanel::show_selected);
}

// Those of the last complete answer stay until the next is there.
void ChangesPanel::show_changes() {
  const std::shared_ptr<const Answer> answer = workspace_.answer();
  if (answer && answer->refused()) model_->set_rows({});
  if (answer && !answer->refused() && answer->stage == AnswerStage::complete) {
    model_->set_rows(change_rows(answer->evaluation->outcome));
    if (model_->rowCount() > 0) table_->selectRow(0);
  }
  show_kinds();
  show_selected();
}

void ChangesPanel::show_kinds() {
  const QSignalBlocker quiet(kinds_);
  const QVariant before = kinds_->currentData();
  std::vector<ChangeRow> rows;
  for (int i = 0; i < model_->rowCount(); ++i) rows.push_back(model_->row(i));
  kinds_->clear();
  kinds_->addItem(tr("all"), QString());
  for (const std::string& kind : kinds_of(rows))
    kinds_->addItem(engine_word(kind), QString::fromStdString(kind));
  kinds_->setCurrentIndex(std::max(0, kinds_->findData(before)));
  filter_->set_kind(kinds_->currentData().toString().toStdString());
}

const ChangeRow* ChangesPanel::selected() const {
  const QModelIndex index = table_->currentIndex();
  return index.isValid() ? &model_->row(filter_->mapToSource(index).row()) : nullptr;
}

void ChangesPanel::show_selected() {
  const std::shared_ptr<const Answer> answer = workspace_.answer();
  const bool ready = workspace_.answer_is_current() && !answer->refused() &&
                     answer->stage == AnswerStage::complete;
  const ChangeRow* row = selected();
  apply_->setEnabled(ready && row);
  const bool none = ready && model_->rowCount() == 0;
  state_->setText(none                ? tr("No single change would help.")
                  : ready || !answer  ? QString()
                  : answer->refused() ? tr("The scenario cannot be answered as it stands.")
                                      : tr("working out changes…"));
  about_->setText(row ? QString::fromStdString(row->option) : QString());
  about_->setVisible(row);
}

void ChangesPanel::apply() {
  if (!apply_->isEnabled()) return;
  const ChangeRow change = *selected();
  try {
    workspace_.edit(localized(change.change), with_overrides(workspace_.scenario(), change.set));
  } catch (const InputError& refused) {
    QMessageBox::warning(this, tr("Changes"), QString::fromStdString(refused.what()));
  }
}

}  // namespace plimsoll::gui

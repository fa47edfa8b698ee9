#include "panels/compare/compare_panel.h"

#include <QHeaderView>
#include <QScrollArea>
#include <QSplitter>
#include <QTabWidget>
#include <QVBoxLayout>
#include <algorithm>
#include <utility>

#include "app/settings.h"
#include "scenario/scenario_edit.h"
#include "widgets/screen_text.h"

namespace plimsoll::gui {
namespace {

constexpr auto pins_key = "compare/pins";

}  // namespace

ComparePanel::ComparePanel(Workspace& workspace, QWidget* parent)
    : QWidget(parent),
      workspace_(workspace),
      tools_(new QToolBar(this)),
      list_(new QListWidget(this)),
      model_(new ComparisonModel(this)),
      table_(new QTableView(this)),
      bars_(new ComparisonBars(this)),
      state_(new QLabel(this)),
      worker_(this) {
  build();
  build_actions(parent);
  load();
  connect(&workspace_, &Workspace::catalog_changed, this, &ComparePanel::compare);
  pins_changed(0);
}

void ComparePanel::build() {
  list_->setObjectName(QStringLiteral("pins"));
  list_->setAccessibleName(tr("Pinned scenarios"));
  list_->setEditTriggers(QAbstractItemView::EditKeyPressed | QAbstractItemView::SelectedClicked);
  list_->setDragDropMode(QAbstractItemView::InternalMove);
  setFocusProxy(list_);
  table_->setModel(model_);
  table_->setObjectName(QStringLiteral("comparison"));
  table_->setAccessibleName(tr("Pinned scenarios side by side"));
  table_->setTabKeyNavigation(false);
  table_->setWordWrap(true);
  table_->horizontalHeader()->setSectionResizeMode(QHeaderView::ResizeToContents);
  table_->verticalHeader()->setSectionResizeMode(QHeaderView::ResizeToContents);
  auto* scroll = new QScrollArea(this);
  picture_ = new Picture(
      tr("Pinned scenarios"), bars_, [this] { return model_->as_text(); }, this);
  scroll->setWidget(picture_);
  scroll->setWidgetResizable(true);
  auto* views = new QTabWidget(this);
  views->setDocumentMode(true);
  views->addTab(table_, tr("Table"));
  views->addTab(scroll, tr("Bars"));
  auto* split = new QSplitter(this);
  split->addWidget(list_);
  split->addWidget(views);
  split->setStretchFactor(1, 1);
  state_->setObjectName(QStringLiteral("compare_state"));
  state_->setWordWrap(true);
  auto* column = new QVBoxLayout(this);
  column->setContentsMargins(0, 0, 0, 0);
  column->addWidget(tools_);
  column->addWidget(split, 1);
  column->addWidget(state_);
  connect(list_, &QListWidget::currentRowChanged, this, &ComparePanel::enable_actions);
  connect(list_, &QListWidget::itemChanged, this, &ComparePanel::rename_from);
  connect(list_, &QListWidget::itemDoubleClicked, this, &ComparePanel::open);
  // Queued: the list is still moving its items.
  connect(list_->model(), &QAbstractItemModel::rowsMoved, this, &ComparePanel::reorder,
          Qt::QueuedConnection);
}

QAction* ComparePanel::add_action(const char* name, const QString& text, const QKeySequence& keys,
                                  void (ComparePanel::*act)()) {
  auto* action = new QAction(text, this);
  action->setObjectName(QLatin1String(name));
  action->setShortcut(keys);
  action->setShortcutContext(Qt::WidgetWithChildrenShortcut);
  action->setToolTip(text + QStringLiteral(" (") + keys.toString(QKeySequence::NativeText) + u')');
  connect(action, &QAction::triggered, this, act);
  addAction(action);
  tools_->addAction(action);
  return action;
}

// Pinning works wherever the keyboard is.
void ComparePanel::build_actions(QWidget* window) {
  pin_ = add_action("pin_scenario", tr("&Pin Scenario"), Qt::CTRL | Qt::Key_D, &ComparePanel::pin);
  if (window) {
    pin_->setShortcutContext(Qt::WindowShortcut);
    window->addAction(pin_);
  }
  rename_ = add_action("pin_rename", tr("&Rename"), Qt::Key_F2, &ComparePanel::rename);
  remove_ = add_action("pin_remove", tr("Re&move"), QKeySequence::Delete, &ComparePanel::remove);
  up_ = add_action("pin_up", tr("Move &Up"), Qt::ALT | Qt::Key_Up, &ComparePanel::move_up);
  down_ =
      add_action("pin_down", tr("Move &Down"), Qt::ALT | Qt::Key_Down, &ComparePanel::move_down);
  open_ = add_action("pin_open", tr("&Open as Scenario"), Qt::CTRL | Qt::Key_Return,
                     &ComparePanel::open);
}

int ComparePanel::selected() const {
  return list_->currentRow();
}

void ComparePanel::pin() {
  const ScenarioSpec& spec = workspace_.scenario();
  pins_.push_back({.name = unused_name(pin_name(spec), pins_), .spec = spec});
  pins_changed(static_cast<int>(pins_.size()) - 1);
}

void ComparePanel::rename() {
  if (list_->currentItem()) list_->editItem(list_->currentItem());
}

void ComparePanel::rename_from(QListWidgetItem* item) {
  const int row = list_->row(item);
  const QString name = item->text().trimmed();
  Pin& pin = pins_.at(static_cast<std::size_t>(row));
  if (!name.isEmpty()) pin.name = name.toStdString();
  pins_changed(row);
}

// As the items were dragged.
void ComparePanel::reorder() {
  std::vector<Pin> moved;
  for (int row = 0; row < list_->count(); ++row)
    moved.push_back(pins_.at(list_->item(row)->data(Qt::UserRole).toULongLong()));
  pins_ = std::move(moved);
  pins_changed(selected());
}

void ComparePanel::remove() {
  const int row = selected();
  if (row < 0) return;
  pins_.erase(pins_.begin() + row);
  pins_changed(std::min(row, static_cast<int>(pins_.size()) - 1));
}

void ComparePanel::move_up() {
  move(-1);
}

void ComparePanel::move_down() {
  move(1);
}

void ComparePanel::move(int by) {
  const int from = selected();
  const int to = from + by;
  if (from < 0 || to < 0 || to >= static_cast<int>(pins_.size())) return;
  std::swap(pins_[static_cast<std::size_t>(from)], pins_[static_cast<std::size_t>(to)]);
  pins_changed(to);
}

void ComparePanel::open() {
  const int row = selected();
  if (row < 0) return;
  const Pin& pin = pins_[static_cast<std::size_t>(row)];
  workspace_.edit(tr("Open Pin %1").arg(QString::fromStdString(pin.name)), pin.spec);
}

void ComparePanel::pins_changed(int select) {
  list_pins(select);
  save();
  compare();
}

void ComparePanel::list_pins(int select) {
  const QSignalBlocker quiet(list_);
  list_->clear();
  for (std::size_t i = 0; i < pins_.size(); ++i) {
    auto* item = new QListWidgetItem(QString::fromStdString(pins_[i].name), list_);
    item->setData(Qt::UserRole, QVariant::fromValue<qulonglong>(i));
    item->setFlags(item->flags() | Qt::ItemIsEditable);
  }
  list_->setCurrentRow(select);
  enable_actions();
}

void ComparePanel::enable_actions() {
  const int row = selected();
  for (QAction* action : {rename_, remove_, open_}) action->setEnabled(row >= 0);
  up_->setEnabled(row > 0);
  down_->setEnabled(row >= 0 && row + 1 < static_cast<int>(pins_.size()));
}

// One comparison at a time; whoever changes the pins meanwhile gets another one after it.
void ComparePanel::compare() {
  ++wanted_;
  if (pins_.empty()) {
    shown_ = wanted_;
    show_comparison({});
    return;
  }
  state_->setText(tr("comparing…"));
  if (worker_.busy()) return;
  worker_.run(
      [pins = pins_, catalogs = workspace_.catalogs()] {
        const std::unique_ptr<Catalog> catalog = catalogs();
        return compare_pins(pins, *catalog);
      },
      [this, number = wanted_](const PinnedComparison& result) {
        if (number != wanted_) return compare();
        shown_ = number;
        show_comparison(result);
      });
}

void ComparePanel::show_comparison(const PinnedComparison& result) {
  model_->set_table(result.table);
  bars_->show_table(result.table);
  QStringList lines;
  for (const std::string& problem : result.problems) lines += QString::fromStdString(problem);
  if (pins_.empty()) lines += tr("Pin the scenario under edit with Ctrl+D, change it, pin again.");
  if (!result.table.criterion.empty() && result.table.names.size() > 1)
    lines += engine_word(result.table.criterion);
  state_->setText(lines.join(u'\n'));
}

// Pins that cannot be read any more are dropped: nobody could repair them here.
void ComparePanel::load() {
  Settings settings;
  const int count = settings.beginReadArray(QLatin1String(pins_key));
  for (int i = 0; i < count; ++i) {
    settings.setArrayIndex(i);
    const std::string name = settings.value(QStringLiteral("name")).toString().toStdString();
    const std::string text = settings.value(QStringLiteral("scenario")).toString().toStdString();
    try {
      pins_.push_back({.name = name, .spec = parse_scenario(text, name)});
    } catch (const InputError&) {
      continue;
    }
  }
  settings.endArray();
}

void ComparePanel::save() const {
  Settings settings;
  settings.remove(QLatin1String(pins_key));
  settings.beginWriteArray(QLatin1String(pins_key), static_cast<int>(pins_.size()));
  for (std::size_t i = 0; i < pins_.size(); ++i) {
    settings.setArrayIndex(static_cast<int>(i));
    settings.setValue(QStringLiteral("name"), QString::fromStdString(pins_[i].name));
    settings.setValue(QStringLiteral("scenario"), QString::fromStdString(to_yaml(pins_[i].spec)));
  }
  settings.endArray();
}

}  // namespace plimsoll::gui

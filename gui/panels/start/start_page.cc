#include "panels/start/start_page.h"

#include <QCommandLinkButton>
#include <QDateTime>
#include <QFileInfo>
#include <QFrame>
#include <QHBoxLayout>
#include <QHeaderView>
#include <QLabel>
#include <QListWidget>
#include <QLocale>
#include <QPushButton>
#include <QTreeWidget>
#include <QVBoxLayout>

#include "panels/start/ranking_view.h"

namespace plimsoll::gui {
namespace {

constexpr int file_role = Qt::UserRole;

QLabel* heading(const QString& text, int level, QWidget* parent) {
  // As a tag rather than a font: a font of its own would not grow with the program's.
  auto* label = new QLabel(parent);
  label->setTextFormat(Qt::RichText);
  label->setText(QStringLiteral("<h%1>%2</h%1>").arg(level).arg(text.toHtmlEscaped()));
  return label;
}

// "desk-clusters" -> "Desk clusters"
QString group_title(const std::string& group) {
  QString title = QString::fromStdString(group).replace(u'-', u' ');
  if (!title.isEmpty()) title[0] = title[0].toUpper();
  return title;
}

}  // namespace

StartPage::StartPage(Workspace& workspace, QWidget* parent)
    : QWidget(parent), lost_(new QFrame(this)), below_(new QStackedWidget(this)) {
  setObjectName(QStringLiteral("start"));
  setAccessibleName(tr("Start"));
  lost_->setObjectName(QStringLiteral("lost"));
  lost_->setFrameShape(QFrame::StyledPanel);
  lost_rows_ = new QVBoxLayout(lost_);
  lost_->hide();
  below_->addWidget(files());
  below_->addWidget(ranking_page(workspace));
  auto* layout = new QVBoxLayout(this);
  const int margin = fontMetrics().height() * 2;
  layout->setContentsMargins(margin, margin, margin, margin);
  layout->setSpacing(fontMetrics().height());
  layout->addWidget(heading(QStringLiteral("Plimsoll"), 1, this));
  auto* purpose = new QLabel(
      tr("Which language model runs on which machine, how fast, and what would help."), this);
  purpose->setWordWrap(true);
  layout->addWidget(purpose);
  layout->addWidget(lost_);
  layout->addWidget(questions());
  layout->addWidget(below_, 1);
}

QWidget* StartPage::questions() {
  auto* row = new QWidget(this);
  auto* layout = new QHBoxLayout(row);
  layout->setContentsMargins(0, 0, 0, 0);
  const auto ask = [&](const char* name, const QString& question, const QString& explanation) {
    auto* button = new QCommandLinkButton(question, explanation, row);
    button->setObjectName(QLatin1String(name));
    button->setAccessibleName(question);
    button->setAccessibleDescription(explanation);
    QSizePolicy policy = button->sizePolicy();
    policy.setHorizontalPolicy(QSizePolicy::Expanding);
    policy.setVerticalPolicy(QSizePolicy::Preferred);
    button->setSizePolicy(policy);
    layout->addWidget(button, 1);
    return button;
  };
  auto* here = ask("ask_here", tr("What can this machine &run?"),
                   tr("Looks at this machine and tries every model of the catalogue on it."));
  auto* model = ask("ask_model", tr("Will this &model run on …?"),
                    tr("Pick a model and a machine, and see what fits and how fast."));
  auto* choose = ask("ask_choose", tr("What do I need &for …?"),
                     tr("Say how fast and for how many, and see what to buy or rent."));
  connect(here, &QPushButton::clicked, this, [this] {
    below_->setCurrentIndex(1);
    ranking_->begin();
  });
  connect(model, &QPushButton::clicked, this, &StartPage::scenario_wanted);
  connect(choose, &QPushButton::clicked, this, &StartPage::choose_wanted);
  return row;
}

QWidget* StartPage::files() {
  auto* page = new QWidget(this);
  recent_ = new QListWidget(page);
  recent_->setObjectName(QStringLiteral("recent"));
  recent_->setAccessibleName(tr("Recent files"));
  no_recent_ = new QLabel(tr("Files that you open or save stand here."), page);
  no_recent_->setForegroundRole(QPalette::PlaceholderText);
  no_recent_->setWordWrap(true);
  auto* open = new QPushButton(tr("&Open a File…"), page);
  open->setObjectName(QStringLiteral("start_open"));
  examples_ = new QTreeWidget(page);
  examples_->setObjectName(QStringLiteral("examples"));
  examples_->setAccessibleName(tr("Examples"));
  examples_->setHeaderHidden(true);
  examples_->setToolTip(tr("Published setups; Enter or double click opens one"));
  auto* left = new QVBoxLayout;
  left->addWidget(heading(tr("Recent files"), 3, page));
  left->addWidget(no_recent_);
  left->addWidget(recent_, 1);
  left->addWidget(open, 0, Qt::AlignLeft);
  auto* right = new QVBoxLayout;
  right->addWidget(heading(tr("Examples"), 3, page));
  right->addWidget(examples_, 1);
  auto* layout = new QHBoxLayout(page);
  layout->setContentsMargins(0, 0, 0, 0);
  layout->setSpacing(fontMetrics().height() * 2);
  layout->addLayout(left, 2);
  layout->addLayout(right, 3);
  connect(open, &QPushButton::clicked, this, &StartPage::open_wanted);
  connect(recent_, &QListWidget::itemActivated, this, [this](const QListWidgetItem* item) {
    emit file_wanted(item->data(file_role).toString());
  });
  connect(examples_, &QTreeWidget::itemActivated, this, [this](QTreeWidgetItem* item) {
    const QString file = item->data(0, file_role).toString();
    if (!file.isEmpty()) emit file_wanted(file);
  });
  return page;
}

QWidget* StartPage::ranking_page(Workspace& workspace) {
  auto* page = new QWidget(this);
  ranking_ = new RankingView(workspace, page);
  auto* back = new QPushButton(tr("&Back to Examples and Recent Files"), page);
  back->setObjectName(QStringLiteral("ranking_back"));
  auto* layout = new QVBoxLayout(page);
  layout->setContentsMargins(0, 0, 0, 0);
  layout->addWidget(ranking_, 1);
  layout->addWidget(back, 0, Qt::AlignLeft);
  connect(back, &QPushButton::clicked, this, [this] { below_->setCurrentIndex(0); });
  connect(ranking_, &RankingView::chosen, this, &StartPage::here_wanted);
  return page;
}

void StartPage::set_recent(const RecentFiles& recent) {
  recent_->clear();
  for (const std::string& file : recent.files()) {
    const QString path = QString::fromStdString(file);
    auto* item = new QListWidgetItem(QFileInfo(path).fileName(), recent_);
    item->setToolTip(path);
    item->setData(file_role, path);
    if (!QFileInfo::exists(path)) item->setText(tr("%1 (no longer there)").arg(item->text()));
  }
  no_recent_->setVisible(recent.files().empty());
}

void StartPage::set_examples(const std::vector<Example>& examples) {
  examples_->clear();
  QTreeWidgetItem* group = nullptr;
  std::string group_name;
  for (const Example& example : examples) {
    if (!group || example.group != group_name) {
      group_name = example.group;
      group = new QTreeWidgetItem(examples_, {group_title(example.group)});
    }
    auto* item = new QTreeWidgetItem(group, {QString::fromStdString(example.name)});
    item->setData(0, file_role, QString::fromStdString(example.file.string()));
    item->setToolTip(0, QString::fromStdString(example.file.string()));
  }
  examples_->expandAll();
}

void StartPage::set_lost(const std::vector<LostScenario>& lost) {
  for (QWidget* row : lost_->findChildren<QWidget*>(QString(), Qt::FindDirectChildrenOnly)) {
    row->hide();
    row->deleteLater();
  }
  for (const LostScenario& each : lost) add_lost(each);
  lost_->setVisible(!lost.empty());
}

void StartPage::add_lost(const LostScenario& lost) {
  auto* row = new QWidget(lost_);
  const QString name =
      lost.original.isEmpty() ? tr("a new scenario") : QFileInfo(lost.original).fileName();
  const QString when =
      QLocale().toString(QFileInfo(lost.copy).lastModified(), QLocale::ShortFormat);
  auto* text = new QLabel(
      tr("The program ended before changes to %1 were saved (copy of %2).").arg(name, when), row);
  text->setWordWrap(true);
  auto* recover = new QPushButton(tr("Re&cover"), row);
  recover->setObjectName(QStringLiteral("recover"));
  auto* forget = new QPushButton(tr("&Discard"), row);
  forget->setObjectName(QStringLiteral("forget"));
  auto* layout = new QHBoxLayout(row);
  layout->setContentsMargins(0, 0, 0, 0);
  layout->addWidget(text, 1);
  layout->addWidget(recover);
  layout->addWidget(forget);
  lost_rows_->addWidget(row);
  connect(recover, &QPushButton::clicked, this, [this, lost] { emit recover_wanted(lost); });
  connect(forget, &QPushButton::clicked, this, [this, lost] { emit forget_wanted(lost); });
}

}  // namespace plimsoll::gui

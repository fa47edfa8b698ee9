#include "app/help_window.h"

#include <QDialogButtonBox>
#include <QFile>
#include <QLocale>
#include <QPushButton>
#include <QTextBrowser>
#include <QVBoxLayout>

namespace plimsoll::gui {
namespace {

// In the user's language, else in English.
QString page_text(const QString& page) {
  const QString language = QLocale().name().section(u'_', 0, 0);
  for (const QString& folder :
       {QStringLiteral(":/help/") + language, QStringLiteral(":/help/en")}) {
    QFile file(folder + u'/' + page + QStringLiteral(".md"));
    if (file.open(QIODevice::ReadOnly)) return QString::fromUtf8(file.readAll());
  }
  return {};
}

// Of the libraries that are in the program; the texts are in the packages they come from.
struct Library {
  const char* name;
  const char* licence;
};
constexpr Library libraries[] = {
    {"Qt 6 (Widgets, SVG, Print Support)", "LGPL-3.0"},
    {"Qt Charts 6", "GPL-3.0"},
    {"yaml-cpp", "MIT"},
    {"fmt", "MIT"},
    {"JSON for Modern C++", "MIT"},
    {"Boost", "BSL-1.0"},
    {"oneTBB", "Apache-2.0"},
    {"hwloc", "BSD-3-Clause"},
};

}  // namespace

HelpWindow::HelpWindow(QWidget* parent) : QDialog(parent), text_(new QTextBrowser(this)) {
  setObjectName(QStringLiteral("help"));
  setWindowTitle(tr("Plimsoll Help"));
  text_->setObjectName(QStringLiteral("help_text"));
  text_->setAccessibleName(tr("Help"));
  text_->setOpenLinks(false);
  connect(text_, &QTextBrowser::anchorClicked, this,
          [this](const QUrl& link) { show_page(link.path().section(u'.', 0, 0).toStdString()); });
  auto* buttons = new QDialogButtonBox(QDialogButtonBox::Close, this);
  auto* contents = buttons->addButton(tr("&Contents"), QDialogButtonBox::ActionRole);
  connect(contents, &QPushButton::clicked, this, [this] { show_page("index"); });
  connect(buttons, &QDialogButtonBox::rejected, this, &QDialog::reject);
  auto* layout = new QVBoxLayout(this);
  layout->addWidget(text_);
  layout->addWidget(buttons);
  resize(fontMetrics().averageCharWidth() * 90, fontMetrics().height() * 34);
}

void HelpWindow::show_markdown(const QString& text) {
  text_->setMarkdown(text);
  show();
  raise();
  activateWindow();
  text_->setFocus();
}

void HelpWindow::show_page(const std::string& page) {
  QString text = page_text(QString::fromStdString(page));
  if (text.isEmpty()) text = page_text(QStringLiteral("index"));
  show_markdown(text);
}

void HelpWindow::show_shortcuts(const std::vector<QAction*>& actions) {
  QString text = QStringLiteral("# %1\n\n| %2 | %3 |\n| --- | --- |\n")
                     .arg(tr("Keyboard shortcuts"), tr("Keys"), tr("What they do"));
  for (const QAction* action : actions) {
    if (action->shortcut().isEmpty()) continue;
    QString name = action->text();
    name.remove(u'&').remove(u'…');
    text += QStringLiteral("| %1 | %2 |\n")
                .arg(action->shortcut().toString(QKeySequence::NativeText), name);
  }
  show_markdown(text);
}

void HelpWindow::show_about() {
  QString text = QStringLiteral("# Plimsoll " PLIMSOLL_VERSION "\n\n") +
                 tr("Capacity planner and simulator for machines that run large language models.");
  text += QStringLiteral("\n\n## %1\n\n").arg(tr("Licences"));
  text +=
      tr("The engine, the command line program and the sources of this program are under the "
         "Apache License 2.0.");
  text += QStringLiteral("\n\n");
  text +=
      tr("This program is linked with Qt Charts, which the Qt Company offers under the GNU "
         "General Public License 3.0 or a commercial licence. Who passes the program on as it "
         "is built here therefore passes it on under the GPL 3.0: with its source, and with "
         "the right to change it. The command line program and the engine contain no Qt, and "
         "stay under the Apache License alone.");
  text += QStringLiteral("\n\n| %1 | %2 |\n| --- | --- |\n").arg(tr("Library"), tr("Licence"));
  for (const Library& library : libraries)
    text += QStringLiteral("| %1 | %2 |\n")
                .arg(QLatin1String(library.name), QLatin1String(library.licence));
  show_markdown(text);
}

}  // namespace plimsoll::gui

// The pages of gui/help, and lists made from the program itself.
#pragma once

#include <QAction>
#include <QDialog>
#include <string>
#include <vector>

class QTextBrowser;

namespace plimsoll::gui {

class HelpWindow : public QDialog {
  Q_OBJECT

 public:
  explicit HelpWindow(QWidget* parent);

  // "memory", "start"; the first page where there is none of that name.
  void show_page(const std::string& page);
  // Of the actions that have shortcuts.
  void show_shortcuts(const std::vector<QAction*>& actions);
  void show_about();

 private:
  void show_markdown(const QString& text);

  QTextBrowser* text_;
};

}  // namespace plimsoll::gui

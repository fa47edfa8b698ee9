// The answer taken away: the report in the engine's forms, a PDF and a print with the charts, the
// trace. Figures in files are as the command line program prints them, whatever the language of the
// screen.
#pragma once

#include <QObject>
#include <QPagedPaintDevice>
#include <functional>
#include <string>
#include <vector>

#include "app/dialogs.h"
#include "app/workspace.h"

namespace plimsoll::gui {

class Picture;

// Of a complete answer that is not refused; the bytes of `plimsoll report` for the same scenario.
std::string exported_markdown(const Answer& answer);
std::string exported_json(const Answer& answer);
// Of `plimsoll simulate --trace`.
std::string exported_trace(const Answer& answer);

// The report, then each picture with its title, scaled to the width of a page.
void paint_report(const Answer& answer, const std::vector<const Picture*>& pictures,
                  QPagedPaintDevice& device);

class Exports : public QObject {
  Q_OBJECT

 public:
  Exports(Workspace& workspace, Dialogs& dialogs, QWidget* window);

  // Whether there is a complete answer to the scenario as it is.
  bool possible() const;

 public slots:
  void save_markdown();
  void save_json();
  void save_trace();
  void save_pdf();
  void print();

 signals:
  void message(const QString& text);  // for the status bar

 private:
  void save(const QString& title, const QString& ending, const QString& filter,
            const std::function<std::string()>& content);
  std::vector<const Picture*> pictures() const;
  QString suggested(const QString& ending) const;

  Workspace& workspace_;
  Dialogs& dialogs_;
  QWidget* window_;
};

}  // namespace plimsoll::gui

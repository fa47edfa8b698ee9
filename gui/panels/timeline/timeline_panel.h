// One simulated token, or chunk of the prompt, on every resource.
#pragma once

#include <QWidget>

#include "app/workspace.h"

class QComboBox;
class QLabel;
class QLineEdit;
class QScrollBar;

namespace plimsoll::gui {

class ChartPages;
class Picture;
class TimelineCanvas;

class TimelinePanel : public QWidget {
  Q_OBJECT

 public:
  TimelinePanel(Workspace& workspace, QWidget* parent);

  TimelineCanvas& canvas() { return *canvas_; }
  // The same file as `plimsoll simulate --trace`. Throws InputError when it cannot be written.
  void export_trace(const QString& file) const;

 private:
  QWidget* make_tools();
  QWidget* make_chart();
  void connect_all();
  void refresh();
  void show_part();
  void show_bars();
  void search();
  void ask_for_file();

  Workspace& workspace_;
  QComboBox* part_;
  QLineEdit* search_;
  QLabel* found_;
  TimelineCanvas* canvas_;
  Picture* picture_;
  QScrollBar* across_;
  QScrollBar* down_;
  QLabel* critical_;
  QLabel* detail_;
  ChartPages* pages_;
};

}  // namespace plimsoll::gui

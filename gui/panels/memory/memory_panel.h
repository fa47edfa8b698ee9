// What is where in memory: a stacked bar for each pool.
#pragma once

#include <QWidget>
#include <vector>

#include "app/workspace.h"
#include "presenters/memory_bars.h"

class QCheckBox;
class QLabel;

namespace plimsoll::gui {

class ChartPages;
class Picture;
class StackedBars;

class MemoryPanel : public QWidget {
  Q_OBJECT

 public:
  MemoryPanel(Workspace& workspace, QWidget* parent);

  const StackedBars& chart() const { return *chart_; }
  const Picture& picture() const { return *picture_; }

 private:
  void refresh();
  void draw();
  QString text() const;

  Workspace& workspace_;
  std::vector<MemoryBar> bars_;
  StackedBars* chart_;
  Picture* picture_;
  QCheckBox* one_scale_;
  QLabel* detail_;
  ChartPages* pages_;
  bool scale_chosen_ = false;  // by the user; else by what the bars need
};

}  // namespace plimsoll::gui

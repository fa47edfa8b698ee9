// A streamed run: rate and hit rate over its tokens, and the steps of a layer.
#pragma once

#include <QWidget>

#include "evaluate/streaming_outcome.h"

class QChart;
class QChartView;
class QLabel;

namespace plimsoll::gui {

class Picture;
class StackedBars;

class RunTab : public QWidget {
  Q_OBJECT

 public:
  explicit RunTab(QWidget* parent = nullptr);
  void show(const StreamingOutcome& streaming);

 protected:
  void changeEvent(QEvent* event) override;

 private:
  void draw_curves();
  void draw_layer();
  QString run_text() const;
  QString layer_text() const;

  StreamingOutcome streaming_;
  QChart* chart_;
  QChartView* chart_view_;
  StackedBars* layer_;
  Picture* layer_picture_;
  QLabel* detail_;
};

}  // namespace plimsoll::gui

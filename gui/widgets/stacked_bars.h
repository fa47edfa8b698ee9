// Horizontal bars made of segments, one below the other, with a legend in words. Every segment can
// be reached with the keyboard and tells its exact value.
#pragma once

#include <QString>
#include <QWidget>
#include <vector>

namespace plimsoll::gui {

enum class SegmentFill {
  solid,
  pale,     // its colour, thinned: what can be dropped
  empty,    // room
  striped,  // kept away
  grey,     // somebody else's
  missing,  // hatched in the colour of warnings
};

struct BarSegment {
  QString name;        // in the legend, and inside where there is room
  std::string colour;  // name for series_colour(); empty for fills that need none
  SegmentFill fill = SegmentFill::solid;
  double start = 0.0;
  double end = 0.0;
  QString words;  // a sentence with the exact value: tooltip, status line, screen reader
};

// A line across the bar.
struct BarMarker {
  double at = 0.0;
  QString words;
  bool emphasized = false;  // a limit, not an end
};

struct StackedBar {
  QString title;
  QString note;  // beside the title
  std::vector<BarSegment> segments;
  std::vector<BarMarker> markers;
  double length = 0.0;  // of what is drawn
};

class StackedBars : public QWidget {
  Q_OBJECT

 public:
  explicit StackedBars(QWidget* parent = nullptr);

  // `one_scale`: bars are as long as their values; else each fills the width.
  void set_bars(std::vector<StackedBar> bars, bool one_scale);
  const std::vector<StackedBar>& bars() const { return bars_; }

  // Where a segment is drawn, and what is drawn at a point: {-1, -1} for nothing.
  QRectF rect_of(int bar, int segment) const;
  std::pair<int, int> segment_at(const QPointF& point) const;
  std::pair<int, int> current() const { return current_; }
  void set_current(int bar, int segment);

  QSize sizeHint() const override;
  QSize minimumSizeHint() const override;

 signals:
  // The words of the segment under the mouse or the keyboard; empty for none.
  void told(const QString& words);

 protected:
  bool event(QEvent* event) override;
  void paintEvent(QPaintEvent* event) override;
  void resizeEvent(QResizeEvent* event) override;
  void keyPressEvent(QKeyEvent* event) override;
  void mouseMoveEvent(QMouseEvent* event) override;
  void mousePressEvent(QMouseEvent* event) override;
  void leaveEvent(QEvent* event) override;
  void focusInEvent(QFocusEvent* event) override;
  void focusOutEvent(QFocusEvent* event) override;
  void changeEvent(QEvent* event) override;

 private:
  struct LegendEntry {
    QString name;
    std::string colour;
    SegmentFill fill = SegmentFill::solid;
    QRectF swatch;
    QPointF baseline;
  };
  double em() const;
  double block_height(const StackedBar& bar) const;
  QRectF bar_rect(int bar) const;
  double scale_of(int bar) const;
  void arrange();
  void paint_bar(QPainter& painter, int bar) const;
  std::vector<double> words_left(int bar) const;
  void paint_markers(QPainter& painter, int bar) const;
  void paint_segment(QPainter& painter, const QRectF& rect, const BarSegment& segment) const;
  void paint_legend(QPainter& painter) const;
  void tell(std::pair<int, int> place);
  bool step(int direction);
  bool step_bar(int direction);

  std::vector<StackedBar> bars_;
  std::vector<LegendEntry> legend_;
  bool one_scale_ = true;
  double height_ = 0.0;
  std::pair<int, int> current_{-1, -1};
};

}  // namespace plimsoll::gui

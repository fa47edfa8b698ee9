// Draws a TimelineView: a row for each track, time to the right. Zoomed and panned by mouse and
// keyboard; draws 10^5 spans by level of detail.
#pragma once

#include <QString>
#include <QWidget>
#include <optional>

#include "presenters/timeline_view.h"

namespace plimsoll::gui {

class TimelineCanvas : public QWidget {
  Q_OBJECT

 public:
  explicit TimelineCanvas(QWidget* parent = nullptr);

  void set_view(TimelineView view);
  const TimelineView& view() const { return view_; }

  // The stretch of time that is visible, in seconds.
  double from() const { return from_; }
  double to() const { return to_; }
  void show_range(double from, double to);
  void fit();
  // By a factor (2: half of the time is left) around a time that stays where it is.
  void zoom(double factor, double around);

  std::optional<SpanPlace> current() const { return current_; }
  // Marks a span and brings it into sight; nothing: none.
  void set_current(std::optional<SpanPlace> place);
  // Spans that do not match are faded; returns how many do.
  std::size_t search(const QString& text);
  bool show_next_match(int direction);

  // Rows do not all fit: the first that is visible, and how many are.
  int first_row() const { return first_row_; }
  int visible_rows() const;
  void set_first_row(int row);

  // Name, start, duration and share of a span.
  QString words_of(SpanPlace place) const;
  std::optional<SpanPlace> span_at(const QPointF& point) const;
  QRectF rect_of(SpanPlace place) const;

  QSize sizeHint() const override;
  QSize minimumSizeHint() const override;

 signals:
  void told(const QString& words);  // of the span under mouse or keyboard
  void moved();                     // visible range or rows have changed

 protected:
  bool event(QEvent* event) override;
  bool focusNextPrevChild(bool next) override;
  void paintEvent(QPaintEvent* event) override;
  void resizeEvent(QResizeEvent* event) override;
  void keyPressEvent(QKeyEvent* event) override;
  void wheelEvent(QWheelEvent* event) override;
  void mousePressEvent(QMouseEvent* event) override;
  void mouseMoveEvent(QMouseEvent* event) override;
  void mouseReleaseEvent(QMouseEvent* event) override;
  void leaveEvent(QEvent* event) override;
  void focusInEvent(QFocusEvent* event) override;
  void focusOutEvent(QFocusEvent* event) override;
  void changeEvent(QEvent* event) override;

 private:
  double em() const;
  void measure_labels();
  double label_width() const;
  double row_height() const;
  double ruler_height() const;
  QRectF plot() const;
  double x_of(double time) const;
  double time_at(double x) const;
  double seconds_per_pixel() const;
  double row_top(int row) const;

  void paint_ruler(QPainter& painter) const;
  void paint_labels(QPainter& painter) const;
  void paint_row(QPainter& painter, int row) const;
  void paint_words(QPainter& painter, const QRectF& rect, SpanPlace place,
                   const QColor& ground) const;
  void paint_current(QPainter& painter) const;
  void pan(double seconds);
  bool mark_first();
  bool step(int direction);
  bool step_row(int direction);
  bool handle_key(QKeyEvent* event);
  void tell(std::optional<SpanPlace> place);

  TimelineView view_;
  double from_ = 0.0;
  double to_ = 1.0;
  double widest_label_ = 0.0;
  int first_row_ = 0;
  bool searching_ = false;
  std::optional<SpanPlace> current_;
  std::optional<QPointF> dragged_from_;
  bool dragging_ = false;
};

}  // namespace plimsoll::gui

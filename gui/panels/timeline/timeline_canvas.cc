#include "panels/timeline/timeline_canvas.h"

#include <QAccessible>
#include <QEvent>
#include <QHelpEvent>
#include <QKeyEvent>
#include <QNativeGestureEvent>
#include <QPainter>
#include <QToolTip>
#include <QWheelEvent>
#include <algorithm>
#include <cmath>
#include <utility>

#include "report/report_content.h"
#include "widgets/colours.h"
#include "widgets/screen_text.h"

namespace plimsoll::gui {
namespace {

constexpr double shortest_range = 1e-9;  // seconds across the whole width
constexpr double wheel_notch = 120.0;
constexpr double zoom_step = 1.25;

std::size_t at(int index) {
  return static_cast<std::size_t>(index);
}

QColor faded(QColor colour) {
  colour.setAlphaF(0.18F);
  return colour;
}

}  // namespace

TimelineCanvas::TimelineCanvas(QWidget* parent) : QWidget(parent) {
  setFocusPolicy(Qt::StrongFocus);
  setMouseTracking(true);
}

void TimelineCanvas::set_view(TimelineView view) {
  view_ = std::move(view);
  current_.reset();
  first_row_ = 0;
  searching_ = false;
  measure_labels();
  fit();
  tell(std::nullopt);
}

double TimelineCanvas::em() const {
  return fontMetrics().height();
}
double TimelineCanvas::row_height() const {
  return 1.5 * em();
}
double TimelineCanvas::ruler_height() const {
  return 1.6 * em();
}
// Kept: all that is drawn asks for it.
void TimelineCanvas::measure_labels() {
  double widest = 4.0 * em();
  for (const TimelineRow& row : view_.rows())
    widest = std::max(widest, 2.2 * em() + fontMetrics().horizontalAdvance(engine_word(row.title)));
  widest_label_ = widest;
}
double TimelineCanvas::label_width() const {
  return std::min(widest_label_, 0.35 * width());
}
QRectF TimelineCanvas::plot() const {
  const double left = label_width();
  return {left, ruler_height(), std::max(1.0, width() - left), height() - ruler_height()};
}
double TimelineCanvas::seconds_per_pixel() const {
  return (to_ - from_) / plot().width();
}
double TimelineCanvas::x_of(double time) const {
  return plot().left() + (time - from_) / seconds_per_pixel();
}
double TimelineCanvas::time_at(double x) const {
  return from_ + (x - plot().left()) * seconds_per_pixel();
}
double TimelineCanvas::row_top(int row) const {
  return ruler_height() + (row - first_row_) * row_height();
}
int TimelineCanvas::visible_rows() const {
  return std::max(1, static_cast<int>((height() - ruler_height()) / row_height()));
}

QSize TimelineCanvas::sizeHint() const {
  const int rows = std::clamp(static_cast<int>(view_.rows().size()), 3, 12);
  return {static_cast<int>(50.0 * em()),
          static_cast<int>(ruler_height() + (rows + 0.3) * row_height())};
}
QSize TimelineCanvas::minimumSizeHint() const {
  return {static_cast<int>(20.0 * em()), static_cast<int>(ruler_height() + 2.0 * row_height())};
}

void TimelineCanvas::show_range(double from, double to) {
  const double whole = view_.length() > 0.0 ? view_.length() : 1.0;
  const double length = std::clamp(to - from, std::min(shortest_range, whole), whole);
  from_ = std::clamp(from, 0.0, whole - length);
  to_ = from_ + length;
  update();
  emit moved();
}

void TimelineCanvas::fit() {
  show_range(0.0, view_.length() > 0.0 ? view_.length() : 1.0);
}

void TimelineCanvas::zoom(double factor, double around) {
  const double length =
      std::clamp((to_ - from_) / factor, shortest_range, std::max(shortest_range, view_.length()));
  const double part = (around - from_) / (to_ - from_);
  const double from = around - part * length;
  show_range(from, from + length);
}

void TimelineCanvas::pan(double seconds) {
  show_range(from_ + seconds, to_ + seconds);
}

void TimelineCanvas::set_first_row(int row) {
  const int last = std::max(0, static_cast<int>(view_.rows().size()) - visible_rows());
  first_row_ = std::clamp(row, 0, last);
  update();
  emit moved();
}

QString TimelineCanvas::words_of(SpanPlace place) const {
  const std::string_view name = view_.name(place);
  const double duration = view_.duration(place);
  const double share = view_.length() > 0.0 ? duration / view_.length() : 0.0;
  return tr("%1 on %2: starts at %3, takes %4, %5 of the whole")
      .arg(engine_word(name), engine_word(view_.rows()[at(place.row)].title),
           localized(exact_time_text(Seconds(view_.start(place)))),
           localized(exact_time_text(Seconds(duration))), localized(percent_text(share)));
}

std::optional<SpanPlace> TimelineCanvas::span_at(const QPointF& point) const {
  if (point.x() < plot().left() || point.y() < ruler_height()) return std::nullopt;
  const int row = first_row_ + static_cast<int>((point.y() - ruler_height()) / row_height());
  return view_.span_at(row, time_at(point.x()), 2.0 * seconds_per_pixel());
}

QRectF TimelineCanvas::rect_of(SpanPlace place) const {
  const double left = x_of(view_.start(place));
  const double right = x_of(view_.start(place) + view_.duration(place));
  return {left, row_top(place.row) + 0.1 * em(), std::max(1.0, right - left),
          row_height() - 0.2 * em()};
}

void TimelineCanvas::set_current(std::optional<SpanPlace> place) {
  current_ = place;
  if (place) {
    const double start = view_.start(*place);
    const double end = start + view_.duration(*place);
    const double length = to_ - from_;
    if (end - start > length)
      show_range(start, start + length);
    else if (start < from_ || end > to_)
      show_range((start + end - length) / 2.0, (start + end + length) / 2.0);
    if (place->row < first_row_) set_first_row(place->row);
    if (place->row >= first_row_ + visible_rows()) set_first_row(place->row - visible_rows() + 1);
  }
  tell(place);
  update();
}

void TimelineCanvas::tell(std::optional<SpanPlace> place) {
  const QString words = place ? words_of(*place) : QString();
  if (place == current_ && accessibleDescription() != words) {
    setAccessibleDescription(words);
    QAccessibleEvent changed(this, QAccessible::DescriptionChanged);
    QAccessible::updateAccessibility(&changed);
  }
  emit told(words);
}

std::size_t TimelineCanvas::search(const QString& text) {
  searching_ = !text.isEmpty();
  const std::size_t found = view_.search(text.toStdString());
  update();
  return found;
}

bool TimelineCanvas::show_next_match(int direction) {
  const std::optional<SpanPlace> match = view_.next_match(current_, direction);
  if (match) set_current(match);
  return match.has_value();
}

void TimelineCanvas::paintEvent(QPaintEvent* /*event*/) {
  QPainter painter(this);
  painter.fillRect(plot(), palette().color(QPalette::Base));
  paint_ruler(painter);
  const int end = std::min(static_cast<int>(view_.rows().size()), first_row_ + visible_rows() + 1);
  for (int row = first_row_; row < end; ++row) paint_row(painter, row);
  paint_current(painter);
  paint_labels(painter);
}

void TimelineCanvas::paint_ruler(QPainter& painter) const {
  const double step = ruler_step(7.0 * em() * seconds_per_pixel());
  QColor grid = palette().color(QPalette::WindowText);
  grid.setAlphaF(0.15F);
  for (double tick = std::ceil(from_ / step - 1e-9); tick * step <= to_; tick += 1.0) {
    const double x = x_of(tick * step);
    painter.setPen(grid);
    painter.drawLine(QPointF(x, 0.3 * em()), QPointF(x, height()));
    painter.setPen(palette().color(QPalette::WindowText));
    const QString words = localized(exact_time_text(Seconds(std::max(0.0, tick * step))));
    painter.drawText(QPointF(x + 0.25 * em(), 0.2 * em() + fontMetrics().ascent()), words);
  }
}

void TimelineCanvas::paint_labels(QPainter& painter) const {
  // Over what the first spans left of the range would cover.
  const double width = label_width();
  painter.fillRect(QRectF(0.0, 0.0, width, height()), palette().color(QPalette::Window));
  const int end = std::min(static_cast<int>(view_.rows().size()), first_row_ + visible_rows() + 1);
  for (int row = first_row_; row < end; ++row) {
    const TimelineRow& what = view_.rows()[at(row)];
    const bool critical = what.track == view_.critical_track();
    QFont face = font();
    face.setBold(critical);
    painter.setFont(face);
    painter.setPen(palette().color(QPalette::WindowText));
    const QRectF area(0.9 * em(), row_top(row), width - 1.1 * em(), row_height());
    painter.drawText(area, Qt::AlignLeft | Qt::AlignVCenter,
                     QFontMetrics(face).elidedText(engine_word(what.title), Qt::ElideMiddle,
                                                   static_cast<int>(area.width())));
    if (critical)
      painter.fillRect(
          QRectF(0.25 * em(), row_top(row) + 0.2 * em(), 0.3 * em(), row_height() - 0.4 * em()),
          tone_colour(Tone::caution, palette()));
  }
  painter.setFont(font());
}

void TimelineCanvas::paint_row(QPainter& painter, int row) const {
  const double resolution = seconds_per_pixel();
  const double top = row_top(row) + 0.1 * em();
  const double high = row_height() - 0.2 * em();
  for (const TimelinePiece& piece : view_.pieces(row, from_, to_, resolution)) {
    const double left = std::max(x_of(piece.start), plot().left() - em());
    const double right = std::min(x_of(piece.end), plot().right() + em());
    const QRectF rect(left, top, std::max(1.0, right - left), high);
    QColor colour = series_colour(view_.class_of_piece(row, piece), palette());
    if (searching_ && piece.matches == 0) colour = faded(colour);
    painter.fillRect(rect, colour);
    if (piece.first != piece.last || rect.width() < 2.0 * em()) continue;
    painter.fillRect(QRectF(rect.right() - 1.0, rect.top(), 1.0, rect.height()),
                     palette().color(QPalette::Base));
    paint_words(painter, rect, {.row = row, .index = piece.first}, colour);
  }
}

void TimelineCanvas::paint_words(QPainter& painter, const QRectF& rect, SpanPlace place,
                                 const QColor& ground) const {
  const QRectF inside = rect.intersected(plot()).adjusted(0.25 * em(), 0.0, -0.25 * em(), 0.0);
  QString words = engine_word(view_.name(place));
  if (fontMetrics().horizontalAdvance(words) > inside.width())
    words = engine_word(class_of(view_.name(place)));
  if (fontMetrics().horizontalAdvance(words) > inside.width()) return;
  painter.setPen(ground.alphaF() < 1.0F ? palette().color(QPalette::WindowText) : text_on(ground));
  painter.drawText(inside, Qt::AlignLeft | Qt::AlignVCenter, words);
}

void TimelineCanvas::paint_current(QPainter& painter) const {
  if (!current_) return;
  const QRectF rect = rect_of(*current_);
  if (rect.right() < plot().left() || rect.left() > plot().right()) return;
  painter.setBrush(Qt::NoBrush);
  painter.setPen(QPen(palette().color(QPalette::Highlight), 0.16 * em()));
  const double grow = 0.08 * em();
  painter.drawRect(rect.adjusted(-grow, -grow, grow, grow));
}

// Along the row, over its spans.
bool TimelineCanvas::step(int direction) {
  if (!current_) return false;
  const int index = current_->index + direction;
  const auto count = static_cast<int>(view_.rows()[at(current_->row)].starts.size());
  if (index < 0 || index >= count) return false;
  set_current(SpanPlace{.row = current_->row, .index = index});
  return true;
}

// To the span of another row that is nearest in time.
bool TimelineCanvas::step_row(int direction) {
  if (!current_) return false;
  const double middle = view_.start(*current_) + view_.duration(*current_) / 2.0;
  for (int row = current_->row + direction; row >= 0 && row < static_cast<int>(view_.rows().size());
       row += direction)
    if (const auto place = view_.span_at(row, middle, INFINITY)) {
      set_current(place);
      return true;
    }
  return false;
}

bool TimelineCanvas::handle_key(QKeyEvent* event) {
  const double tenth = (to_ - from_) / 10.0;
  const bool shift = event->modifiers() & Qt::ShiftModifier;
  const bool walks = current_ && !shift;  // else arrows pan
  const double middle =
      current_ ? std::clamp(view_.start(*current_), from_, to_) : (from_ + to_) / 2.0;
  switch (event->key()) {
    case Qt::Key_Plus:
    case Qt::Key_Equal:
      zoom(zoom_step, middle);
      return true;
    case Qt::Key_Minus:
    case Qt::Key_Underscore:
      zoom(1.0 / zoom_step, middle);
      return true;
    case Qt::Key_Home:
      fit();
      return true;
    case Qt::Key_PageDown:
      pan(9.0 * tenth);
      return true;
    case Qt::Key_PageUp:
      pan(-9.0 * tenth);
      return true;
    case Qt::Key_Right:
      if (walks) return step(1);
      pan(tenth);
      return true;
    case Qt::Key_Left:
      if (walks) return step(-1);
      pan(-tenth);
      return true;
    case Qt::Key_Down:
      if (walks) return step_row(1);
      set_first_row(first_row_ + 1);
      return true;
    case Qt::Key_Up:
      if (walks) return step_row(-1);
      set_first_row(first_row_ - 1);
      return true;
    case Qt::Key_Return:
    case Qt::Key_Enter:
    case Qt::Key_Space: {
      if (!current_) return mark_first();
      const double length = std::max(view_.duration(*current_), shortest_range);
      show_range(view_.start(*current_) - length / 4.0, view_.start(*current_) + length * 1.25);
      return true;
    }
    case Qt::Key_F3:
      return show_next_match(shift ? -1 : 1);
    case Qt::Key_Escape:
      if (!current_) return false;
      set_current(std::nullopt);
      return true;
    default:
      return false;
  }
}

void TimelineCanvas::keyPressEvent(QKeyEvent* event) {
  if (!handle_key(event)) QWidget::keyPressEvent(event);
}

// Tab walks over the spans while one is marked (Space marks the first), Escape lets go of them and
// then Tab leaves.
bool TimelineCanvas::focusNextPrevChild(bool next) {
  return (current_ && step(next ? 1 : -1)) || QWidget::focusNextPrevChild(next);
}

// The first span in sight.
bool TimelineCanvas::mark_first() {
  for (int row = first_row_; row < static_cast<int>(view_.rows().size()); ++row)
    if (const auto place = view_.span_at(row, from_, INFINITY)) {
      set_current(place);
      return true;
    }
  return false;
}

void TimelineCanvas::wheelEvent(QWheelEvent* event) {
  if (event->modifiers() & Qt::ShiftModifier) {
    const double notches = (event->angleDelta().y() + event->angleDelta().x()) / wheel_notch;
    pan(-notches * (to_ - from_) / 10.0);
  } else if (event->modifiers() & Qt::AltModifier) {
    set_first_row(first_row_ - (event->angleDelta().x() > 0 ? 1 : -1));
  } else if (event->angleDelta().y() != 0) {
    zoom(std::pow(zoom_step, event->angleDelta().y() / wheel_notch),
         time_at(event->position().x()));
  } else {
    pan(-event->angleDelta().x() / wheel_notch * (to_ - from_) / 10.0);
  }
  event->accept();
}

void TimelineCanvas::mousePressEvent(QMouseEvent* event) {
  if (event->button() != Qt::LeftButton) return;
  dragged_from_ = event->position();
  dragging_ = false;
}

void TimelineCanvas::mouseMoveEvent(QMouseEvent* event) {
  if (!dragged_from_) {
    const auto place = span_at(event->position());
    tell(place ? place : current_);
    return;
  }
  const QPointF moved_by = event->position() - *dragged_from_;
  if (!dragging_ && moved_by.manhattanLength() < 0.3 * em()) return;
  dragging_ = true;
  setCursor(Qt::ClosedHandCursor);
  pan(-moved_by.x() * seconds_per_pixel());
  const int rows = static_cast<int>(moved_by.y() / row_height());
  if (rows != 0) set_first_row(first_row_ - rows);
  dragged_from_ =
      QPointF(event->position().x(), rows != 0 ? event->position().y() : dragged_from_->y());
}

void TimelineCanvas::mouseReleaseEvent(QMouseEvent* event) {
  if (event->button() != Qt::LeftButton) return;
  if (!dragging_ && dragged_from_) set_current(span_at(event->position()));
  dragged_from_.reset();
  dragging_ = false;
  unsetCursor();
}

void TimelineCanvas::leaveEvent(QEvent* /*event*/) {
  tell(current_);
}

void TimelineCanvas::focusInEvent(QFocusEvent* event) {
  QWidget::focusInEvent(event);
  update();
}
void TimelineCanvas::focusOutEvent(QFocusEvent* event) {
  QWidget::focusOutEvent(event);
  update();
}

bool TimelineCanvas::event(QEvent* event) {
  if (event->type() == QEvent::NativeGesture) {
    const auto* gesture = static_cast<QNativeGestureEvent*>(event);
    if (gesture->gestureType() == Qt::ZoomNativeGesture) {
      zoom(1.0 + gesture->value(), time_at(gesture->position().x()));
      return true;
    }
  }
  if (event->type() == QEvent::ToolTip) {
    const auto* help = static_cast<QHelpEvent*>(event);
    if (const auto place = span_at(help->pos()))
      QToolTip::showText(help->globalPos(), words_of(*place), this);
    else
      QToolTip::hideText();
    return true;
  }
  return QWidget::event(event);
}

void TimelineCanvas::resizeEvent(QResizeEvent* event) {
  QWidget::resizeEvent(event);
  set_first_row(first_row_);
}

void TimelineCanvas::changeEvent(QEvent* event) {
  QWidget::changeEvent(event);
  if (event->type() == QEvent::FontChange || event->type() == QEvent::LanguageChange)
    measure_labels();
  update();
}

}  // namespace plimsoll::gui

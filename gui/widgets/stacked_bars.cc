#include "widgets/stacked_bars.h"

#include <QAccessible>
#include <QEvent>
#include <QHelpEvent>
#include <QKeyEvent>
#include <QPainter>
#include <QToolTip>
#include <algorithm>
#include <cmath>
#include <utility>

#include "widgets/colours.h"

namespace plimsoll::gui {
namespace {

constexpr std::pair<int, int> nothing{-1, -1};

std::size_t at(int index) {
  return static_cast<std::size_t>(index);
}

// Lines at 45 degrees, cut at the rectangle by arithmetic: drawings in files know no clipping.
void hatch(QPainter& painter, const QRectF& rect, double distance, const QPen& pen) {
  painter.save();
  painter.setPen(pen);
  for (double x = rect.left() - rect.height(); x < rect.right(); x += distance) {
    const double left = std::max(x, rect.left());
    const double right = std::min(x + rect.height(), rect.right());
    if (left >= right) continue;
    painter.drawLine(QPointF(left, rect.bottom() - (left - x)),
                     QPointF(right, rect.bottom() - (right - x)));
  }
  painter.restore();
}

QColor between(const QColor& a, const QColor& b, double share) {
  const auto mix = [share](int from, int to) {
    return static_cast<int>(std::lround(from + share * (to - from)));
  };
  return {mix(a.red(), b.red()), mix(a.green(), b.green()), mix(a.blue(), b.blue())};
}

void fill_rect(QPainter& painter, const QRectF& rect, const std::string& colour, SegmentFill fill,
               const QPalette& palette, double em) {
  const QColor ground = palette.color(QPalette::Base);
  const QColor text = palette.color(QPalette::WindowText);
  switch (fill) {
    case SegmentFill::solid:
      painter.fillRect(rect, series_colour(colour, palette));
      return;
    case SegmentFill::pale:
      painter.fillRect(rect, between(series_colour(colour, palette), ground, 0.55));
      return;
    case SegmentFill::empty:
      painter.fillRect(rect, ground);
      return;
    case SegmentFill::striped:
      painter.fillRect(rect, ground);
      hatch(painter, rect, 0.4 * em, QPen(between(text, ground, 0.6), 0.06 * em));
      return;
    case SegmentFill::grey:
      painter.fillRect(rect, between(text, ground, 0.65));
      return;
    case SegmentFill::missing:
      painter.fillRect(rect, ground);
      hatch(painter, rect, 0.3 * em, QPen(tone_colour(Tone::bad, palette), 0.1 * em));
      return;
  }
}

QColor ink_on(const std::string& colour, SegmentFill fill, const QPalette& palette) {
  if (fill == SegmentFill::solid) return text_on(series_colour(colour, palette));
  if (fill == SegmentFill::pale)
    return text_on(between(series_colour(colour, palette), palette.color(QPalette::Base), 0.55));
  return palette.color(QPalette::WindowText);
}

bool has_words_inside(SegmentFill fill) {
  return fill != SegmentFill::striped && fill != SegmentFill::missing;
}

}  // namespace

StackedBars::StackedBars(QWidget* parent) : QWidget(parent) {
  setFocusPolicy(Qt::StrongFocus);
  setMouseTracking(true);
}

void StackedBars::set_bars(std::vector<StackedBar> bars, bool one_scale) {
  bars_ = std::move(bars);
  one_scale_ = one_scale;
  const auto [bar, segment] = current_;
  if (bar >= static_cast<int>(bars_.size()) ||
      (bar >= 0 && segment >= static_cast<int>(bars_[at(bar)].segments.size())))
    current_ = nothing;
  arrange();
  update();
}

double StackedBars::em() const {
  return fontMetrics().height();
}

double StackedBars::block_height(const StackedBar& bar) const {
  return em() * (1.3 + 1.9 + (bar.markers.empty() ? 0.0 : 1.3) + 0.6);
}

QRectF StackedBars::bar_rect(int bar) const {
  double top = 0.2 * em();
  for (int i = 0; i < bar; ++i) top += block_height(bars_[at(i)]);
  return {0.5 * em(), top + 1.3 * em(), width() - 1.0 * em(), 1.9 * em()};
}

double StackedBars::scale_of(int bar) const {
  double length = bars_[at(bar)].length;
  if (one_scale_)
    for (const StackedBar& each : bars_) length = std::max(length, each.length);
  return length > 0.0 ? bar_rect(bar).width() / length : 0.0;
}

QRectF StackedBars::rect_of(int bar, int segment) const {
  const BarSegment& part = bars_[at(bar)].segments[at(segment)];
  const QRectF whole = bar_rect(bar);
  const double scale = scale_of(bar);
  return {whole.left() + part.start * scale, whole.top(), (part.end - part.start) * scale,
          whole.height()};
}

std::pair<int, int> StackedBars::segment_at(const QPointF& point) const {
  for (int bar = 0; bar < static_cast<int>(bars_.size()); ++bar)
    for (int segment = 0; segment < static_cast<int>(bars_[at(bar)].segments.size()); ++segment) {
      const QRectF rect = rect_of(bar, segment);
      if (rect.width() > 0.0 && rect.contains(point)) return {bar, segment};
    }
  return nothing;
}

// The legend flows below the bars; the widget becomes as high as both need.
void StackedBars::arrange() {
  legend_.clear();
  double y = 0.2 * em();
  for (const StackedBar& bar : bars_) y += block_height(bar);
  double x = 0.5 * em();
  y += 0.2 * em();
  for (const StackedBar& bar : bars_)
    for (const BarSegment& segment : bar.segments) {
      const auto same = [&](const LegendEntry& entry) { return entry.name == segment.name; };
      if (std::any_of(legend_.begin(), legend_.end(), same)) continue;
      const double needed = 1.2 * em() + fontMetrics().horizontalAdvance(segment.name);
      if (x > 0.5 * em() && x + needed > width() - 0.5 * em()) {
        x = 0.5 * em();
        y += 1.3 * em();
      }
      legend_.push_back({.name = segment.name,
                         .colour = segment.colour,
                         .fill = segment.fill,
                         .swatch = {x, y + 0.1 * em(), 0.8 * em(), 0.8 * em()},
                         .baseline = {x + 1.1 * em(), y + fontMetrics().ascent()}});
      x += needed + 1.2 * em();
    }
  height_ = y + 1.5 * em();
  setMinimumHeight(static_cast<int>(std::ceil(height_)));
  updateGeometry();
}

QSize StackedBars::sizeHint() const {
  return {static_cast<int>(40.0 * em()), static_cast<int>(std::ceil(height_))};
}
QSize StackedBars::minimumSizeHint() const {
  return {static_cast<int>(16.0 * em()), static_cast<int>(std::ceil(height_))};
}

void StackedBars::paintEvent(QPaintEvent* /*event*/) {
  QPainter painter(this);
  painter.setRenderHint(QPainter::Antialiasing);
  for (int bar = 0; bar < static_cast<int>(bars_.size()); ++bar) paint_bar(painter, bar);
  paint_legend(painter);
}

void StackedBars::paint_bar(QPainter& painter, int bar) const {
  const StackedBar& what = bars_[at(bar)];
  const QRectF whole = bar_rect(bar);
  const QRectF head(whole.left(), whole.top() - 1.3 * em(), whole.width(), 1.2 * em());
  const QColor text = palette().color(QPalette::WindowText);
  QFont bold = font();
  bold.setBold(true);
  painter.setFont(bold);
  painter.setPen(text);
  const double title_width = QFontMetricsF(bold).horizontalAdvance(what.title);
  painter.drawText(head, Qt::AlignLeft | Qt::AlignVCenter, what.title);
  painter.setFont(font());
  const double left = title_width > 0.0 ? title_width + em() : 0.0;
  const QString note =
      fontMetrics().elidedText(what.note, Qt::ElideRight, static_cast<int>(head.width() - left));
  painter.drawText(head.adjusted(left, 0, 0, 0), Qt::AlignLeft | Qt::AlignVCenter, note);
  for (int i = 0; i < static_cast<int>(what.segments.size()); ++i)
    paint_segment(painter, rect_of(bar, i), what.segments[at(i)]);
  const QRectF outline(whole.left(), whole.top(), what.length * scale_of(bar), whole.height());
  painter.setPen(QPen(between(text, palette().color(QPalette::Base), 0.4), 0.0));
  painter.setBrush(Qt::NoBrush);
  painter.drawRect(outline);
  paint_markers(painter, bar);
  if (bar == current_.first && hasFocus()) {
    QPen pen(palette().color(QPalette::Highlight), 0.18 * em());
    painter.setPen(pen);
    painter.drawRect(rect_of(bar, current_.second).adjusted(-1, -1, 1, 1));
  }
}

void StackedBars::paint_segment(QPainter& painter, const QRectF& rect,
                                const BarSegment& segment) const {
  if (rect.width() <= 0.0) return;
  fill_rect(painter, rect, segment.colour, segment.fill, palette(), em());
  // A gap of the ground's colour between neighbours of like colours.
  painter.setPen(QPen(palette().color(QPalette::Base), 0.0));
  if (rect.width() > 0.3 * em()) painter.drawLine(rect.topRight(), rect.bottomRight());
  if (!has_words_inside(segment.fill)) return;
  if (fontMetrics().horizontalAdvance(segment.name) + 0.6 * em() > rect.width()) return;
  painter.setPen(ink_on(segment.colour, segment.fill, palette()));
  painter.drawText(rect, Qt::AlignCenter, segment.name);
}

// Words end at their marker, each left of the next; where that leads out of the bar, they start at
// their marker, each right of the one before.
std::vector<double> StackedBars::words_left(int bar) const {
  const std::vector<BarMarker>& markers = bars_[at(bar)].markers;
  const QRectF whole = bar_rect(bar);
  const auto width_of = [this](const BarMarker& marker) {
    return static_cast<double>(fontMetrics().horizontalAdvance(marker.words));
  };
  std::vector<double> left(markers.size());
  double limit = whole.right();
  for (std::size_t i = markers.size(); i-- > 0;) {
    const double x = whole.left() + markers[i].at * scale_of(bar);
    left[i] = std::min(limit, x + 0.1 * em()) - width_of(markers[i]);
    limit = left[i] - em();
  }
  if (left.empty() || left.front() >= whole.left()) return left;
  limit = whole.left();
  for (std::size_t i = 0; i < markers.size(); ++i) {
    const double x = whole.left() + markers[i].at * scale_of(bar);
    left[i] = std::max(limit, std::min(x, whole.right() - width_of(markers[i])));
    limit = left[i] + width_of(markers[i]) + em();
  }
  return left;
}

void StackedBars::paint_markers(QPainter& painter, int bar) const {
  const std::vector<BarMarker>& markers = bars_[at(bar)].markers;
  const QRectF whole = bar_rect(bar);
  const std::vector<double> left = words_left(bar);
  for (std::size_t i = 0; i < markers.size(); ++i) {
    const double x = whole.left() + markers[i].at * scale_of(bar);
    const double above = markers[i].emphasized ? 0.25 * em() : 0.0;
    painter.setPen(
        QPen(palette().color(QPalette::WindowText), (markers[i].emphasized ? 0.14 : 0.07) * em()));
    painter.drawLine(QPointF(x, whole.top() - above), QPointF(x, whole.bottom() + 0.3 * em()));
    painter.drawText(QPointF(left[i], whole.bottom() + 0.25 * em() + fontMetrics().ascent()),
                     markers[i].words);
  }
}

void StackedBars::paint_legend(QPainter& painter) const {
  for (const LegendEntry& entry : legend_) {
    fill_rect(painter, entry.swatch, entry.colour, entry.fill, palette(), em());
    painter.setPen(QPen(palette().color(QPalette::Mid), 0.0));
    painter.setBrush(Qt::NoBrush);
    painter.drawRect(entry.swatch);
    painter.setPen(palette().color(QPalette::WindowText));
    painter.drawText(entry.baseline, entry.name);
  }
}

void StackedBars::set_current(int bar, int segment) {
  current_ = {bar, segment};
  tell(current_);
  update();
}

void StackedBars::tell(std::pair<int, int> place) {
  QString words;
  if (place != nothing) {
    const StackedBar& bar = bars_[at(place.first)];
    words = bar.segments[at(place.second)].words;
    if (bars_.size() > 1) words = bar.title + QStringLiteral(": ") + words;
  }
  if (place == current_ && accessibleDescription() != words) {
    setAccessibleDescription(words);
    QAccessibleEvent changed(this, QAccessible::DescriptionChanged);
    QAccessible::updateAccessibility(&changed);
  }
  emit told(words);
}

// Over segments that are drawn, on into the next bar.
bool StackedBars::step(int direction) {
  auto [bar, segment] = current_;
  if (bar < 0) {
    bar = 0;
    segment = -1;
    direction = 1;
  }
  while (bar >= 0 && bar < static_cast<int>(bars_.size())) {
    segment += direction;
    const int count = static_cast<int>(bars_[at(bar)].segments.size());
    if (segment < 0 || segment >= count) {
      bar += direction;
      if (bar < 0 || bar >= static_cast<int>(bars_.size())) return false;
      segment = direction > 0 ? -1 : static_cast<int>(bars_[at(bar)].segments.size());
      continue;
    }
    set_current(bar, segment);
    return true;
  }
  return false;
}

bool StackedBars::step_bar(int direction) {
  const int bar = std::max(0, current_.first) + (current_.first < 0 ? 0 : direction);
  if (bar < 0 || bar >= static_cast<int>(bars_.size()) || bars_[at(bar)].segments.empty())
    return false;
  const int count = static_cast<int>(bars_[at(bar)].segments.size());
  set_current(bar, std::clamp(current_.second, 0, count - 1));
  return true;
}

void StackedBars::keyPressEvent(QKeyEvent* event) {
  bool moved = false;
  switch (event->key()) {
    case Qt::Key_Right:
      moved = step(1);
      break;
    case Qt::Key_Left:
      moved = step(-1);
      break;
    case Qt::Key_Down:
      moved = step_bar(1);
      break;
    case Qt::Key_Up:
      moved = step_bar(-1);
      break;
    case Qt::Key_Home:
      current_ = nothing;
      moved = step(1);
      break;
    case Qt::Key_End:
      if (!bars_.empty() && !bars_.back().segments.empty()) {
        set_current(static_cast<int>(bars_.size()) - 1,
                    static_cast<int>(bars_.back().segments.size()) - 1);
        moved = true;
      }
      break;
    default:
      break;
  }
  if (!moved) QWidget::keyPressEvent(event);
}

void StackedBars::mouseMoveEvent(QMouseEvent* event) {
  const auto place = segment_at(event->position());
  tell(place == nothing ? current_ : place);
}

void StackedBars::mousePressEvent(QMouseEvent* event) {
  const auto place = segment_at(event->position());
  if (place != nothing) set_current(place.first, place.second);
  QWidget::mousePressEvent(event);
}

void StackedBars::leaveEvent(QEvent* /*event*/) {
  tell(hasFocus() ? current_ : nothing);
}

void StackedBars::focusInEvent(QFocusEvent* event) {
  if (current_ == nothing) step(1);
  QWidget::focusInEvent(event);
  update();
}

void StackedBars::focusOutEvent(QFocusEvent* event) {
  QWidget::focusOutEvent(event);
  update();
}

bool StackedBars::event(QEvent* event) {
  if (event->type() != QEvent::ToolTip) return QWidget::event(event);
  const auto* help = static_cast<QHelpEvent*>(event);
  const auto place = segment_at(help->pos());
  if (place == nothing)
    QToolTip::hideText();
  else
    QToolTip::showText(help->globalPos(), bars_[at(place.first)].segments[at(place.second)].words,
                       this);
  return true;
}

void StackedBars::resizeEvent(QResizeEvent* event) {
  QWidget::resizeEvent(event);
  arrange();
}

void StackedBars::changeEvent(QEvent* event) {
  QWidget::changeEvent(event);
  if (event->type() == QEvent::FontChange || event->type() == QEvent::StyleChange) arrange();
  update();
}

}  // namespace plimsoll::gui

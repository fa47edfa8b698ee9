#include "panels/memory/memory_panel.h"

#include <QCheckBox>
#include <QHBoxLayout>
#include <QLabel>
#include <QScrollArea>
#include <QVBoxLayout>

#include "base/quantity_text.h"
#include "report/report_content.h"
#include "widgets/chart_pages.h"
#include "widgets/picture.h"
#include "widgets/screen_text.h"
#include "widgets/stacked_bars.h"

namespace plimsoll::gui {
namespace {

// Bars that differ in length by more are each drawn to their own scale.
constexpr double most_span = 20.0;

SegmentFill fill_of(MemoryPart part) {
  switch (part) {
    case MemoryPart::held:
      return SegmentFill::solid;
    case MemoryPart::evictable:
      return SegmentFill::pale;
    case MemoryPart::free:
      return SegmentFill::empty;
    case MemoryPart::withheld:
      return SegmentFill::striped;
    case MemoryPart::reserved:
      return SegmentFill::grey;
    case MemoryPart::missing:
      break;
  }
  return SegmentFill::missing;
}

QString name_of(const MemorySegment& segment) {
  switch (segment.part) {
    case MemoryPart::free:
      return MemoryPanel::tr("free");
    case MemoryPart::withheld:
      return MemoryPanel::tr("withheld by the limit");
    case MemoryPart::reserved:
      return MemoryPanel::tr("operating system");
    case MemoryPart::missing:
      return MemoryPanel::tr("missing");
    case MemoryPart::evictable:
      return MemoryPanel::tr("%1 (can be dropped)").arg(engine_word(segment.what));
    case MemoryPart::held:
      break;
  }
  return engine_word(segment.what);
}

// "routed experts: 12.3 GB (11.5 GiB), exactly 12,345,678 B, 51.2 % of the capacity"
QString words_of(const MemorySegment& segment) {
  const Estimate& bytes = segment.bytes;
  const QString exact =
      bytes.low == bytes.high
          ? MemoryPanel::tr("exactly %1").arg(exact_bytes(bytes.value))
          : MemoryPanel::tr("%1 (%2 … %3, 90 %)")
                .arg(exact_bytes(bytes.value), exact_bytes(bytes.low), exact_bytes(bytes.high));
  return MemoryPanel::tr("%1: %2 = %3, %4, %5 of the capacity")
      .arg(name_of(segment), localized(print(Bytes(bytes.value))),
           localized(print_binary(Bytes(bytes.value))), exact,
           localized(percent_text(segment.share)));
}

std::vector<BarMarker> markers_of(const MemoryBar& bar) {
  std::vector<BarMarker> markers;
  if (bar.usable < bar.capacity)
    markers.push_back(
        {.at = bar.usable.base(),
         .words = MemoryPanel::tr("usable %1").arg(localized(print_binary(bar.usable))),
         .emphasized = true});
  markers.push_back(
      {.at = bar.capacity.base(),
       .words = MemoryPanel::tr("capacity %1").arg(localized(size_text(bar.capacity))),
       .emphasized = false});
  return markers;
}

StackedBar drawn(const MemoryBar& bar) {
  StackedBar made{.title = engine_word(bar.label),
                  .note = localized(bar.use),
                  .segments = {},
                  .markers = markers_of(bar),
                  .length = bar.end()};
  if (bar.count > 1) made.note = MemoryPanel::tr("%1 alike; %2").arg(bar.count).arg(made.note);
  for (const MemorySegment& segment : bar.segments)
    made.segments.push_back({.name = name_of(segment),
                             .colour = segment.what,
                             .fill = fill_of(segment.part),
                             .start = segment.start,
                             .end = segment.end,
                             .words = words_of(segment)});
  return made;
}

}  // namespace

MemoryPanel::MemoryPanel(Workspace& workspace, QWidget* parent)
    : QWidget(parent), workspace_(workspace) {
  auto* content = new QWidget;
  chart_ = new StackedBars;
  chart_->setObjectName(QStringLiteral("memory_chart"));
  picture_ = new Picture(
      tr("Memory"), chart_, [this] { return text(); }, nullptr);
  auto* scroll = new QScrollArea;
  scroll->setWidget(picture_);
  scroll->setWidgetResizable(true);
  scroll->setFrameShape(QFrame::NoFrame);
  scroll->setFocusPolicy(Qt::NoFocus);
  one_scale_ = new QCheckBox(tr("&One scale for all memories"));
  one_scale_->setObjectName(QStringLiteral("one_scale"));
  one_scale_->setToolTip(
      tr("On: bars are as long as their memory is large. Off: each bar fills the width."));
  detail_ = detail_line(QStringLiteral("memory_detail"), content);
  auto* below = new QHBoxLayout;
  below->addWidget(detail_, 1);
  below->addWidget(one_scale_, 0, Qt::AlignTop);
  auto* layout = new QVBoxLayout(content);
  layout->addWidget(scroll, 1);
  layout->addLayout(below);
  pages_ = new ChartPages(content);
  auto* outer = new QVBoxLayout(this);
  outer->setContentsMargins(0, 0, 0, 0);
  outer->addWidget(pages_);

  connect(chart_, &StackedBars::told, this, [this, scroll](const QString& words) {
    detail_->setText(words);
    const auto [bar, segment] = chart_->current();
    if (bar < 0 || !chart_->hasFocus()) return;
    const QPointF where = chart_->mapTo(picture_, chart_->rect_of(bar, segment).center());
    scroll->ensureVisible(static_cast<int>(where.x()), static_cast<int>(where.y()));
  });
  connect(one_scale_, &QCheckBox::clicked, this, [this] {
    scale_chosen_ = true;
    draw();
  });
  connect(&workspace_, &Workspace::answer_changed, this, &MemoryPanel::refresh);
  setFocusProxy(chart_);
  refresh();
}

void MemoryPanel::refresh() {
  const std::shared_ptr<const Answer> answer = workspace_.answer();
  bars_.clear();
  if (pages_->shows(answer.get())) bars_ = memory_bars(answer->evaluation->outcome);
  if (!scale_chosen_) one_scale_->setChecked(span_of_lengths(bars_) <= most_span);
  one_scale_->setVisible(bars_.size() > 1);
  draw();
}

void MemoryPanel::draw() {
  std::vector<StackedBar> bars;
  for (const MemoryBar& bar : bars_) bars.push_back(drawn(bar));
  chart_->set_bars(std::move(bars), one_scale_->isChecked());
}

QString MemoryPanel::text() const {
  QString text = tr("memory\tpart\tbytes\tlow\thigh\tof the capacity\n");
  for (const MemoryBar& bar : bars_)
    for (const MemorySegment& segment : bar.segments)
      text += QStringLiteral("%1\t%2\t%3\t%4\t%5\t%6\n")
                  .arg(engine_word(bar.label), name_of(segment), exact_bytes(segment.bytes.value),
                       exact_bytes(segment.bytes.low), exact_bytes(segment.bytes.high),
                       localized(percent_text(segment.share)));
  return text;
}

}  // namespace plimsoll::gui

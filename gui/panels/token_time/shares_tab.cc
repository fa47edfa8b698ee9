#include "panels/token_time/shares_tab.h"

#include <QLabel>
#include <QScrollArea>
#include <QSplitter>
#include <QTableView>
#include <QVBoxLayout>

#include "presenters/time_bars.h"
#include "report/report_content.h"
#include "widgets/cell_table.h"
#include "widgets/chart_pages.h"
#include "widgets/picture.h"
#include "widgets/screen_text.h"
#include "widgets/stacked_bars.h"

namespace plimsoll::gui {
namespace {

QString time_of(Seconds time) {
  return localized(exact_time_text(time));
}

QString words_of(const TimeSegment& segment) {
  return SharesTab::tr("%1, %2: %3, %4")
      .arg(engine_word(segment.resource), engine_word(segment.operators), time_of(segment.time),
           localized(percent_text(segment.share)));
}

StackedBar bar_of(const std::vector<TimeSegment>& segments) {
  StackedBar bar{.title = {}, .note = {}, .segments = {}, .markers = {}};
  for (const TimeSegment& segment : segments) {
    bar.segments.push_back({.name = SharesTab::tr("%1: %2").arg(engine_word(segment.resource),
                                                                engine_word(segment.operators)),
                            .colour = segment.resource + ": " + segment.operators,
                            .fill = SegmentFill::solid,
                            .start = segment.start,
                            .end = segment.end,
                            .words = words_of(segment)});
    bar.length = segment.end;
  }
  bar.note = time_of(Seconds(bar.length));
  return bar;
}

std::vector<std::vector<Cell>> rows_of(const std::vector<TimeSegment>& segments) {
  std::vector<std::vector<Cell>> rows;
  for (const TimeSegment& segment : segments)
    rows.push_back({{.text = engine_word(segment.resource)},
                    {.text = engine_word(segment.operators)},
                    {.text = time_of(segment.time), .value = segment.time.base()},
                    {.text = localized(percent_text(segment.share)), .value = segment.share}});
  return rows;
}

}  // namespace

SharesTab::SharesTab(QWidget* parent) : QWidget(parent) {
  table_ = new CellTable({{.title = tr("Resource"), .hint = tr("What is busy")},
                          {.title = tr("Operators"), .hint = tr("With which class of operators")},
                          {.title = tr("Time"), .number = true},
                          {.title = tr("Share"), .number = true, .hint = tr("Of the whole time")}},
                         this);
  chart_ = new StackedBars;
  chart_->setObjectName(QStringLiteral("time_chart"));
  picture_ = new Picture(
      {}, chart_, [this] { return table_->text(); }, nullptr);
  detail_ = detail_line(QStringLiteral("time_detail"), nullptr);
  auto* left = new QWidget;
  auto* column = new QVBoxLayout(left);
  auto* scroll = new QScrollArea;
  scroll->setWidget(picture_);
  scroll->setWidgetResizable(true);
  scroll->setFrameShape(QFrame::NoFrame);
  scroll->setFocusPolicy(Qt::NoFocus);
  column->addWidget(scroll, 1);
  column->addWidget(detail_);
  QTableView* view = table_view(*table_, tr("Time by resource and operators"), nullptr);
  view->setObjectName(QStringLiteral("time_table"));
  auto* split = new QSplitter;
  split->addWidget(left);
  split->addWidget(view);
  share(*split, 1, 1);
  split->setChildrenCollapsible(false);
  auto* layout = new QVBoxLayout(this);
  layout->setContentsMargins(0, 0, 0, 0);
  layout->addWidget(split);
  connect(chart_, &StackedBars::told, detail_, &QLabel::setText);
}

void SharesTab::show(const Outcome& outcome, Pass pass) {
  const bool prefill = pass == Pass::prefill;
  const std::vector<TimeSegment> segments =
      time_segments(prefill ? outcome.prefill_shares : outcome.time_shares);
  picture_->set_title(prefill ? tr("Time of the prompt") : tr("Time of a token"));
  chart_->set_bars({bar_of(segments)}, true);
  table_->set_rows(rows_of(segments));
}

}  // namespace plimsoll::gui

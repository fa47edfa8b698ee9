#include "panels/token_time/run_tab.h"

#include <QChart>
#include <QChartView>
#include <QEvent>
#include <QLabel>
#include <QLineSeries>
#include <QLogValueAxis>
#include <QScrollArea>
#include <QSplitter>
#include <QVBoxLayout>
#include <QValueAxis>
#include <algorithm>

#include "base/quantity_text.h"
#include "presenters/time_bars.h"
#include "report/report_content.h"
#include "report/streaming_content.h"
#include "widgets/chart_pages.h"
#include "widgets/chart_style.h"
#include "widgets/colours.h"
#include "widgets/picture.h"
#include "widgets/screen_text.h"
#include "widgets/stacked_bars.h"

namespace plimsoll::gui {
namespace {

QString lines(const ContentTable& table) {
  QStringList all;
  QStringList row;
  for (const ContentTable::Column& column : table.columns) row += engine_word(column.title);
  all += row.join(u'\t');
  for (const auto& cells : table.rows) {
    row.clear();
    for (const std::string& cell : cells) row += localized(cell);
    all += row.join(u'\t');
  }
  return all.join(u'\n') + u'\n';
}

double most(const std::vector<RunCurve>& curves) {
  double highest = 0.0;
  for (const RunCurve& curve : curves)
    for (const RunPoint& point : curve.points) highest = std::max(highest, point.value);
  return highest;
}

double last_token(const RunCurves& curves) {
  double last = 10.0;
  for (const RunCurve& curve : curves.rates)
    for (const RunPoint& point : curve.points) last = std::max(last, point.token);
  return last;
}

}  // namespace

RunTab::RunTab(QWidget* parent) : QWidget(parent) {
  chart_ = new QChart;
  chart_view_ = new QChartView(chart_);
  chart_view_->setObjectName(QStringLiteral("run_chart"));
  chart_view_->setRenderHint(QPainter::Antialiasing);
  chart_view_->setFrameShape(QFrame::NoFrame);
  chart_view_->setFocusPolicy(Qt::NoFocus);
  chart_view_->setMinimumHeight(fontMetrics().height() * 11);
  auto* run = new Picture(
      tr("The run"), chart_view_, [this] { return run_text(); }, nullptr);
  layer_ = new StackedBars;
  layer_->setObjectName(QStringLiteral("layer_chart"));
  layer_picture_ = new Picture(
      tr("A layer"), layer_, [this] { return layer_text(); }, nullptr);
  detail_ = detail_line(QStringLiteral("layer_detail"), nullptr);
  auto* scroll = new QScrollArea;
  scroll->setWidget(layer_picture_);
  scroll->setWidgetResizable(true);
  scroll->setFrameShape(QFrame::NoFrame);
  scroll->setFocusPolicy(Qt::NoFocus);
  auto* right = new QWidget;
  auto* column = new QVBoxLayout(right);
  column->addWidget(scroll, 1);
  column->addWidget(detail_);
  auto* split = new QSplitter;
  auto* left = new QWidget;
  (new QVBoxLayout(left))->addWidget(run);
  split->addWidget(left);
  split->addWidget(right);
  share(*split, 1, 1);
  split->setChildrenCollapsible(false);
  auto* layout = new QVBoxLayout(this);
  layout->setContentsMargins(0, 0, 0, 0);
  layout->addWidget(split);
  connect(layer_, &StackedBars::told, detail_, &QLabel::setText);
}

void RunTab::show(const StreamingOutcome& streaming) {
  streaming_ = streaming;
  draw_curves();
  draw_layer();
}

void RunTab::draw_curves() {
  chart_->removeAllSeries();
  for (QAbstractAxis* axis : chart_->axes()) {
    chart_->removeAxis(axis);
    delete axis;
  }
  const RunCurves curves = run_curves(streaming_);
  auto* tokens = new QLogValueAxis;
  tokens->setBase(10.0);
  tokens->setLabelFormat(QStringLiteral("%g"));
  tokens->setTitleText(tr("token of the prompt or of the answer"));
  tokens->setRange(1.0, last_token(curves));
  chart_->addAxis(tokens, Qt::AlignBottom);
  const auto add = [&](const std::vector<RunCurve>& list, const QString& title, double high,
                       Qt::Alignment side) {
    if (list.empty()) return;
    auto* axis = new QValueAxis;
    axis->setTitleText(title);
    axis->setRange(0.0, high);
    axis->applyNiceNumbers();
    chart_->addAxis(axis, side);
    for (const RunCurve& curve : list) {
      auto* series = new QLineSeries;
      series->setName(engine_word(curve.what));
      for (const RunPoint& point : curve.points) series->append(point.token, point.value);
      // The prompt's curves have the colours of the answer's, dashed.
      const std::string kind = curve.what.substr(curve.what.find(": ") + 2);
      QPen pen(series_colour(kind, palette()), 2.0);
      if (curve.prompt) pen.setStyle(Qt::DashLine);
      series->setPen(pen);
      series->setPointsVisible(true);
      chart_->addSeries(series);
      series->attachAxis(tokens);
      series->attachAxis(axis);
    }
  };
  add(curves.rates, tr("token/s"), std::max(most(curves.rates), 0.1), Qt::AlignLeft);
  add(curves.shares, tr("%"), 100.0, Qt::AlignRight);
  add(curves.temperature, tr("°C"), std::max(most(curves.temperature), 50.0), Qt::AlignRight);
  dress(*chart_, palette());
  chart_->legend()->setAlignment(Qt::AlignBottom);
}

void RunTab::draw_layer() {
  StackedBar bar{.title = tr("One layer, mean"), .note = {}, .segments = {}, .markers = {}};
  for (const TimeSegment& segment : layer_segments(streaming_)) {
    bar.segments.push_back(
        {.name = engine_word(segment.resource),
         .colour = segment.resource,
         .fill = SegmentFill::solid,
         .start = segment.start,
         .end = segment.end,
         .words = tr("%1: %2, %3 of the layer")
                      .arg(engine_word(segment.resource), localized(exact_time_text(segment.time)),
                           localized(percent_text(segment.share)))});
    bar.length = segment.end;
  }
  bar.note = tr("%1; layers: %2; outside them: %3 of the token")
                 .arg(localized(exact_time_text(Seconds(bar.length))))
                 .arg(streaming_.routed_layers)
                 .arg(localized(exact_time_text(streaming_.outside_layers)));
  layer_->set_bars({bar}, true);
}

QString RunTab::run_text() const {
  return lines(series_table(streaming_));
}
QString RunTab::layer_text() const {
  return lines(layer_table(streaming_));
}

void RunTab::changeEvent(QEvent* event) {
  QWidget::changeEvent(event);
  if (event->type() == QEvent::PaletteChange) draw_curves();
}

}  // namespace plimsoll::gui

#include "panels/choose/pareto_view.h"

#include <QChart>
#include <QChartView>
#include <QComboBox>
#include <QEvent>
#include <QGraphicsLayout>
#include <QHBoxLayout>
#include <QLabel>
#include <QLineSeries>
#include <QLogValueAxis>
#include <QScatterSeries>
#include <QToolTip>
#include <QVBoxLayout>
#include <algorithm>
#include <array>
#include <cmath>
#include <utility>

#include "base/quantity_text.h"
#include "report/plan_content.h"
#include "report/report_content.h"
#include "widgets/colours.h"
#include "widgets/picture.h"
#include "widgets/screen_text.h"

namespace plimsoll::gui {
namespace {

// Sizes of points, in heights of a line; a point belongs to the nearest.
constexpr std::array sizes = {0.45, 0.6, 0.75, 0.9};
constexpr double mark_size = 1.4;

std::size_t size_of(const PlanPoint& point) {
  const double last = static_cast<double>(sizes.size() - 1);
  return static_cast<std::size_t>(std::lround(std::clamp(point.weight, 0.0, 1.0) * last));
}

}  // namespace

ParetoView::ParetoView(QWidget* parent) : QWidget(parent) {
  auto* layout = new QVBoxLayout(this);
  layout->setContentsMargins(0, 0, 0, 0);
  view_ = new QChartView(this);
  view_->setObjectName(QStringLiteral("pareto_chart"));
  view_->setRenderHint(QPainter::Antialiasing);
  view_->setMinimumSize(fontMetrics().height() * 16, fontMetrics().height() * 9);
  auto* picture = new Picture(
      tr("Price and speed"), view_, [this] { return as_text(); }, this);
  picture->setObjectName(QStringLiteral("pareto_picture"));
  layout->addWidget(picture, 1);
  auto* row = new QHBoxLayout;
  auto* label = new QLabel(tr("Size of the points:"), this);
  size_ = new QComboBox(this);
  size_->setObjectName(QStringLiteral("pareto_size"));
  size_->setAccessibleName(tr("Size of the points"));
  size_->setToolTip(tr("What larger points have more of"));
  size_->addItems({tr("quality of the quantization"), tr("power drawn")});
  label->setBuddy(size_);
  row->addWidget(label);
  row->addWidget(size_);
  row->addStretch(1);
  layout->addLayout(row);
  connect(size_, &QComboBox::currentIndexChanged, this, &ParetoView::redraw);
  redraw();
}

void ParetoView::show(std::shared_ptr<const PlanResult> result) {
  result_ = std::move(result);
  selected_ = nullptr;
  redraw();
}

void ParetoView::select(const PlannedMachine* plan) {
  if (selected_ == plan) return;
  selected_ = plan;
  if (mark_) mark(view_->chart());
}

void ParetoView::changeEvent(QEvent* event) {
  QWidget::changeEvent(event);
  if (event->type() == QEvent::PaletteChange && view_) redraw();
}

QPoint ParetoView::place_of(const PlannedMachine* plan) const {
  for (const PlanPoint& point : points_.points)
    if (point.plan == plan && mark_) {
      const QPointF scene = view_->chart()->mapToPosition({point.price, point.rate}, mark_);
      return view_->viewport()->mapTo(this, view_->mapFromScene(scene));
    }
  return {};
}

void ParetoView::redraw() {
  points_ = result_ ? chart_of(*result_,
                               size_->currentIndex() == 0 ? PointSize::quality : PointSize::power)
                    : PlanChart{};
  auto* chart = new QChart;
  chart->setBackgroundBrush(palette().color(QPalette::Base));
  chart->setBackgroundRoundness(0);
  chart->legend()->hide();
  chart->setLocalizeNumbers(true);
  chart->layout()->setContentsMargins(0, 0, 0, 0);
  chart->setMargins(QMargins(0, 0, 0, 0));
  mark_ = nullptr;
  if (!points_.points.empty()) {
    add_line(chart);
    add_points(chart);
    mark_ = add_series(chart, Qt::transparent, mark_size);
    mark_->setPen(QPen(palette().color(QPalette::Highlight), fontMetrics().height() / 6.0));
    add_axes(chart);
    mark(chart);
  }
  QChart* before = view_->chart();
  view_->setChart(chart);
  delete before;
}

// What the money buys at best; the front stands cheapest first.
void ParetoView::add_line(QChart* chart) {
  auto* line = new QLineSeries(chart);
  for (const PlanPoint& point : points_.points)
    if (point.edge) line->append(point.price, point.rate);
  QColor colour = series_colour("front", palette());
  colour.setAlphaF(0.8F);
  line->setPen(QPen(colour, fontMetrics().height() / 10.0));
  chart->addSeries(line);
}

QScatterSeries* ParetoView::add_series(QChart* chart, const QColor& colour, double size) {
  auto* series = new QScatterSeries(chart);
  series->setMarkerSize(size * fontMetrics().height());
  series->setColor(colour);
  series->setBorderColor(Qt::transparent);
  chart->addSeries(series);
  connect(series, &QScatterSeries::hovered, this, [this](const QPointF& value, bool inside) {
    const PlannedMachine* plan = inside ? nearest(value) : nullptr;
    QToolTip::showText(QCursor::pos(), plan ? tip(*plan) : QString(), view_);
  });
  connect(series, &QScatterSeries::clicked, this, [this](const QPointF& value) {
    if (const PlannedMachine* plan = nearest(value)) {
      select(plan);
      emit selected(plan);
    }
  });
  connect(series, &QScatterSeries::doubleClicked, this, [this](const QPointF& value) {
    if (const PlannedMachine* plan = nearest(value)) emit opened(plan);
  });
  return series;
}

// All that met the requirement faintly, the front over them.
void ParetoView::add_points(QChart* chart) {
  for (const bool front : {false, true})
    for (std::size_t size = 0; size < sizes.size(); ++size) {
      QColor colour = front ? series_colour("front", palette())
                            : palette().color(QPalette::Disabled, QPalette::Text);
      colour.setAlphaF(front ? 0.9F : 0.35F);
      QList<QPointF> places;
      for (const PlanPoint& point : points_.points)
        if (point.front == front && size_of(point) == size)
          places += QPointF(point.price, point.rate);
      if (places.isEmpty()) continue;
      add_series(chart, colour, sizes[size])->append(places);
    }
}

void ParetoView::add_axes(QChart* chart) {
  const bool rent = result_->requirement.acquisition == Acquisition::rent;
  QString price = rent ? tr("price, USD a month") : tr("price, USD");
  if (points_.any_aside) price += tr("; at the right: not known");
  const auto axis = [&](const QString& title, double least, double greatest, Qt::Alignment side) {
    auto* scale = new QLogValueAxis(chart);
    // Within a decade or two powers of ten are too few marks.
    constexpr double wide = 30.0;
    scale->setBase(greatest / least < wide ? 2 : 10);
    scale->setRange(least, greatest);
    scale->setMinorTickCount(8);
    scale->setLabelFormat(least < 1.0 ? QStringLiteral("%.1f") : QStringLiteral("%.0f"));
    scale->setTitleText(title);
    scale->setTitleBrush(palette().color(QPalette::Text));
    scale->setLabelsColor(palette().color(QPalette::Text));
    scale->setLinePenColor(palette().color(QPalette::Mid));
    scale->setGridLineColor(palette().color(QPalette::Mid));
    QColor minor = palette().color(QPalette::Mid);
    minor.setAlphaF(0.4F);
    scale->setMinorGridLineColor(minor);
    scale->setTitleFont(font());
    scale->setLabelsFont(font());
    chart->addAxis(scale, side);
    for (QAbstractSeries* series : chart->series()) series->attachAxis(scale);
  };
  axis(price, points_.least_price, points_.greatest_price, Qt::AlignBottom);
  axis(tr("token/s of each user"), points_.least_rate, points_.greatest_rate, Qt::AlignLeft);
}

void ParetoView::mark(QChart*) {
  mark_->clear();
  for (const PlanPoint& point : points_.points)
    if (point.plan == selected_) mark_->append(point.price, point.rate);
}

const PlannedMachine* ParetoView::nearest(QPointF value) const {
  const PlannedMachine* best = nullptr;
  double least = INFINITY;
  for (const PlanPoint& point : points_.points) {
    const double away =
        std::abs(std::log(point.price / value.x())) + std::abs(std::log(point.rate / value.y()));
    // Of those in one place the one of the front, which comes first.
    if (away < least * (1.0 - 1e-9)) {
      least = away;
      best = point.plan;
    }
  }
  return best;
}

QString ParetoView::tip(const PlannedMachine& plan) const {
  const Acquisition acquisition = result_->requirement.acquisition;
  QStringList lines{QString::fromStdString(machines_text(plan.machines)),
                    QString::fromStdString(plan.quantization_name + ", " + engine_text(plan)),
                    localized(with_interval(rate_text(plan.decode_tokens_per_second))),
                    localized(plan_price_text(plan, acquisition)) + QStringLiteral(", ") +
                        localized(plan_power_text(plan.power)),
                    localized(chances_text(plan))};
  return lines.join(QLatin1Char('\n'));
}

QString ParetoView::as_text() const {
  QString lines = tr("machines\tprice, USD\ttoken/s of each user\tfront\n");
  for (const PlanPoint& point : points_.points)
    lines += QString::fromStdString(machines_text(point.plan->machines)) + QLatin1Char('\t') +
             (point.priced ? localized(print_number(point.plan->price.usd->value, 6))
                           : tr("not known")) +
             QLatin1Char('\t') + localized(print_number(point.rate)) + QLatin1Char('\t') +
             (point.front ? tr("yes") : tr("no")) + QLatin1Char('\n');
  return lines;
}

}  // namespace plimsoll::gui

#include "panels/token_time/roofline_tab.h"

#include <QChart>
#include <QChartView>
#include <QEvent>
#include <QLabel>
#include <QLegend>
#include <QLineSeries>
#include <QLogValueAxis>
#include <QScatterSeries>
#include <QSortFilterProxyModel>
#include <QSplitter>
#include <QTableView>
#include <QVBoxLayout>
#include <algorithm>
#include <array>
#include <cmath>

#include "base/quantity_text.h"
#include "report/report_content.h"
#include "widgets/cell_table.h"
#include "widgets/chart_pages.h"
#include "widgets/chart_style.h"
#include "widgets/colours.h"
#include "widgets/picture.h"
#include "widgets/screen_text.h"

namespace plimsoll::gui {
namespace {

std::size_t at(int index) {
  return static_cast<std::size_t>(index);
}

QString rate(double flop_per_second) {
  return localized(print(FlopPerSecond(flop_per_second)));
}

QString intensity(double flop_per_byte) {
  return RooflineTab::tr("%1 FLOP/B").arg(localized(print_number(flop_per_byte)));
}

QString words_of(const RoofPoint& point) {
  return RooflineTab::tr(
             "%1 on %2: %3 at %4, %5 of the %6 that the roof allows (%7); %8 of the time")
      .arg(engine_word(point.operators), engine_word(point.unit), rate(point.achieved),
           intensity(point.intensity), localized(percent_text(point.of_roof)),
           rate(point.attainable), engine_word(point.units), localized(percent_text(point.share)));
}

std::vector<std::vector<Cell>> rows_of(const RooflinePlot& plot) {
  std::vector<std::vector<Cell>> rows;
  for (const RoofPoint& point : plot.points)
    rows.push_back({{.text = engine_word(point.operators), .hint = words_of(point)},
                    {.text = engine_word(point.unit), .hint = engine_word(point.units)},
                    {.text = intensity(point.intensity), .value = point.intensity},
                    {.text = rate(point.achieved), .value = point.achieved},
                    {.text = rate(point.attainable), .value = point.attainable},
                    {.text = localized(percent_text(point.of_roof)), .value = point.of_roof},
                    {.text = localized(exact_time_text(point.time)), .value = point.time.base()}});
  return rows;
}

// Units have lines of their own kind; operators have the colours.
Qt::PenStyle style_of(std::size_t unit) {
  constexpr std::array styles = {Qt::SolidLine, Qt::DashLine, Qt::DotLine, Qt::DashDotLine};
  return styles[unit % styles.size()];
}

bool has_one_unit(const RooflinePlot& plot) {
  return std::all_of(plot.points.begin(), plot.points.end(), [&](const RoofPoint& point) {
    return point.unit == plot.points.front().unit;
  });
}

QString label_of(const RoofPoint& point) {
  const QString name = engine_word(point.operators);
  return point.named > 0 ? RooflineTab::tr("%1 and %2 more").arg(name).arg(point.named) : name;
}

}  // namespace

RooflineTab::RooflineTab(QWidget* parent) : QWidget(parent) {
  table_ = new CellTable(
      {{.title = tr("Operators")},
       {.title = tr("Unit")},
       {.title = tr("Intensity"), .number = true, .hint = tr("FLOP for each byte of memory")},
       {.title = tr("Achieved"), .number = true, .hint = tr("With the gaps between kernels")},
       {.title = tr("Roof"),
        .number = true,
        .hint = tr("What memory and compute units allow at this intensity")},
       {.title = tr("Of the roof"), .number = true},
       {.title = tr("Time"), .number = true, .hint = tr("Summed over units alike")}},
      this);
  view_ = table_view(*table_, tr("Operators under their roofs"), nullptr);
  view_->setObjectName(QStringLiteral("roofline_table"));
  chart_ = new QChart;
  chart_view_ = new QChartView(chart_);
  chart_view_->setObjectName(QStringLiteral("roofline_chart"));
  chart_view_->setRenderHint(QPainter::Antialiasing);
  chart_view_->setFocusPolicy(Qt::NoFocus);  // the table is its keyboard
  chart_view_->setFrameShape(QFrame::NoFrame);
  chart_view_->setMinimumHeight(fontMetrics().height() * 12);
  picture_ = new Picture(
      tr("Roofline"), chart_view_, [this] { return table_->text(); }, nullptr);
  detail_ = detail_line(QStringLiteral("roofline_detail"), nullptr);
  auto* left = new QWidget;
  auto* column = new QVBoxLayout(left);
  column->addWidget(picture_, 1);
  column->addWidget(detail_);
  auto* split = new QSplitter;
  split->addWidget(left);
  split->addWidget(view_);
  share(*split, 6, 5);
  split->setChildrenCollapsible(false);
  auto* layout = new QVBoxLayout(this);
  layout->setContentsMargins(0, 0, 0, 0);
  layout->addWidget(split);
  connect(view_->selectionModel(), &QItemSelectionModel::currentRowChanged, this,
          [this](const QModelIndex& current) {
            const auto* sorted = static_cast<const QSortFilterProxyModel*>(view_->model());
            selected_ = sorted->mapToSource(current).row();
            mark_selected();
          });
}

void RooflineTab::show(const Outcome& outcome, Pass pass) {
  plot_ = roofline_plot(pass == Pass::prefill ? outcome.prefill_roofline : outcome.roofline);
  picture_->set_title(pass == Pass::prefill ? tr("Roofline of a chunk of the prompt")
                                            : tr("Roofline of a token"));
  selected_ = -1;
  table_->set_rows(rows_of(plot_));
  constexpr int unit_column = 1;
  view_->setColumnHidden(unit_column, has_one_unit(plot_));
  draw();
}

void RooflineTab::draw() {
  chart_->removeAllSeries();
  for (QAbstractAxis* axis : chart_->axes()) {
    chart_->removeAxis(axis);
    delete axis;
  }
  detail_->clear();
  if (plot_.points.empty()) return;
  add_axes();
  add_roofs();
  add_points();
  dress(*chart_, palette());
  chart_->legend()->hide();  // roofs and points carry their names
}

void RooflineTab::add_axes() {
  const auto make = [this](const QString& title, double low, double high, Qt::Alignment side) {
    auto* axis = new QLogValueAxis;
    axis->setBase(10.0);
    axis->setLabelFormat(low >= 1.0 ? QStringLiteral("%.0f") : QStringLiteral("%g"));
    axis->setTitleText(title);
    axis->setRange(low, high);
    chart_->addAxis(axis, side);
  };
  constexpr double giga = 1e9;
  make(tr("intensity, FLOP/B"), plot_.x_low, plot_.x_high, Qt::AlignBottom);
  make(tr("GFLOP/s"), plot_.y_low / giga, plot_.y_high / giga, Qt::AlignLeft);
}

void RooflineTab::add_roofs() {
  constexpr double giga = 1e9;
  QStringList units;
  for (const RoofLine& line : plot_.lines) {
    const QString unit = QString::fromStdString(line.unit);
    if (!units.contains(unit)) units.append(unit);
    auto* series = new QLineSeries;
    series->setName(engine_word(line.unit) + QStringLiteral(": ") + localized(line.what));
    series->append(line.x0, line.y0 / giga);
    series->append(line.x1, line.y1 / giga);
    QColor colour = palette().color(QPalette::WindowText);
    colour.setAlphaF(line.memory ? 1.0F : 0.75F);
    QPen pen(colour, line.memory ? 2.0 : 1.5);
    pen.setStyle(style_of(static_cast<std::size_t>(units.indexOf(unit))));
    series->setPen(pen);
    chart_->addSeries(series);
    for (QAbstractAxis* axis : chart_->axes()) series->attachAxis(axis);
    if (line.named) name_roof(line);
    connect(series, &QLineSeries::hovered, this,
            [this, name = series->name()](const QPointF&, bool inside) {
              detail_->setText(inside ? name : QString());
            });
  }
}

// The name of a roof stands above its line: a point too small to be seen carries it.
void RooflineTab::name_roof(const RoofLine& line) {
  constexpr double giga = 1e9;
  const auto on_the_way = [](double from, double to, double part) {
    return from * std::pow(to / from, part);
  };
  auto* series = new QScatterSeries;
  series->setMarkerSize(0.1);
  series->setColor(Qt::transparent);
  series->setBorderColor(Qt::transparent);
  series->append(on_the_way(line.x0, line.x1, line.name_at),
                 on_the_way(line.y0, line.y1, line.name_at) / giga);
  series->setPointLabelsVisible(true);
  series->setPointLabelsFormat(localized(line.what));
  QColor quiet = palette().color(QPalette::WindowText);
  quiet.setAlphaF(0.7F);
  series->setPointLabelsColor(quiet);
  series->setPointLabelsClipping(false);
  chart_->addSeries(series);
  for (QAbstractAxis* axis : chart_->axes()) series->attachAxis(axis);
}

void RooflineTab::add_points() {
  constexpr double giga = 1e9;
  const double em = fontMetrics().height();
  for (std::size_t i = 0; i < plot_.points.size(); ++i) {
    const RoofPoint& point = plot_.points[i];
    auto* series = new QScatterSeries;
    series->setObjectName(QString::number(i));
    series->setName(engine_word(point.operators));
    // The area goes with the time.
    series->setMarkerSize(em * (0.5 + 1.8 * std::sqrt(point.share)));
    series->setColor(series_colour(point.operators, palette()));
    series->setBorderColor(palette().color(QPalette::Window));
    series->append(point.intensity, point.achieved / giga);
    series->setPointLabelsVisible(point.named >= 0);
    series->setPointLabelsFormat(label_of(point));
    series->setPointLabelsColor(palette().color(QPalette::WindowText));
    series->setPointLabelsClipping(false);
    chart_->addSeries(series);
    for (QAbstractAxis* axis : chart_->axes()) series->attachAxis(axis);
    connect(series, &QScatterSeries::hovered, this, [this, i](const QPointF&, bool inside) {
      detail_->setText(inside ? words_of(plot_.points[i]) : QString());
    });
    connect(series, &QScatterSeries::clicked, this, [this, i](const QPointF&) {
      const auto* sorted = static_cast<const QSortFilterProxyModel*>(view_->model());
      view_->selectRow(sorted->mapFromSource(table_->index(static_cast<int>(i), 0)).row());
    });
  }
}

// The point of the row that is current gets a frame.
void RooflineTab::mark_selected() {
  for (QAbstractSeries* each : chart_->series()) {
    auto* series = qobject_cast<QScatterSeries*>(each);
    if (!series) continue;
    const bool marked = series->objectName() == QString::number(selected_);
    QPen pen(palette().color(marked ? QPalette::Highlight : QPalette::Window));
    pen.setWidthF(marked ? fontMetrics().height() * 0.25 : 1.0);
    series->setPen(pen);
  }
  if (selected_ >= 0 && at(selected_) < plot_.points.size())
    detail_->setText(words_of(plot_.points[at(selected_)]));
}

void RooflineTab::changeEvent(QEvent* event) {
  QWidget::changeEvent(event);
  if (event->type() == QEvent::PaletteChange || event->type() == QEvent::FontChange) draw();
}

}  // namespace plimsoll::gui

#include "panels/timeline/timeline_panel.h"

#include <QComboBox>
#include <QFileDialog>
#include <QGridLayout>
#include <QHBoxLayout>
#include <QLabel>
#include <QLineEdit>
#include <QMessageBox>
#include <QScrollBar>
#include <QShortcut>
#include <QSignalBlocker>
#include <QToolButton>
#include <QVBoxLayout>
#include <cmath>

#include "base/output_file.h"
#include "panels/timeline/timeline_canvas.h"
#include "report/report_content.h"
#include "report/timeline_text.h"
#include "report/trace_json.h"
#include "widgets/chart_pages.h"
#include "widgets/picture.h"
#include "widgets/screen_text.h"

namespace plimsoll::gui {
namespace {

constexpr int scroll_range = 10000;  // steps of the horizontal scroll bar

QToolButton* button(const QString& words, const QString& hint, const QString& name) {
  auto* made = new QToolButton;
  made->setText(words);
  made->setToolTip(hint);
  made->setAccessibleName(hint);
  made->setObjectName(name);
  made->setAutoRaise(true);
  return made;
}

}  // namespace

TimelinePanel::TimelinePanel(Workspace& workspace, QWidget* parent)
    : QWidget(parent), workspace_(workspace) {
  auto* content = new QWidget;
  auto* layout = new QVBoxLayout(content);
  layout->addWidget(make_tools());
  layout->addWidget(make_chart(), 1);
  detail_ = detail_line(QStringLiteral("timeline_detail"), content);
  layout->addWidget(detail_);
  pages_ = new ChartPages(content);
  auto* outer = new QVBoxLayout(this);
  outer->setContentsMargins(0, 0, 0, 0);
  outer->addWidget(pages_);
  setFocusProxy(canvas_);
  connect_all();
  refresh();
}

QWidget* TimelinePanel::make_tools() {
  part_ = new QComboBox;
  part_->setObjectName(QStringLiteral("timeline_part"));
  part_->setAccessibleName(tr("What is shown"));
  search_ = new QLineEdit;
  search_->setObjectName(QStringLiteral("timeline_search"));
  search_->setPlaceholderText(tr("Find operators"));
  search_->setAccessibleName(tr("Find operators by name"));
  search_->setToolTip(
      tr("Marks operators whose name contains the text; Enter goes to the next one"));
  search_->setClearButtonEnabled(true);
  found_ = new QLabel;
  found_->setObjectName(QStringLiteral("timeline_found"));
  critical_ = new QLabel;
  critical_->setObjectName(QStringLiteral("timeline_critical"));
  auto* in = button(QStringLiteral("+"), tr("Zoom in (+)"), QStringLiteral("zoom_in"));
  auto* out = button(QStringLiteral("−"), tr("Zoom out (-)"), QStringLiteral("zoom_out"));
  auto* all = button(tr("Fit"), tr("Show all of it (Home)"), QStringLiteral("zoom_fit"));
  auto* trace =
      button(tr("Export Trace…"), tr("Save the run as a trace for Perfetto or chrome://tracing"),
             QStringLiteral("export_trace"));
  auto* tools = new QWidget;
  auto* row = new QHBoxLayout(tools);
  row->setContentsMargins(0, 0, 0, 0);
  row->addWidget(part_);
  row->addWidget(critical_, 1);
  row->addWidget(search_);
  row->addWidget(found_);
  for (QToolButton* each : {out, in, all, trace}) row->addWidget(each);
  connect(in, &QToolButton::clicked, this,
          [this] { canvas_->zoom(2.0, (canvas_->from() + canvas_->to()) / 2.0); });
  connect(out, &QToolButton::clicked, this,
          [this] { canvas_->zoom(0.5, (canvas_->from() + canvas_->to()) / 2.0); });
  connect(all, &QToolButton::clicked, this, [this] { canvas_->fit(); });
  connect(trace, &QToolButton::clicked, this, &TimelinePanel::ask_for_file);
  return tools;
}

QWidget* TimelinePanel::make_chart() {
  canvas_ = new TimelineCanvas;
  canvas_->setObjectName(QStringLiteral("timeline_chart"));
  canvas_->setWhatsThis(
      tr("Wheel or + and - zoom, dragging or arrows pan, Home shows all. Space marks the first "
         "span; then arrows and Tab move from span to span, Enter fills the width with it, and "
         "Escape lets go."));
  picture_ = new Picture(
      tr("Timeline"), canvas_,
      [this] { return QString::fromStdString(timeline_table(canvas_->view())); }, nullptr);
  across_ = new QScrollBar(Qt::Horizontal);
  across_->setAccessibleName(tr("Time"));
  down_ = new QScrollBar(Qt::Vertical);
  down_->setAccessibleName(tr("Tracks"));
  auto* chart = new QWidget;
  auto* grid = new QGridLayout(chart);
  grid->setContentsMargins(0, 0, 0, 0);
  grid->setSpacing(0);
  grid->addWidget(picture_, 0, 0);
  grid->addWidget(down_, 0, 1);
  grid->addWidget(across_, 1, 0);
  return chart;
}

void TimelinePanel::connect_all() {
  connect(part_, &QComboBox::currentIndexChanged, this, &TimelinePanel::show_part);
  connect(search_, &QLineEdit::textChanged, this, &TimelinePanel::search);
  connect(search_, &QLineEdit::returnPressed, this, [this] { canvas_->show_next_match(1); });
  connect(canvas_, &TimelineCanvas::told, detail_, &QLabel::setText);
  connect(canvas_, &TimelineCanvas::moved, this, &TimelinePanel::show_bars);
  connect(across_, &QScrollBar::valueChanged, this, [this](int value) {
    const double length = canvas_->to() - canvas_->from();
    const double from = canvas_->view().length() * value / scroll_range;
    canvas_->show_range(from, from + length);
  });
  connect(down_, &QScrollBar::valueChanged, canvas_, &TimelineCanvas::set_first_row);
  auto* find = new QShortcut(QKeySequence::Find, this);
  find->setContext(Qt::WidgetWithChildrenShortcut);
  connect(find, &QShortcut::activated, search_, [this] { search_->setFocus(); });
  connect(&workspace_, &Workspace::answer_changed, this, &TimelinePanel::refresh);
}

void TimelinePanel::refresh() {
  const std::shared_ptr<const Answer> answer = workspace_.answer();
  if (!pages_->shows(answer.get())) return;
  const Timeline& timeline = answer->evaluation->timeline;
  if (timeline.spans.empty()) {
    pages_->say(tr("It does not fit, so there is nothing to simulate."));
    return;
  }
  const QString chosen = part_->currentText();
  {
    const QSignalBlocker quiet(part_);
    part_->clear();
    for (const TimelinePart& part : timeline.parts) part_->addItem(engine_word(part.what));
    // The token comes after the prompt.
    const int kept = part_->findText(chosen);
    part_->setCurrentIndex(kept >= 0 ? kept : part_->count() - 1);
  }
  part_->setEnabled(part_->count() > 1);
  show_part();
}

void TimelinePanel::show_part() {
  const std::shared_ptr<const Answer> answer = workspace_.answer();
  if (!answer || answer->refused() || part_->currentIndex() < 0) return;
  const Timeline& timeline = answer->evaluation->timeline;
  const auto index = static_cast<std::size_t>(part_->currentIndex());
  if (index >= timeline.parts.size()) return;
  TimelineView view(part_of(timeline, timeline.parts[index]));
  const int track = view.critical_track();
  critical_->setText(track < 0
                         ? QString()
                         : tr("%1; %2 is busiest: %3 of it")
                               .arg(localized(exact_time_text(Seconds(view.length()))),
                                    engine_word(timeline.tracks[static_cast<std::size_t>(track)]),
                                    localized(percent_text(view.busy_share(track)))));
  canvas_->set_view(std::move(view));
  search();
  show_bars();
}

// The scroll bars follow what the canvas shows.
void TimelinePanel::show_bars() {
  const QSignalBlocker no_echo(across_);
  const QSignalBlocker no_echo_down(down_);
  const double length = canvas_->view().length();
  if (length <= 0.0) return;
  const int page =
      static_cast<int>(std::lround((canvas_->to() - canvas_->from()) / length * scroll_range));
  across_->setRange(0, scroll_range - page);
  across_->setPageStep(page);
  across_->setValue(static_cast<int>(std::lround(canvas_->from() / length * scroll_range)));
  across_->setVisible(page < scroll_range);
  const int rows = static_cast<int>(canvas_->view().rows().size());
  down_->setRange(0, std::max(0, rows - canvas_->visible_rows()));
  down_->setPageStep(canvas_->visible_rows());
  down_->setValue(canvas_->first_row());
  down_->setVisible(rows > canvas_->visible_rows());
}

void TimelinePanel::search() {
  const std::size_t found = canvas_->search(search_->text());
  found_->setText(
      search_->text().isEmpty()
          ? QString()
          : tr("%1 found").arg(localized(count_text(static_cast<std::int64_t>(found)))));
}

void TimelinePanel::export_trace(const QString& file) const {
  const std::shared_ptr<const Answer> answer = workspace_.answer();
  if (!answer || answer->refused()) return;
  const Evaluation& evaluation = *answer->evaluation;
  write_file_atomically(file.toStdString(),
                        trace_json(evaluation.timeline, timeline_title(evaluation.outcome.facts)));
}

void TimelinePanel::ask_for_file() {
  const QString file = QFileDialog::getSaveFileName(
      this, tr("Export Trace"), QStringLiteral("trace.json"), tr("Trace (*.json)"));
  if (file.isEmpty()) return;
  try {
    export_trace(file);
  } catch (const InputError& refused) {
    QMessageBox::warning(this, tr("Export Trace"), QString::fromStdString(refused.what()));
  }
}

}  // namespace plimsoll::gui

#include "app/exports.h"

#include <QAbstractTextDocumentLayout>
#include <QBuffer>
#include <QFontMetrics>
#include <QPainter>
#include <QPdfWriter>
#include <QPrintDialog>
#include <QPrinter>
#include <QTextDocument>
#include <algorithm>
#include <utility>

#include "base/output_file.h"
#include "import/import.h"
#include "report/report_json.h"
#include "report/report_markdown.h"
#include "report/timeline_text.h"
#include "report/trace_json.h"
#include "widgets/picture.h"

namespace plimsoll::gui {
namespace {

constexpr int dots_per_inch = 150;  // of PDF coordinates; its text and lines have no dots
constexpr double report_points = 9.0;

// Coordinates of a page inside its margins, in dots of the device.
QRectF page_of(const QPagedPaintDevice& device, int resolution) {
  return QRectF({0, 0}, device.pageLayout().paintRectPixels(resolution).size());
}

void paint_text(QTextDocument& text, const QRectF& page, QPainter& painter,
                QPagedPaintDevice& device) {
  text.setPageSize(page.size());
  for (int number = 0; number < text.pageCount(); ++number) {
    if (number > 0) device.newPage();
    painter.save();
    painter.translate(0, -number * page.height());
    text.drawContents(&painter, page.translated(0, number * page.height()));
    painter.restore();
  }
}

// One below the other, as many as a page takes.
void paint_pictures(const std::vector<const Picture*>& pictures, const QRectF& page,
                    QPainter& painter, QPagedPaintDevice& device) {
  double top = page.height();  // the first begins a page
  for (const Picture* picture : pictures) {
    const double line = painter.fontMetrics().lineSpacing();
    const double width = std::max(1, picture->width());
    const double height =
        std::min(page.width() * picture->height() / width, page.height() - 2 * line);
    if (top + line + height > page.height()) {
      device.newPage();
      top = 0;
    }
    painter.drawText(QRectF(0, top, page.width(), line), Qt::AlignLeft, picture->title());
    picture->paint(painter, QRectF(0, top + line, page.width(), height));
    top += height + 2 * line;
  }
}

}  // namespace

std::string exported_markdown(const Answer& answer) {
  return report_markdown(answer.evaluation->outcome);
}

std::string exported_json(const Answer& answer) {
  return report_json(answer.evaluation->outcome);
}

std::string exported_trace(const Answer& answer) {
  const Evaluation& evaluation = *answer.evaluation;
  return trace_json(evaluation.timeline, timeline_title(evaluation.outcome.facts));
}

void paint_report(const Answer& answer, const std::vector<const Picture*>& pictures,
                  QPagedPaintDevice& device) {
  QPainter painter(&device);
  const int resolution = painter.device()->logicalDpiX();
  const QRectF page = page_of(device, resolution);
  QTextDocument text;
  text.documentLayout()->setPaintDevice(painter.device());
  QFont font;
  font.setPointSizeF(report_points);
  text.setDefaultFont(font);
  painter.setFont(font);
  text.setMarkdown(QString::fromStdString(exported_markdown(answer)));
  paint_text(text, page, painter, device);
  paint_pictures(pictures, page, painter, device);
}

Exports::Exports(Workspace& workspace, Dialogs& dialogs, QWidget* window)
    : QObject(window), workspace_(workspace), dialogs_(dialogs), window_(window) {}

bool Exports::possible() const {
  return workspace_.answer_is_current() && !workspace_.answer()->refused() &&
         workspace_.answer()->stage == AnswerStage::complete;
}

QString Exports::suggested(const QString& ending) const {
  const std::string& name = workspace_.scenario().name;
  const QString stem = name.empty() ? tr("report") : QString::fromStdString(id_of_file(name));
  return stem + ending;
}

void Exports::save(const QString& title, const QString& ending, const QString& filter,
                   const std::function<std::string()>& content) {
  if (!possible()) return;
  const QString file = dialogs_.file_to_save(window_, title, suggested(ending), filter);
  if (file.isEmpty()) return;
  try {
    write_file_atomically(file.toStdString(), content());
    emit message(tr("Saved to %1.").arg(file));
  } catch (const InputError& refused) {
    dialogs_.warn(window_, title, QString::fromStdString(refused.what()));
  }
}

void Exports::save_markdown() {
  save(tr("Export the Report as Markdown"), QStringLiteral(".md"), tr("Markdown (*.md)"),
       [this] { return exported_markdown(*workspace_.answer()); });
}

void Exports::save_json() {
  save(tr("Export the Report as JSON"), QStringLiteral(".json"), tr("JSON (*.json)"),
       [this] { return exported_json(*workspace_.answer()); });
}

void Exports::save_trace() {
  save(tr("Export the Timeline as a Chrome Trace"), QStringLiteral(".trace.json"),
       tr("Chrome trace (*.json)"), [this] { return exported_trace(*workspace_.answer()); });
}

void Exports::save_pdf() {
  save(tr("Export the Report as PDF"), QStringLiteral(".pdf"), tr("PDF (*.pdf)"), [this] {
    QBuffer buffer;
    buffer.open(QIODevice::WriteOnly);
    {
      QPdfWriter writer(&buffer);
      writer.setResolution(dots_per_inch);
      writer.setPageSize(QPageSize(QPageSize::A4));
      writer.setTitle(QString::fromStdString(workspace_.scenario().name));
      paint_report(*workspace_.answer(), pictures(), writer);
    }
    return buffer.data().toStdString();
  });
}

void Exports::print() {
  if (!possible()) return;
  QPrinter printer(QPrinter::HighResolution);
  QPrintDialog dialog(&printer, window_);
  if (dialog.exec() == QDialog::Accepted) paint_report(*workspace_.answer(), pictures(), printer);
}

std::vector<const Picture*> Exports::pictures() const {
  const QFontMetrics metrics(window_->font());
  const QSize least(metrics.averageCharWidth() * 100, metrics.height() * 24);
  std::vector<const Picture*> found;
  for (Picture* picture : window_->findChildren<Picture*>()) {
    // No more than a heading: nothing of this scenario is drawn there.
    if (picture->text().split(u'\n', Qt::SkipEmptyParts).size() < 2) continue;
    // A tab that was never shown has no size yet; drawing it once lays it out.
    if (!picture->isVisible()) {
      picture->resize(picture->size().expandedTo(least));
      picture->image();
    }
    found.push_back(picture);
  }
  return found;
}

}  // namespace plimsoll::gui

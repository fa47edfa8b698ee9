#include "app/text_viewer.h"

#include <QDialogButtonBox>
#include <QFile>
#include <QFontDatabase>
#include <QPlainTextEdit>
#include <QTextBlock>
#include <QVBoxLayout>

namespace plimsoll::gui {
namespace {

constexpr qint64 most_bytes = qint64{16} << 20;  // as many as the engine reads of a YAML file

QString content_of(const QString& path) {
  QFile file(path);
  if (!file.open(QIODevice::ReadOnly))
    return TextViewer::tr("The file cannot be read: %1").arg(file.errorString());
  return QString::fromUtf8(file.read(most_bytes));
}

}  // namespace

TextViewer::TextViewer(const SourcePlace& place, QWidget* parent)
    : QDialog(parent), text_(new QPlainTextEdit(this)) {
  const QString path = QString::fromStdString(place.file);
  setWindowTitle(path);
  setAttribute(Qt::WA_DeleteOnClose);
  text_->setObjectName(QStringLiteral("file_text"));
  text_->setAccessibleName(path);
  text_->setReadOnly(true);
  text_->setTextInteractionFlags(Qt::TextSelectableByMouse | Qt::TextSelectableByKeyboard);
  text_->setLineWrapMode(QPlainTextEdit::NoWrap);
  text_->setFont(QFontDatabase::systemFont(QFontDatabase::FixedFont));
  text_->setPlainText(content_of(path));
  auto* buttons = new QDialogButtonBox(QDialogButtonBox::Close, this);
  connect(buttons, &QDialogButtonBox::rejected, this, &QDialog::reject);
  auto* layout = new QVBoxLayout(this);
  layout->addWidget(text_);
  layout->addWidget(buttons);
  const QFontMetrics metrics(text_->font());
  resize(metrics.averageCharWidth() * 90, metrics.height() * 32);
  go_to(place);
  text_->setFocus();
}

void TextViewer::go_to(const SourcePlace& place) {
  const QTextBlock block = text_->document()->findBlockByNumber(std::max(place.line - 1, 0));
  if (!block.isValid()) return;
  QTextCursor cursor(block);
  cursor.movePosition(QTextCursor::EndOfBlock, QTextCursor::KeepAnchor);
  QTextEdit::ExtraSelection line;
  line.format.setBackground(palette().color(QPalette::AlternateBase));
  line.format.setProperty(QTextFormat::FullWidthSelection, true);
  line.cursor = QTextCursor(block);
  text_->setExtraSelections({line});
  cursor = QTextCursor(block);
  cursor.movePosition(QTextCursor::Right, QTextCursor::MoveAnchor,
                      std::clamp(place.column - 1, 0, block.length() - 1));
  text_->setTextCursor(cursor);
  text_->centerCursor();
}

}  // namespace plimsoll::gui

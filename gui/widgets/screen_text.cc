#include "widgets/screen_text.h"

#include <QCoreApplication>
#include <QLocale>
#include <QRegularExpression>
#include <QStringList>
#include <cmath>

namespace plimsoll::gui {
namespace {

bool is_digit(QChar c) {
  return c >= u'0' && c <= u'9';
}

// A point or comma inside a number: digits on both sides.
bool is_inside_number(const QString& text, qsizetype at) {
  return at > 0 && at + 1 < text.size() && is_digit(text[at - 1]) && is_digit(text[at + 1]);
}

// Each number becomes %1, %2 …
QString with_places(const QString& text, QStringList& numbers) {
  static const QRegularExpression number(QStringLiteral("[0-9]+"));
  QString result;
  qsizetype copied = 0;
  for (auto found = number.globalMatch(text); found.hasNext();) {
    const QRegularExpressionMatch match = found.next();
    numbers << match.captured();
    result +=
        text.mid(copied, match.capturedStart() - copied) + u'%' + QString::number(numbers.size());
    copied = match.capturedEnd();
  }
  return result + text.mid(copied);
}

}  // namespace

QString engine_word(std::string_view neutral) {
  const QByteArray word(neutral.data(), static_cast<qsizetype>(neutral.size()));
  const QString found = QCoreApplication::translate("engine", word.constData());
  const QString as_is = QString::fromUtf8(word);
  if (found != as_is) return found;
  // "GPU 3 memory" is listed as "GPU %1 memory".
  QStringList numbers;
  const QByteArray pattern = with_places(as_is, numbers).toUtf8();
  QString text = QCoreApplication::translate("engine", pattern.constData());
  if (numbers.isEmpty() || text == QString::fromUtf8(pattern)) return as_is;
  for (const QString& number : numbers) text = text.arg(number);
  return text;
}

QString localized(std::string_view neutral) {
  const QString text = QString::fromUtf8(neutral.data(), static_cast<qsizetype>(neutral.size()));
  const QLocale locale;
  QString result;
  result.reserve(text.size());
  for (qsizetype i = 0; i < text.size(); ++i) {
    if (text[i] == u'.' && is_inside_number(text, i))
      result += locale.decimalPoint();
    else if (text[i] == u',' && is_inside_number(text, i))
      result += locale.groupSeparator();
    else
      result += text[i];
  }
  return result;
}

QString exact_bytes(double bytes) {
  return QCoreApplication::translate("units", "%1 B")
      .arg(QLocale().toString(static_cast<qlonglong>(std::llround(bytes))));
}

}  // namespace plimsoll::gui

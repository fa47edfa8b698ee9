#include "widgets/screen_text.h"

#include <QCoreApplication>
#include <QLocale>
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

}  // namespace

QString engine_word(std::string_view neutral) {
  const QByteArray word(neutral.data(), static_cast<qsizetype>(neutral.size()));
  return QCoreApplication::translate("engine", word.constData());
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

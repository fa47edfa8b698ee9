#include "translation_test.h"

#include <QAction>
#include <QFile>
#include <QLabel>
#include <QLocale>
#include <QMenu>
#include <QMenuBar>
#include <QRegularExpression>
#include <QTranslator>
#include <QXmlStreamReader>

#include "gui_test.h"
#include "panels/panel.h"
#include "widgets/screen_text.h"

namespace plimsoll::gui {
namespace {

constexpr const char* german = PLIMSOLL_SOURCE_DIR "/gui/translations/plimsoll_de.ts";

struct Speaking {
  QTranslator translator;
  QLocale before;

  explicit Speaking(const QString& language) {
    QLocale::setDefault(QLocale(language));
    if (translator.load(QLocale(language), QStringLiteral("plimsoll"), QStringLiteral("_"),
                        QStringLiteral(":/i18n")))
      QCoreApplication::installTranslator(&translator);
  }
  ~Speaking() {
    QCoreApplication::removeTranslator(&translator);
    QLocale::setDefault(before);
  }
};

}  // namespace

void TranslationTest::every_string_is_translated() {
  QFile file{QLatin1String(german)};
  QVERIFY(file.open(QIODevice::ReadOnly));
  QXmlStreamReader xml(&file);
  int strings = 0;
  QString source;
  while (!xml.atEnd()) {
    xml.readNext();
    if (!xml.isStartElement()) continue;
    if (xml.name() == u"source") source = xml.readElementText();
    if (xml.name() != u"translation") continue;
    const auto kind = xml.attributes().value(QLatin1String("type"));
    QVERIFY2(kind.isEmpty() || kind == u"vanished" || kind == u"obsolete", qPrintable(source));
    ++strings;
  }
  QVERIFY2(!xml.hasError(), qPrintable(xml.errorString()));
  QVERIFY(strings > 200);
}

// The panels of the list, as the words that everybody meets first; the rest is lupdate's business.
void TranslationTest::every_string_of_the_sources_is_listed() {
  const Speaking speaking(QStringLiteral("de_DE"));
  for (const PanelKind& kind : panel_kinds()) {
    for (const char* text : {kind.title, kind.purpose})
      QVERIFY2(QCoreApplication::translate("panels", text) != QLatin1String(text), text);
  }
}

void TranslationTest::the_german_window_speaks_german() {
  const Speaking speaking(QStringLiteral("de_DE"));
  MainWindow window(shipped_catalogs());
  QCOMPARE(window.menuBar()->actions().front()->text(), QStringLiteral("&Datei"));
  QCOMPARE(engine_word("does-not-fit"), QStringLiteral("passt nicht"));
  QCOMPARE(engine_word("GPU 3 memory"), QStringLiteral("Speicher der GPU 3"));
  QCOMPARE(localized("1,234.5 GB"), QStringLiteral("1.234,5 GB"));
  window.show();
  window.workspace().start_with(small_scenario());
  QVERIFY(wait_for_answer(window.workspace()));
  // Somewhere in the answer there is a number with a decimal comma, and none with a point.
  const QRegularExpression comma(QStringLiteral("^[0-9]+,[0-9]+"));
  const QRegularExpression point(QStringLiteral("^[0-9]+\\.[0-9]{1,2}$"));
  int numbers = 0;
  for (const QLabel* label :
       window.findChild<QWidget*>(QStringLiteral("answer"))->findChildren<QLabel*>()) {
    numbers += comma.match(label->text()).hasMatch() ? 1 : 0;
    QVERIFY2(!point.match(label->text()).hasMatch(), qPrintable(label->text()));
  }
  QVERIFY(numbers > 0);
}

}  // namespace plimsoll::gui

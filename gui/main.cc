// plimsoll-gui: the desktop program.
#include <QApplication>
#include <QCommandLineParser>
#include <QLibraryInfo>
#include <QLocale>
#include <QTranslator>
#include <cstdio>
#include <filesystem>
#include <memory>
#include <vector>

#include "app/main_window.h"
#include "catalog/catalog.h"
#include "session/session.h"

namespace {

struct Arguments {
  QString file;
  std::vector<std::filesystem::path> overlays;
  QLocale locale;
};

// Ends the program for --help and --version, and for what is no option.
Arguments read_arguments(const QCoreApplication& application) {
  QCommandLineParser parser;
  parser.setApplicationDescription(
      QStringLiteral("Which language model runs on which machine, how fast, and what would help."));
  parser.addHelpOption();
  parser.addVersionOption();
  const QCommandLineOption hwdb(
      QStringLiteral("hwdb"),
      QStringLiteral("Own devices/, systems/, models/ … laid over ours; repeatable."),
      QStringLiteral("DIR"));
  const QCommandLineOption language(QStringLiteral("lang"),
                                    QStringLiteral("Language of the window: en, de."),
                                    QStringLiteral("CODE"));
  parser.addOptions({hwdb, language});
  parser.addPositionalArgument(QStringLiteral("FILE"),
                               QStringLiteral("Scenario or requirement to open."),
                               QStringLiteral("[FILE]"));
  parser.process(application);
  Arguments arguments;
  if (!parser.positionalArguments().isEmpty())
    arguments.file = parser.positionalArguments().front();
  for (const QString& folder : parser.values(hwdb))
    arguments.overlays.emplace_back(folder.toStdString());
  if (parser.isSet(language)) arguments.locale = QLocale(parser.value(language));
  return arguments;
}

// Qt's own words and ours.
void translate(QCoreApplication& application, const QLocale& locale) {
  QLocale::setDefault(locale);
  const auto load = [&](const char* name, const QString& folder) {
    auto* translator = new QTranslator(&application);
    if (translator->load(locale, QLatin1String(name), QStringLiteral("_"), folder))
      QCoreApplication::installTranslator(translator);
  };
  load("qtbase", QLibraryInfo::path(QLibraryInfo::TranslationsPath));
  load("plimsoll", QStringLiteral(":/i18n"));
}

int run(QApplication& application) {
  const Arguments arguments = read_arguments(application);
  translate(application, arguments.locale);
  const std::vector<plimsoll::DataFolders> folders = plimsoll::session_folders(
      QApplication::applicationFilePath().toStdString(), arguments.overlays);
  plimsoll::gui::Appearance::remembered().apply();
  plimsoll::gui::MainWindow window(
      [folders] { return std::make_unique<plimsoll::Catalog>(folders); });
  window.set_examples(plimsoll::gui::shipped_examples(folders));
  window.begin_session(plimsoll::gui::autosave_folder());
  window.show();
  if (!arguments.file.isEmpty()) window.file().open(arguments.file);
  return QApplication::exec();
}

}  // namespace

int main(int argc, char** argv) {
  QApplication application(argc, argv);
  QApplication::setApplicationName(QStringLiteral("plimsoll"));
  QApplication::setApplicationDisplayName(QStringLiteral("Plimsoll"));
  QApplication::setApplicationVersion(QStringLiteral(PLIMSOLL_VERSION));
  try {
    return run(application);
  } catch (const plimsoll::InputError& refused) {
    std::fprintf(stderr, "%s\n", refused.what());
    return 2;
  }
}

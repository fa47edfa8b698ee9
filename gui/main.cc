// plimsoll-gui: the desktop program.
#include <QApplication>
#include <filesystem>
#include <memory>

#include "app/main_window.h"
#include "catalog/catalog.h"

int main(int argc, char** argv) {
  QApplication application(argc, argv);
  QApplication::setApplicationName(QStringLiteral("plimsoll"));
  const plimsoll::DataFolders folders =
      plimsoll::find_data_folders(QApplication::applicationFilePath().toStdString());
  plimsoll::gui::MainWindow window(
      [folders] { return std::make_unique<plimsoll::Catalog>(std::vector{folders}); });
  window.resize(1280, 860);
  window.show();
  return QApplication::exec();
}

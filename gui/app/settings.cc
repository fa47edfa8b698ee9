#include "app/settings.h"

#include <QStandardPaths>

namespace plimsoll::gui {

// Below QStandardPaths rather than where QSettings would look, so that tests have a folder of their
// own.
Settings::Settings()
    : QSettings(QStandardPaths::writableLocation(QStandardPaths::AppConfigLocation) +
                    QStringLiteral("/window.ini"),
                QSettings::IniFormat) {}

}  // namespace plimsoll::gui

// What the built command line program prints as JSON.
#pragma once

#include <QProcess>
#include <QStringList>
#include <nlohmann/json.hpp>

#include "gui_test.h"

namespace plimsoll::gui {

inline nlohmann::json program_json(QStringList arguments) {
  arguments += {QStringLiteral("--format"), QStringLiteral("json")};
  QProcess program;
  program.start(QStringLiteral(PLIMSOLL_BINARY), arguments);
  if (!program.waitForFinished(patience_ms) || program.exitCode() != 0) return {};
  return nlohmann::json::parse(program.readAllStandardOutput().toStdString());
}

}  // namespace plimsoll::gui

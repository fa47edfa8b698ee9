// What the built command line program prints as JSON.
#pragma once

#include <QProcess>
#include <QStringList>
#include <nlohmann/json.hpp>

namespace plimsoll::gui {

inline nlohmann::json program_json(QStringList arguments) {
  arguments += {QStringLiteral("--format"), QStringLiteral("json")};
  QProcess program;
  program.start(QStringLiteral(PLIMSOLL_BINARY), arguments);
  constexpr int longest = 120'000;  // ms
  if (!program.waitForFinished(longest) || program.exitCode() != 0) return {};
  return nlohmann::json::parse(program.readAllStandardOutput().toStdString());
}

}  // namespace plimsoll::gui

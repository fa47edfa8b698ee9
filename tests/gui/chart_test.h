// What the tests of charts share: a panel with an answer, and what the command line says of it.
#pragma once

#include <QJsonArray>
#include <QJsonDocument>
#include <QJsonObject>
#include <QProcess>
#include <QTemporaryDir>
#include <fstream>
#include <utility>

#include "gui_test.h"

namespace plimsoll::gui {

template <class Panel>
struct ChartScene {
  Workspace workspace{shipped_catalogs()};
  Panel panel{workspace, nullptr};

  explicit ChartScene(ScenarioSpec spec = small_scenario()) {
    panel.resize(900, 500);
    panel.show();
    panel.activateWindow();
    workspace.start_with(std::move(spec));
  }
  bool answered() { return wait_for_answer(workspace); }
  const Outcome& outcome() { return workspace.answer()->evaluation->outcome; }
  template <class Widget>
  Widget* find(const char* name) {
    return panel.template findChild<Widget*>(QLatin1String(name));
  }
};

// `plimsoll COMMAND scenario ARGUMENTS`; what it prints.
inline QByteArray program_output(const char* command, const ScenarioSpec& spec,
                                 const QStringList& arguments) {
  const QTemporaryDir folder;
  const QString file = folder.filePath(QStringLiteral("scenario.yaml"));
  std::ofstream(file.toStdString()) << to_yaml(spec);
  QProcess program;
  program.start(QStringLiteral(PLIMSOLL_BINARY),
                QStringList{QLatin1String(command), file} + arguments);
  program.waitForFinished(patience_ms);
  return program.readAllStandardOutput();
}

inline QJsonObject program_json(const char* command, const ScenarioSpec& spec) {
  return QJsonDocument::fromJson(
             program_output(command, spec, {QStringLiteral("--format"), QStringLiteral("json")}))
      .object();
}

}  // namespace plimsoll::gui

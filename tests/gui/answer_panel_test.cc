#include "answer_panel_test.h"

#include <QAccessible>
#include <QClipboard>
#include <QElapsedTimer>
#include <QGuiApplication>
#include <QJsonDocument>
#include <QJsonObject>
#include <QLabel>
#include <QLineEdit>
#include <QListWidget>
#include <QProcess>
#include <QTemporaryDir>
#include <QToolButton>
#include <algorithm>
#include <fstream>

#include "gui_test.h"
#include "panels/answer/answer_panel.h"
#include "presenters/scenario_fields.h"
#include "widgets/screen_text.h"

namespace plimsoll::gui {
namespace {

struct Scene {
  Workspace workspace{shipped_catalogs()};
  AnswerPanel panel{workspace, nullptr};

  explicit Scene(ScenarioSpec spec = small_scenario()) {
    panel.resize(800, 600);
    panel.show();
    workspace.start_with(std::move(spec));
  }
  template <class Widget = QLabel>
  Widget* find(const QString& name) {
    return panel.findChild<Widget*>(name);
  }
  QString figure(const QString& what) {
    for (int i = 0; find(QStringLiteral("figure_what_%1").arg(i)); ++i) {
      auto* label = find(QStringLiteral("figure_what_%1").arg(i));
      if (label->isVisible() && label->text() == what)
        return find(QStringLiteral("figure_value_%1").arg(i))->text() + u'|' +
               find(QStringLiteral("figure_interval_%1").arg(i))->text();
    }
    return {};
  }
  void edit(const char* field, const char* value) {
    ScenarioSpec spec = workspace.scenario();
    QVERIFY(set_field(spec, field, value));
    workspace.edit(QLatin1String(field), spec);
  }
};

QJsonObject report_of(const ScenarioSpec& spec) {
  const QTemporaryDir folder;
  const QString file = folder.filePath(QStringLiteral("scenario.yaml"));
  std::ofstream(file.toStdString()) << to_yaml(spec);
  QProcess program;
  program.start(
      QStringLiteral(PLIMSOLL_BINARY),
      {QStringLiteral("report"), file, QStringLiteral("--format"), QStringLiteral("json")});
  program.waitForFinished(patience_ms);
  return QJsonDocument::fromJson(program.readAllStandardOutput()).object();
}

struct Expected {
  const char* key;
  const char* what;
  FigureText (*text)(const Estimate&);
};

}  // namespace

void AnswerPanelTest::figures_are_those_of_the_command_line() {
  Scene scene;
  QVERIFY(wait_for_answer(scene.workspace));
  const QJsonObject report = report_of(scene.workspace.scenario());
  QVERIFY(!report.isEmpty());
  for (const Expected& expected :
       {Expected{"decode_tokens_per_second", "decode", rate_text},
        Expected{"prefill_tokens_per_second", "prefill", rate_text},
        Expected{"time_to_first_token_s", "time to first token", time_text},
        Expected{"total_time_s", "whole answer", time_text},
        Expected{"power_w", "power", power_text},
        Expected{"energy_per_token_j", "energy per token", energy_text}}) {
    const QJsonObject figure = report[QLatin1String(expected.key)].toObject();
    QVERIFY2(!figure.isEmpty(), expected.key);
    const FigureText text = expected.text({.value = figure[u"value"].toDouble(),
                                           .low = figure[u"low"].toDouble(),
                                           .high = figure[u"high"].toDouble()});
    QCOMPARE(scene.figure(engine_word(expected.what)),
             localized(with_unit(text)) + u'|' + localized(text.interval));
  }
  QCOMPARE(scene.find<QLineEdit>(QStringLiteral("start_command"))->text(),
           report[u"start_command"].toString());
}

void AnswerPanelTest::verdict_is_a_word() {
  Scene scene;
  QVERIFY(wait_for_answer(scene.workspace));
  const VerdictText text = verdict_text(scene.workspace.answer()->evaluation->outcome);
  QCOMPARE(scene.find(QStringLiteral("verdict"))->text(), engine_word(text.word));
  QCOMPARE(scene.find(QStringLiteral("sentence"))->text(), localized(text.sentence));
  scene.edit("model", "deepseek-r1");
  QVERIFY(wait_for_answer(scene.workspace));
  QVERIFY(scene.find(QStringLiteral("verdict"))->text() != engine_word(text.word));
}

// The aim is 50 ms on a quiet machine; the test allows what a busy one needs.
void AnswerPanelTest::first_answer_comes_soon() {
  Scene scene;
  QVERIFY(wait_for_answer(scene.workspace));
  std::vector<qint64> times;
  for (int prompt = 600; prompt < 609; ++prompt) {
    QElapsedTimer timer;
    timer.start();
    scene.edit("workload.prompt", std::to_string(prompt).c_str());
    QVERIFY(QTest::qWaitFor([&] { return scene.workspace.answer_is_current(); }, patience_ms));
    scene.panel.repaint();
    times.push_back(timer.elapsed());
  }
  std::sort(times.begin(), times.end());
  qInfo("from edit to painted answer: median %lld ms", static_cast<long long>(times[4]));
  QVERIFY(times[4] < 5000);
}

void AnswerPanelTest::old_figures_stay_until_the_next() {
  Scene scene;
  QVERIFY(wait_for_answer(scene.workspace));
  auto* refining = scene.find(QStringLiteral("refining"));
  QVERIFY(refining->text().isEmpty());
  const QString before = scene.figure(engine_word("decode"));
  scene.edit("workload.depth", "1000");
  QVERIFY(!refining->text().isEmpty());
  QCOMPARE(scene.figure(engine_word("decode")), before);
  QVERIFY(wait_for_answer(scene.workspace));
  QVERIFY(refining->text().isEmpty());
}

void AnswerPanelTest::refused_scenario_lists_its_problems() {
  Scene scene;
  scene.edit("model", "gemna-2b");
  QVERIFY(wait_for_answer(scene.workspace));
  auto* problems = scene.find<QListWidget>(QStringLiteral("answer_problems"));
  QVERIFY(problems->isVisible());
  QCOMPARE(problems->count(), 1);
  QVERIFY(problems->item(0)->text().contains(QStringLiteral("gemma-2b")));
  std::string wanted;
  connect(&scene.workspace, &Workspace::field_wanted, &scene.panel,
          [&](const std::string& field) { wanted = field; });
  problems->setCurrentRow(0);
  problems->setFocus();
  QTest::keyClick(problems, Qt::Key_Return);
  QCOMPARE(wanted, std::string("model"));
  QVERIFY(!scene.find<QLineEdit>(QStringLiteral("start_command"))->isVisible());
}

void AnswerPanelTest::command_is_copied() {
  Scene scene;
  QVERIFY(wait_for_answer(scene.workspace));
  QTest::mouseClick(scene.find<QToolButton>(QStringLiteral("copy_command")), Qt::LeftButton);
  QCOMPARE(QGuiApplication::clipboard()->text().toStdString(),
           scene.workspace.answer()->evaluation->outcome.start_command);
}

}  // namespace plimsoll::gui

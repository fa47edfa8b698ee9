#include "files_test.h"

#include <QCoreApplication>
#include <QDir>
#include <QDragEnterEvent>
#include <QDropEvent>
#include <QFile>
#include <QMimeData>
#include <QProcess>
#include <QPushButton>
#include <QSignalSpy>
#include <QSysInfo>
#include <QTemporaryDir>
#include <QUndoStack>
#include <QUrl>

#include "app/settings.h"
#include "gui_test.h"
#include "scripted_dialogs.h"

namespace plimsoll::gui {
namespace {

constexpr const char* commented =
    "# what the desk runs\n"
    "kind: scenario\n"
    "model: gemma-2b   # small\n"
    "quantization: q8_0\n"
    "system: rtx-4090-pc\n";

// Of Llama 3.1 8B: https://huggingface.co/meta-llama/Llama-3.1-8B/blob/main/config.json
constexpr const char* model_config = R"({
  "architectures": ["LlamaForCausalLM"], "model_type": "llama", "hidden_size": 4096,
  "intermediate_size": 14336, "num_attention_heads": 32, "num_hidden_layers": 32,
  "num_key_value_heads": 8, "vocab_size": 128256, "max_position_embeddings": 131072,
  "rms_norm_eps": 1e-05, "rope_theta": 500000.0, "tie_word_embeddings": false,
  "torch_dtype": "bfloat16"
})";

QByteArray bytes_of(const QString& path) {
  QFile file(path);
  return file.open(QIODevice::ReadOnly) ? file.readAll() : QByteArray("no file");
}

struct Scene {
  QTemporaryDir folder;
  ScriptedDialogs* dialogs = nullptr;  // the window's
  MainWindow window;

  explicit Scene(std::unique_ptr<ScriptedDialogs> own = std::make_unique<ScriptedDialogs>())
      : dialogs(own.get()), window(shipped_catalogs(), std::move(own)) {}

  QString path(const char* name) const { return folder.filePath(QLatin1String(name)); }
  QString write(const char* name, const QByteArray& content) const {
    QFile file(path(name));
    if (!file.open(QIODevice::WriteOnly)) qFatal("cannot write");
    file.write(content);
    return file.fileName();
  }
  void set_context(std::int64_t tokens) {
    ScenarioSpec changed = window.workspace().scenario();
    changed.context = {.value = tokens};
    window.workspace().edit(QStringLiteral("Change context to %1").arg(tokens), changed);
  }
  void drop(const QString& file) {
    QMimeData data;
    data.setUrls({QUrl::fromLocalFile(file)});
    QDragEnterEvent enter({5, 5}, Qt::CopyAction, &data, Qt::LeftButton, Qt::NoModifier);
    QCoreApplication::sendEvent(&window, &enter);
    QVERIFY(enter.isAccepted());
    QDropEvent event({5, 5}, Qt::CopyAction, &data, Qt::LeftButton, Qt::NoModifier);
    QCoreApplication::sendEvent(&window, &event);
  }
};

QByteArray output_of(const QStringList& arguments) {
  QProcess program;
  program.start(QStringLiteral(PLIMSOLL_BINARY), arguments);
  return program.waitForFinished(patience_ms) ? program.readAllStandardOutput() : QByteArray();
}

}  // namespace

void FilesTest::a_file_saved_unedited_keeps_its_bytes() {
  Scene scene;
  const QString path = scene.write("mine.yaml", commented);
  QVERIFY(scene.window.file().open(path));
  QVERIFY(!scene.window.isWindowModified());
  QVERIFY(scene.window.file().save());
  QCOMPARE(bytes_of(path), QByteArray(commented));
  scene.dialogs->path = scene.path("copy.yaml");
  QVERIFY(scene.window.file().save_as());
  QCOMPARE(bytes_of(scene.path("copy.yaml")), QByteArray(commented));
}

void FilesTest::undo_to_the_start_and_redo_to_the_end_give_the_same_bytes() {
  Scene scene;
  const QString path = scene.write("mine.yaml", commented);
  QVERIFY(scene.window.file().open(path));
  QUndoStack& history = scene.window.workspace().history();
  for (const std::int64_t tokens : {1024, 2048, 8192}) scene.set_context(tokens);
  QVERIFY(scene.window.isWindowModified());
  QCOMPARE(history.undoText(), QStringLiteral("Change context to 8192"));
  QVERIFY(scene.window.file().save());
  const QByteArray edited = bytes_of(path);
  QVERIFY(edited.contains("context: 8192"));
  QVERIFY(!scene.window.isWindowModified());
  while (history.canUndo()) history.undo();
  QVERIFY(scene.window.isWindowModified());
  QVERIFY(scene.window.file().save());
  QCOMPARE(bytes_of(path), QByteArray(commented));
  while (history.canRedo()) history.redo();
  QVERIFY(scene.window.file().save());
  QCOMPARE(bytes_of(path), edited);
}

void FilesTest::what_is_saved_is_what_the_command_line_reads() {
  Scene scene;
  QVERIFY(scene.window.file().start_new());
  scene.window.workspace().edit(QStringLiteral("Everything"), small_scenario());
  scene.dialogs->path = scene.path("new");
  QVERIFY(scene.window.file().save());
  QCOMPARE(scene.window.file().name(), QStringLiteral("new.yaml"));
  const ScenarioSpec read = read_scenario(scene.path("new.yaml").toStdString(), {});
  QCOMPARE(to_yaml(read), to_yaml(small_scenario()));
}

void FilesTest::asks_before_changes_are_lost() {
  Scene scene;
  const QString path = scene.write("mine.yaml", commented);
  QVERIFY(scene.window.file().open(path));
  scene.set_context(1024);
  scene.dialogs->choice = SaveChoice::cancel;
  QVERIFY(!scene.window.file().start_new());
  QVERIFY(!scene.window.close());
  QCOMPARE(scene.dialogs->questions, 2);
  QCOMPARE(*scene.window.workspace().scenario().context.value, 1024);
  scene.dialogs->choice = SaveChoice::save;
  QVERIFY(scene.window.close());
  QVERIFY(bytes_of(path).contains("context: 1024"));
}

void FilesTest::an_unwritable_folder_is_answered() {
  Scene scene;
  scene.write("file", "not a folder");
  scene.window.workspace().start_with(small_scenario());
  scene.set_context(1024);
  scene.dialogs->path = scene.path("file/new.yaml");
  QVERIFY(!scene.window.file().save());
  QCOMPARE(scene.dialogs->warnings.size(), 1);
  QVERIFY(scene.window.isWindowModified());
  QVERIFY(scene.window.file().path().isEmpty());
  QCOMPARE(QDir(scene.folder.path()).entryList(QDir::Files), QStringList{QStringLiteral("file")});
}

void FilesTest::files_opened_last_come_first() {
  Settings().clear();
  {
    Scene scene;
    const QString first = scene.write("first.yaml", commented);
    const QString second = scene.write("second.yaml", commented);
    QVERIFY(scene.window.file().open(first));
    QVERIFY(scene.window.file().open(second));
    QVERIFY(scene.window.file().open(first));
    const std::vector<std::string> expected = {first.toStdString(), second.toStdString()};
    QCOMPARE(scene.window.file().recent().files(), expected);
    // The next window knows them.
    Scene next;
    QCOMPARE(next.window.file().recent().files(), expected);
    next.window.file().clear_recent();
    QVERIFY(next.window.file().recent().files().empty());
  }
  Settings().clear();
}

void FilesTest::a_requirement_opens_the_choice_of_machines() {
  Scene scene;
  QSignalSpy opened(&scene.window.workspace(), &Workspace::requirement_opened);
  const QString path =
      scene.write("wanted.yaml", "kind: requirement\nmodel: gemma-2b\nat_least: 20 token/s\n");
  QVERIFY(scene.window.file().open(path));
  QCOMPARE(opened.count(), 1);
  QVERIFY(!scene.window.shows_start());
}

// A copy with the lock of a process that is gone, as a crash leaves them.
void FilesTest::a_crash_costs_little() {
  Scene scene;
  const QString copies = scene.path("copies");
  {
    Scene crashed;
    crashed.window.file().keep_copies(copies);
    QVERIFY(crashed.window.file().open(crashed.write("mine.yaml", commented)));
    crashed.set_context(1024);
    crashed.window.file().write_copy();
    QDir folder(copies);
    const QStringList written = folder.entryList({QStringLiteral("*.yaml")});
    QCOMPARE(written.size(), 1);
    QFile::copy(folder.filePath(written.front()), folder.filePath(QStringLiteral("gone.yaml")));
  }
  QProcess gone;
  gone.start(QStringLiteral("true"), QStringList());
  const qint64 pid = gone.processId();
  QVERIFY(gone.waitForFinished(patience_ms));
  QFile lock(copies + QStringLiteral("/gone.lock"));
  QVERIFY(lock.open(QIODevice::WriteOnly));
  lock.write(
      QStringLiteral("%1\nplimsoll-gui\n%2\n").arg(pid).arg(QSysInfo::machineHostName()).toUtf8());
  lock.close();

  scene.window.show();
  scene.window.begin_session(copies);
  QCOMPARE(scene.window.file().lost().size(), std::size_t{1});
  auto* recover = scene.window.findChild<QPushButton*>(QStringLiteral("recover"));
  QVERIFY(recover && recover->isVisible());
  QTest::mouseClick(recover, Qt::LeftButton);
  QCOMPARE(*scene.window.workspace().scenario().context.value, 1024);
  QVERIFY(scene.window.isWindowModified());
  QVERIFY(scene.window.file().lost().empty());
  // Until it is saved it has a copy of its own.
  QCOMPARE(QDir(copies).entryList({QStringLiteral("*.yaml")}).size(), 1);
  scene.dialogs->path = scene.path("saved.yaml");
  QVERIFY(scene.window.file().save_as());
  QVERIFY(QDir(copies).entryList({QStringLiteral("*.yaml")}).isEmpty());
}

void FilesTest::a_program_that_lives_keeps_its_copy() {
  Scene scene;
  const QString copies = scene.path("copies");
  scene.window.file().keep_copies(copies);
  scene.window.workspace().start_with(small_scenario());
  scene.set_context(1024);
  QDir folder(copies);
  // Some seconds later it is there, whole, and nobody else's to take.
  QTRY_COMPARE_WITH_TIMEOUT(folder.entryList({QStringLiteral("*.yaml")}).size(), 1, patience_ms);
  const QString copy = folder.filePath(folder.entryList({QStringLiteral("*.yaml")}).front());
  QCOMPARE(bytes_of(copy).toStdString(), to_yaml(scene.window.workspace().scenario()));
  Scene other;
  other.window.file().keep_copies(copies);
  QVERIFY(other.window.file().lost().empty());
  scene.window.workspace().history().undo();
  scene.window.file().write_copy();
  QVERIFY(!QFile::exists(copy));
}

void FilesTest::what_is_dropped_is_taken() {
  Scene scene;
  scene.drop(scene.write("mine.yaml", commented));
  QCOMPARE(scene.window.workspace().scenario().model.value.value_or(""), std::string("gemma-2b"));
  // A model becomes that of the scenario, in one step.
  const QString config = scene.write("config.json", model_config);
  scene.drop(config);
  Workspace& workspace = scene.window.workspace();
  QCOMPARE(workspace.history().count(), 1);
  QVERIFY(wait_for_answer(workspace));
  QVERIFY2(!workspace.answer()->refused(),
           workspace.answer()->problems.empty()
               ? ""
               : to_text(workspace.answer()->problems.front()).c_str());
  // 32 layers of 4096 x (4096 + 2 x 1024 + 4096) + 3 x 4096 x 14336 weights and two norms of 4096,
  // two tables of 128256 x 4096, the last norm.
  const std::int64_t layer = 4096LL * (4096 + 2 * 1024 + 4096) + 3LL * 4096 * 14336 + 2 * 4096;
  QCOMPARE(workspace.answer()->evaluation->outcome.facts.parameters,
           32 * layer + 2LL * 128256 * 4096 + 4096);
  // The window's own catalogue has it too.
  Diagnostics none;
  QTRY_VERIFY_WITH_TIMEOUT(workspace.catalog().model(config.toStdString(), {}, none), patience_ms);
  workspace.history().undo();
  QCOMPARE(workspace.scenario().model.value.value_or(""), std::string("gemma-2b"));
}

void FilesTest::a_vanished_import_is_told() {
  Scene scene;
  const QString config = scene.write("config.json", model_config);
  Workspace& workspace = scene.window.workspace();
  workspace.start_with(small_scenario());
  scene.drop(config);
  QVERIFY(wait_for_answer(workspace));
  QVERIFY(!workspace.answer()->refused());
  QVERIFY(QFile::remove(config));
  workspace.look_at_model_files();
  QVERIFY(wait_for_answer(workspace));
  QVERIFY(workspace.answer()->refused());
  QVERIFY(!workspace.answer()->problems.empty());
}

void FilesTest::exports_are_the_bytes_of_the_command_line() {
  Scene scene;
  const QString path = scene.write("mine.yaml", commented);
  QVERIFY(scene.window.file().open(path));
  QVERIFY(!scene.window.exports().possible());
  QVERIFY(wait_for_answer(scene.window.workspace()));
  QVERIFY(scene.window.exports().possible());
  const QLocale before;
  QLocale::setDefault(QLocale(QStringLiteral("de_DE")));
  scene.dialogs->path = scene.path("report.json");
  scene.window.exports().save_json();
  QCOMPARE(bytes_of(scene.dialogs->path),
           output_of({QStringLiteral("report"), path, QStringLiteral("--format"),
                      QStringLiteral("json")}));
  scene.dialogs->path = scene.path("report.md");
  scene.window.exports().save_markdown();
  QCOMPARE(bytes_of(scene.dialogs->path),
           output_of(
               {QStringLiteral("report"), path, QStringLiteral("--format"), QStringLiteral("md")}));
  scene.dialogs->path = scene.path("trace.json");
  scene.window.exports().save_trace();
  QLocale::setDefault(before);
  const QString trace = scene.path("trace-of-program.json");
  output_of({QStringLiteral("simulate"), path, QStringLiteral("--trace"), trace});
  QCOMPARE(bytes_of(scene.dialogs->path), bytes_of(trace));
  // And a folder that is none is answered.
  scene.dialogs->path = scene.path("nowhere/report.md");
  scene.window.exports().save_markdown();
  QCOMPARE(scene.dialogs->warnings.size(), 1);
}

void FilesTest::the_pdf_holds_the_charts() {
  Scene scene;
  scene.window.show();
  scene.window.workspace().start_with(small_scenario());
  QVERIFY(wait_for_answer(scene.window.workspace()));
  scene.dialogs->path = scene.path("report.pdf");
  scene.window.exports().save_pdf();
  const QByteArray pdf = bytes_of(scene.dialogs->path);
  QVERIFY(pdf.startsWith("%PDF-"));
  QVERIFY(pdf.contains("%%EOF"));
}

}  // namespace plimsoll::gui

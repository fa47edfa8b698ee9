#include "random_edits_test.h"

#include <QTemporaryFile>
#include <array>
#include <random>

#include "gui_test.h"
#include "scripted_dialogs.h"

namespace plimsoll::gui {
namespace {

constexpr unsigned seed = 20261121;
constexpr int edits_in_ci = 500;
constexpr int edits_in_long_job = 10000;

int edits() {
  return qEnvironmentVariableIntValue("PLIMSOLL_LONG_JOB") == 1 ? edits_in_long_job : edits_in_ci;
}

class Dice {
 public:
  int below(int count) { return std::uniform_int_distribution(0, count - 1)(engine_); }
  template <class T, std::size_t N>
  T one_of(const std::array<T, N>& list) {
    return list[static_cast<std::size_t>(below(static_cast<int>(N)))];
  }

 private:
  std::mt19937 engine_{seed};
};

constexpr std::array models = {"gemma-2b",    "mixtral-8x22b", "llama-2-7b",
                               "gpt-oss-20b", "no-such-model", "qwen3.5-397b-a17b"};
constexpr std::array systems = {"rtx-4090-pc", "h100-sxm5-80gb-8x", "framework-desktop-128gb",
                                "macbook-pro-16-m3-max-48gb", "no-such-system"};
constexpr std::array quantizations = {"q8_0", "q4_k_m", "f16", "mlx-4bit", "no-such-recipe"};
constexpr std::array engines = {"llama.cpp", "vllm", "flash-moe", "no-such-engine"};
constexpr std::array strategies = {PlacementStrategy::automatic, PlacementStrategy::cpu,
                                   PlacementStrategy::layer_split,
                                   PlacementStrategy::tensor_parallel, PlacementStrategy::streamed};
constexpr std::array<std::int64_t, 5> token_counts = {1, 512, 4096, 131072, 1'000'000'000};

// One field, to a value that may make no sense, or left open.
ScenarioSpec edited(ScenarioSpec spec, Dice& dice) {
  const bool open = dice.below(4) == 0;
  const auto set = [&](auto& field, auto value) {
    field.place = {};
    if (open)
      field.value.reset();
    else
      field.value = value;
  };
  switch (dice.below(14)) {
    case 0:
      set(spec.model, dice.one_of(models));
      break;
    case 1:
      set(spec.system, dice.one_of(systems));
      break;
    case 2:
      set(spec.quantization, dice.one_of(quantizations));
      break;
    case 3:
      set(spec.engine, dice.one_of(engines));
      break;
    case 4:
      set(spec.placement, dice.one_of(strategies));
      break;
    case 5:
      set(spec.context, dice.one_of(token_counts));
      break;
    case 6:
      set(spec.prompt, dice.one_of(token_counts));
      break;
    case 7:
      set(spec.generate, dice.one_of(token_counts));
      break;
    case 8:
      set(spec.batch, 1 + dice.below(64));
      break;
    case 9:
      set(spec.count, 1 + dice.below(8));
      break;
    case 10:
      set(spec.replicas, 1 + dice.below(4));
      break;
    case 11:
      set(spec.gpu_layers, dice.below(100));
      break;
    case 12:
      set(spec.raise_gpu_limit, dice.below(2) == 1);
      break;
    default:
      set(spec.monthly_output, dice.one_of(token_counts));
      break;
  }
  return spec;
}

std::string read_back(const std::string& text) {
  QTemporaryFile file;
  if (!file.open()) return "no file";
  file.write(text.data(), static_cast<qint64>(text.size()));
  file.close();
  return to_yaml(read_scenario(file.fileName().toStdString(), {}));
}

}  // namespace

void RandomEditsTest::any_edits_can_be_undone_and_redone() {
  MainWindow window(shipped_catalogs(), std::make_unique<ScriptedDialogs>());
  window.show();
  Workspace& workspace = window.workspace();
  workspace.start_with(small_scenario());
  const std::string start = window.file().text();
  Dice dice;
  // What the file would be at each place of the history.
  std::vector<std::string> texts = {start};
  const auto place = [&] { return static_cast<std::size_t>(workspace.history().index()); };
  for (int i = 0; i < edits(); ++i) {
    const int kind = dice.below(10);
    if (kind == 0) {
      workspace.history().undo();
    } else if (kind == 1) {
      workspace.history().redo();
    } else {
      const std::string key = dice.below(3) == 0 ? "slider" : "";
      workspace.edit(QStringLiteral("Edit %1").arg(i), edited(workspace.scenario(), dice), key);
      texts.resize(place());
      texts.push_back(window.file().text());
    }
    // The number of steps is what Qt counts: merged ones, and those that came to nothing, included.
    if (texts.size() < place() + 1) texts.resize(place() + 1, window.file().text());
    QCOMPARE(window.file().text(), texts[place()]);
    if (i % 10 == 0) QCOMPARE(read_back(window.file().text()), window.file().text());
    if (i % 25 == 0) QTest::qWait(1);
  }
  const std::string end = window.file().text();
  const std::size_t at = place();
  while (workspace.history().canUndo()) workspace.history().undo();
  QCOMPARE(window.file().text(), start);
  while (place() < at) workspace.history().redo();
  QCOMPARE(window.file().text(), end);
  QVERIFY(wait_for_answer(workspace));
}

}  // namespace plimsoll::gui

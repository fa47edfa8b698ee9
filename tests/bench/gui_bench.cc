// Speed of the window; informative, not pass or fail. Aims: from an edit to its painted answer 50
// ms (median), from the start to the first paint 1 s. Offscreen, so without what a display adds.
#include <QApplication>
#include <QStandardPaths>
#include <benchmark/benchmark.h>
#include <filesystem>
#include <memory>

#include "app/main_window.h"

namespace plimsoll::gui {
namespace {

CatalogFactory shipped_catalogs() {
  const std::filesystem::path root = PLIMSOLL_SOURCE_DIR;
  return [root] {
    return std::make_unique<Catalog>(
        std::vector{DataFolders{.hwdb = root / "hwdb", .models = root / "models"}});
  };
}

ScenarioSpec scenario() {
  return scenario_from_options(
      {{"model", "llama-3.1-8b"}, {"quantization", "q4_k_m"}, {"system", "rtx-4090-pc"}}, {});
}

void wait_for_first_figures(Workspace& workspace) {
  while (!workspace.answer_is_current())
    QCoreApplication::processEvents(QEventLoop::WaitForMoreEvents);
}

void wait_for_all(Workspace& workspace) {
  while (!workspace.answer_is_current() || workspace.answer()->stage != AnswerStage::complete)
    QCoreApplication::processEvents(QEventLoop::WaitForMoreEvents);
}

// All panels draw themselves, as after the answer of a real edit.
void paint(MainWindow& window) {
  QCoreApplication::processEvents();
  benchmark::DoNotOptimize(window.grab());
}

void from_edit_to_painted_answer(benchmark::State& state) {
  MainWindow window(shipped_catalogs());
  window.show();
  window.workspace().start_with(scenario());
  wait_for_all(window.workspace());
  std::int64_t context = 4096;
  for (auto _ : state) {
    state.PauseTiming();
    wait_for_all(window.workspace());
    ScenarioSpec changed = window.workspace().scenario();
    context = context == 4096 ? 8192 : 4096;
    changed.context = {.value = context};
    state.ResumeTiming();
    window.workspace().edit(QStringLiteral("Change context"), std::move(changed));
    wait_for_first_figures(window.workspace());
    paint(window);
  }
}
BENCHMARK(from_edit_to_painted_answer)->Unit(benchmark::kMillisecond)->UseRealTime();

void from_start_to_first_paint(benchmark::State& state) {
  for (auto _ : state) {
    MainWindow window(shipped_catalogs());
    window.show();
    paint(window);
  }
}
BENCHMARK(from_start_to_first_paint)->Unit(benchmark::kMillisecond)->UseRealTime();

}  // namespace
}  // namespace plimsoll::gui

int main(int argc, char** argv) {
  qputenv("QT_QPA_PLATFORM", "offscreen");
  QApplication application(argc, argv);
  QStandardPaths::setTestModeEnabled(true);
  benchmark::Initialize(&argc, argv);
  benchmark::RunSpecifiedBenchmarks();
  return 0;
}

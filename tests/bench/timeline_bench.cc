// Painting a timeline of 10^5 spans; informative, not pass or fail. Aim: 50 ms for the whole
// window.
#include <QApplication>
#include <QImage>
#include <QPainter>
#include <benchmark/benchmark.h>
#include <string>

#include "base/rng.h"
#include "panels/timeline/timeline_canvas.h"

namespace plimsoll::gui {
namespace {

// Eight queues, each busy with short kernels of 60 layers one after another.
Timeline long_token(int spans) {
  constexpr int tracks = 8;
  constexpr int layers = 60;
  Timeline timeline;
  for (int layer = 0; layer < layers; ++layer)
    for (const char* name : {" attention", " routed experts", " normalisation"})
      timeline.names.push_back("layer " + std::to_string(layer) + name);
  Rng rng(1, "timeline bench");
  for (int track = 0; track < tracks; ++track) {
    timeline.tracks.push_back("GPU " + std::to_string(track) + " queue");
    double at = 0.0;
    for (int i = 0; i < spans / tracks; ++i) {
      const double start = at + 1e-6 * rng.uniform();
      at = start + 1e-5 * rng.uniform();
      timeline.spans.push_back({.track = track,
                                .name = i % static_cast<int>(timeline.names.size()),
                                .start = Seconds(start),
                                .end = Seconds(at)});
    }
  }
  return timeline;
}

// `zoomed`: a thousandth of it fills the width, else all of it does.
void paint(benchmark::State& state, bool zoomed) {
  TimelineCanvas canvas;
  canvas.resize(1280, 400);
  canvas.set_view(TimelineView(long_token(static_cast<int>(state.range(0)))));
  if (zoomed) canvas.zoom(1000.0, canvas.view().length() / 2.0);
  QImage image(canvas.size(), QImage::Format_ARGB32_Premultiplied);
  for (auto _ : state) {
    QPainter painter(&image);
    canvas.render(&painter);
  }
}
void paint_all(benchmark::State& state) {
  paint(state, false);
}
void paint_zoomed(benchmark::State& state) {
  paint(state, true);
}
BENCHMARK(paint_all)->Arg(1'000)->Arg(100'000)->Arg(1'000'000)->Unit(benchmark::kMillisecond);
BENCHMARK(paint_zoomed)->Arg(100'000)->Unit(benchmark::kMillisecond);

void lay_out(benchmark::State& state) {
  const Timeline timeline = long_token(static_cast<int>(state.range(0)));
  for (auto _ : state) benchmark::DoNotOptimize(TimelineView(timeline));
}
BENCHMARK(lay_out)->Arg(100'000)->Unit(benchmark::kMillisecond);

}  // namespace
}  // namespace plimsoll::gui

int main(int argc, char** argv) {
  qputenv("QT_QPA_PLATFORM", "offscreen");
  const QApplication application(argc, argv);
  benchmark::Initialize(&argc, argv);
  benchmark::RunSpecifiedBenchmarks();
}

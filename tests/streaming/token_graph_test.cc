// One pass against times added up by hand.
#include "streaming/token_graph.h"

#include <numeric>

#include "support/catch.h"

namespace plimsoll {
namespace {

constexpr double ms = 1e-3;

Figure<Seconds> seconds(double value) {
  return {.value = Seconds(value)};
}

// Attention waited for, 1 ms of host work, router waited for, reads, experts not waited for.
StreamingSpec engine() {
  using Kind = StreamStep::Kind;
  StreamingSpec spec;
  spec.layer = {{.kind = Kind::command, .parts = {LayerPart::attention}, .wait = true},
                {.kind = Kind::host, .what = "top-k", .time = seconds(1 * ms)},
                {.kind = Kind::command, .parts = {LayerPart::router}, .wait = true},
                {.kind = Kind::read},
                {.kind = Kind::command, .parts = {LayerPart::experts}, .wait = false}};
  spec.submission = seconds(0.1 * ms);
  spec.synchronisation = seconds(0.2 * ms);
  spec.command_gap = seconds(0.05 * ms);
  return spec;
}

// Each part 1 ms of work that moves no bytes, plus 0.5 ms of launches.
PassKernels kernels(std::size_t layers) {
  const KernelCost part{.gap = Seconds(0.5 * ms), .work = Seconds(1 * ms)};
  PassKernels pass;
  pass.layers.assign(layers, {part, part, part});
  pass.head = part;
  return pass;
}

// 1 GB/s cold by one reader, 1.5 by two; copies 10 and 20 GB/s; nothing disturbs the device.
StreamHardware hardware() {
  return {.memory = BytesPerSecond(1e12),
          .drive = {BytesPerSecond(1e9), BytesPerSecond(1.5e9)},
          .copies = {BytesPerSecond(10e9), BytesPerSecond(20e9)},
          .kernels_beside_reads = {1.0, 1.0, 1.0}};
}

StreamingSetup two_threads() {
  StreamingSetup setup;
  setup.threads = 2;
  return setup;
}

Seconds sink(const TokenTimes& times, StreamSink which) {
  return times.sinks[static_cast<std::size_t>(which)];
}

// A command from submission to the waiting host going on; deferred ones end on the device alone.
constexpr double waited = (0.1 + 0.05 + 0.5 + 1.0 + 0.2) * ms;

TEST_CASE("A layer without reads is its commands, one after another") {
  const StreamingSpec spec = engine();
  const StreamingSetup setup = two_threads();
  TokenSimulator simulator(spec, setup, hardware(), {});
  const PassKernels pass = kernels(1);
  const std::vector<LayerReads> none(1);
  const TokenTimes times =
      simulator.run({.kernels = &pass, .reads = none, .after = Seconds(2 * ms)});
  // No routed experts: no experts' command. Attention, top-k, router, head, end.
  CHECK(times.time.base() == Approx(3 * waited + 1 * ms + 2 * ms));
  CHECK(times.steps[0].base() == Approx(waited));
  CHECK(times.steps[1].base() == Approx(1 * ms));
  CHECK(times.outside.base() == Approx(waited + 2 * ms));
  CHECK(times.device_busy.base() == Approx(3 * 1.55 * ms));
  CHECK(sink(times, StreamSink::synchronisation).base() == Approx(3 * 0.2 * ms));
}

TEST_CASE("Cold reads share the drive, then are copied; the host waits for all of them") {
  const StreamingSpec spec = engine();
  const StreamingSetup setup = two_threads();
  TokenSimulator simulator(spec, setup, hardware(), {.call = Seconds(0.05 * ms)});
  const PassKernels pass = kernels(1);
  // Two reads of 3 MB: 0.05 ms call, together 6 MB at 1.5 GB/s = 4 ms, copied at 20 GB/s = 0.3 ms.
  const std::vector<LayerReads> reads{{.cold = 6'000'000, .experts = 2, .cold_reads = 2}};
  const TokenTimes times = simulator.run({.kernels = &pass, .reads = reads});
  CHECK(times.steps[3].base() == Approx((0.05 + 4.0 + 0.3) * ms));
  CHECK(sink(times, StreamSink::drive).base() == Approx(4.0 * ms));
  CHECK(sink(times, StreamSink::copies).base() == Approx(0.3 * ms));
  CHECK(sink(times, StreamSink::read_calls).base() == Approx(0.05 * ms));
  // The experts' command is only submitted; the head's waits for it on the device: 1.55 ms less the
  // 0.1 ms that its own submission takes meanwhile.
  CHECK(times.steps[4].base() == Approx(0.1 * ms));
  CHECK(times.outside.base() == Approx(waited + (1.55 - 0.1) * ms));
}

TEST_CASE("One reader alone has the drive to itself") {
  const StreamingSpec spec = engine();
  const StreamingSetup setup = two_threads();
  TokenSimulator simulator(spec, setup, hardware(), {.copied = false});
  const PassKernels pass = kernels(1);
  const std::vector<LayerReads> reads{{.cold = 6'000'000, .experts = 1, .cold_reads = 1}};
  CHECK(simulator.run({.kernels = &pass, .reads = reads}).steps[3].base() == Approx(6.0 * ms));
}

TEST_CASE("Cached experts are copies beside the cold ones") {
  const StreamingSpec spec = engine();
  const StreamingSetup setup = two_threads();
  TokenSimulator simulator(spec, setup, hardware(), {.copied = false});
  const PassKernels pass = kernels(1);
  // Cold: 3 MB on the first thread at 1 GB/s; cached: 10 MB on the second at 10 GB/s, hidden.
  const std::vector<LayerReads> reads{
      {.cached = 10'000'000, .cold = 3'000'000, .experts = 2, .cold_reads = 1, .cached_reads = 1}};
  CHECK(simulator.run({.kernels = &pass, .reads = reads}).steps[3].base() == Approx(3.0 * ms));
}

TEST_CASE("Faults read window by window") {
  const StreamingSpec spec = engine();
  StreamingSetup setup = two_threads();
  setup.access = ReadAccess::mmap;
  // Windows of 100 kB, pages of 10 kB. 1 MB: 10 windows and one more, for the ends do not meet
  // windows; 100 pages, 11 of which the reading faults bring in themselves.
  const ReadSoftware software{.by_faults = true,
                              .copied = false,
                              .window = 100e3,
                              .major_fault = Seconds(0.1 * ms),
                              .minor_fault = Seconds(0.001 * ms),
                              .page = 10e3};
  TokenSimulator simulator(spec, setup, hardware(), software);
  const PassKernels pass = kernels(1);
  const std::vector<LayerReads> reads{{.cold = 1'000'000, .experts = 1, .cold_reads = 1}};
  const TokenTimes times = simulator.run({.kernels = &pass, .reads = reads});
  const double faults = (11 * 0.1 + 89 * 0.001) * ms;
  const double drive = 1.1e6 / 1e9;
  CHECK(times.steps[3].base() == Approx(faults + drive));
  CHECK(sink(times, StreamSink::faults).base() == Approx(faults));
}

TEST_CASE("Reads beside kernels slow the device down as stated") {
  const StreamingSpec spec = engine();
  StreamingSetup setup = two_threads();
  setup.prefetch = {.kind = PrefetchKind::predictor,
                    .issued_before = LayerPart::attention,
                    .into_page_cache = false};
  StreamHardware slowed = hardware();
  slowed.kernels_beside_reads = {1.0, 0.5, 0.25};
  TokenSimulator simulator(spec, setup, slowed, {.copied = false});
  const PassKernels pass = kernels(1);
  // One right guess of 10 MB: 10 ms on the drive from the start, longer than attention, top-k and
  // router.
  const std::vector<LayerReads> reads{{.foreseen = 10'000'000, .experts = 1, .foreseen_reads = 1}};
  const TokenTimes times = simulator.run({.kernels = &pass, .reads = reads});
  // Work of 1 ms takes 2 at half capacity; launches are not slowed.
  CHECK(times.steps[0].base() == Approx(waited + 1 * ms));
  CHECK(times.steps[2].base() == Approx(waited + 1 * ms));
  // Waiting for the rest: 10 ms less what has passed.
  CHECK(times.steps[3].base() == Approx(10 * ms - (2 * (waited + 1 * ms) + 1 * ms)));
  // The experts' and the head's kernels run alone again.
  CHECK(times.outside.base() == Approx(waited + (1.55 - 0.1) * ms));
}

TEST_CASE("Wrong guesses hold up the drive") {
  const StreamingSpec spec = engine();
  StreamingSetup setup = two_threads();
  setup.prefetch = {.kind = PrefetchKind::previous_token, .issued_before = LayerPart::router};
  TokenSimulator simulator(spec, setup, hardware(), {.copied = false});
  const PassKernels pass = kernels(1);
  // 15 MB for nothing from the router's command on: alone for `waited` seconds at 1 GB/s, then
  // shared with the 3 MB that are needed, at 0.75 GB/s each.
  const std::vector<LayerReads> reads{
      {.cold = 3'000'000, .wrong = 15'000'000, .experts = 1, .cold_reads = 1, .wrong_reads = 1}};
  const TokenTimes times = simulator.run({.kernels = &pass, .reads = reads});
  CHECK(times.steps[3].base() == Approx(3e6 / 0.75e9));
}

TEST_CASE("Sinks and steps add up to the token") {
  const StreamingSpec spec = engine();
  StreamingSetup setup = two_threads();
  setup.prefetch.kind = PrefetchKind::previous_token;
  TokenSimulator simulator(spec, setup, hardware(), {.call = Seconds(0.05 * ms)});
  const PassKernels pass = kernels(5);
  std::vector<LayerReads> reads(5, {.cached = 4'000'000,
                                    .cold = 5'000'000,
                                    .foreseen = 1'000'000,
                                    .wrong = 2'000'000,
                                    .dense_cold = 100'000,
                                    .experts = 4,
                                    .cold_reads = 2,
                                    .cached_reads = 1,
                                    .foreseen_reads = 1,
                                    .wrong_reads = 1});
  reads[2] = {};
  const TokenTimes times =
      simulator.run({.kernels = &pass, .reads = reads, .outside_cold = 100'000, .speed = 0.8});
  const Seconds sinks = std::accumulate(times.sinks.begin(), times.sinks.end(), Seconds());
  const Seconds steps = std::accumulate(times.steps.begin(), times.steps.end(), times.outside);
  CHECK(sinks.base() == Approx(times.time.base()).epsilon(1e-12));
  CHECK(steps.base() == Approx(times.time.base()).epsilon(1e-12));
}

TEST_CASE("A recorded pass names its tasks") {
  const StreamingSpec spec = engine();
  const StreamingSetup setup = two_threads();
  TokenSimulator simulator(spec, setup, hardware(), {});
  const PassKernels pass = kernels(1);
  const std::vector<LayerReads> reads{{.cold = 6'000'000, .experts = 2, .cold_reads = 2}};
  simulator.run({.kernels = &pass, .reads = reads, .record = true});
  REQUIRE(simulator.tracks() ==
          std::vector<std::string>{"host", "device", "read thread 1", "read thread 2"});
  int cold = 0;
  int copies = 0;
  for (const TokenSpan& span : simulator.spans()) {
    CHECK(span.end > span.start);
    if (span.name == "layer 0 cold read") ++cold;
    if (span.name == "layer 0 copy from the page cache") ++copies;
  }
  CHECK(cold == 2);
  CHECK(copies == 2);
}

}  // namespace
}  // namespace plimsoll

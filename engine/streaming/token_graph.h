// One pass of a streamed model as a task graph: the host walks through the layers, hands commands
// to the device, has experts read by its threads, and waits where the engine waits.
#pragma once

#include <array>
#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "catalog/streaming_spec.h"
#include "scenario/streaming_setup.h"
#include "sim/task_graph.h"
#include "streaming/replay.h"
#include "streaming/stream_costs.h"

namespace plimsoll {

// What time on the critical path of a token was spent on.
enum class StreamSink {
  attention_commands,  // kernels, launch gaps included
  router_commands,
  expert_commands,
  head_commands,
  drive,            // cold reads
  copies,           // warm reads
  read_calls,       // software of reads
  faults,           // software of page faults
  decompression,    // of memory that the compressor had taken
  synchronisation,  // between device and host
  submission,       // of commands
  host,             // the engine's own work, cache upkeep included
};
inline constexpr int stream_sink_count = 12;
std::string_view to_text(StreamSink sink);

// Rates of everything that takes part, at the middle of what is known.
struct StreamHardware {
  BytesPerSecond memory;  // of the device's pool
  // Throughput of n concurrent reads through the access at hand, by number of readers, from 1.
  std::vector<BytesPerSecond> drive;
  std::vector<BytesPerSecond> copies;
  // Capacity left to the device's kernels while n reads' DMA writes into its memory, from 0; at
  // most 1.
  std::vector<double> kernels_beside_reads;
};

// Software times of a read, and how faults read.
struct ReadSoftware {
  bool by_faults = false;  // mmap
  bool copied = true;      // cold data pass through the page cache
  Seconds call;            // per read call that reaches the drive
  double window = 0.0;     // by_faults: bytes that one major fault brings in
  Seconds major_fault;
  Seconds minor_fault;    // per page
  double page = 0.0;      // bytes
  Seconds decompression;  // per page
};

struct TokenTimes {
  Seconds time;
  std::array<Seconds, stream_sink_count> sinks{};  // adds up to `time`
  std::vector<Seconds> steps;  // by step of the engine's layer, host's time, summed over layers
  Seconds outside;             // before the first layer and after the last
  Seconds device_busy;
};

struct TokenSpan {
  int track = 0;
  std::string name;
  Seconds start;
  Seconds end;
};

class TokenSimulator {
 public:
  TokenSimulator(const StreamingSpec& engine, const StreamingSetup& setup, StreamHardware hardware,
                 ReadSoftware software);
  ~TokenSimulator();
  TokenSimulator(const TokenSimulator&) = delete;
  TokenSimulator& operator=(const TokenSimulator&) = delete;

  struct Pass {
    const PassKernels* kernels = nullptr;
    std::span<const LayerReads> reads;
    std::int64_t outside_cold = 0;
    bool head = true;     // logits are wanted
    Seconds after;        // host work at the end of the pass
    double speed = 1.0;   // of the device's kernels, (0, 1]
    bool record = false;  // for spans()
  };
  TokenTimes run(const Pass& pass);

  // The tasks of the last run, if it was recorded.
  std::vector<TokenSpan> spans() const;
  std::vector<std::string> tracks() const;

 private:
  struct State;
  std::unique_ptr<State> state_;
};

}  // namespace plimsoll

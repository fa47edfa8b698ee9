// A model whose experts stream from a drive: passes simulated one after another, each as commands,
// reads, copies and waits on shared hardware, under what the caches held and how hot the machine
// was by then.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "cache/memory_split.h"
#include "cost/cost_model.h"
#include "lowering/operators.h"
#include "streaming/replay.h"
#include "streaming/token_graph.h"

namespace plimsoll {

// One pass: a token of the answer, or a token or chunk of the prompt.
struct StreamPass {
  std::int64_t first_token = 0;  // 0: the first of the prompt
  int tokens = 1;
  bool prompt = false;
  bool simulated = true;  // false: taken as its neighbours
  Seconds end;            // since the start of the run
  Seconds time;
  double hit_rate = 0.0;  // of expert bytes: no drive needed
  double application_hit_rate = 0.0;
  Bytes read;                     // from the drive
  double speed = 1.0;             // that heat allows
  double body_temperature = 0.0;  // degrees C; 0: no thermal model
};

// How the host's time of a layer splits by the engine's own steps, mean over layers and tokens of
// the answer; its sum times the layers, and `outside_layers`, is the token.
struct LayerStepTime {
  std::string step;  // "attention, waited for", "reads", "softmax and top-k"
  Seconds time;
};

struct StreamParameter {
  std::string what;  // "cold reads of Apple internal SSD, M3 Max machines"
  std::string value;
  double log_sigma = 0.0;
  Provenance from;
  double elasticity = 0.0;  // d log(token time) / d log(parameter)
};

// What a rate published for this scenario would need of one quantity, everything else as predicted.
struct NeededCondition {
  std::string what;  // "cold reads", "experts found in memory", "a layer without its reads"
  double predicted = 0.0;
  std::optional<double> needed;  // nothing: no value would do
  std::string unit;              // "GB/s", "%", "ms"
};

struct StreamRun {
  std::vector<StreamPass> passes;
  Seconds prompt_time;  // until the first token of the answer
  Seconds answer_time;  // of the tokens after it
  Seconds token_time;   // mean over the answer
  LayerReads reads;     // sum over the answer
  std::int64_t answer_passes = 0;
  MemorySplit memory;
  Bytes working_set;  // expert bytes that one token uses
  std::array<Seconds, stream_sink_count>
      sinks{};  // of the mean token of the answer, adds up to token_time
  std::vector<LayerStepTime> layer;
  Seconds outside_layers;
  int routed_layers = 0;
  std::vector<StreamParameter> parameters;
  double log_sigma = 0.0;       // of token_time: parameters and residual
  double hit_rate_sigma = 0.0;  // standard deviation of the hit rate, from the routing's parameters
  std::optional<double> sustained_power;  // W, where a thermal model is known

  double hit_rate() const { return plimsoll::hit_rate(reads); }
  double application_hit_rate() const { return plimsoll::application_hit_rate(reads); }
  Bytes read_per_token() const;
  std::vector<NeededCondition> conditions(double tokens_per_second) const;
};

struct StreamOptions {
  int sampled = 0;          // passes that are simulated in time; 0: all
  bool uncertainty = true;  // parameters and log_sigma
};

struct StreamTimeline {
  std::vector<std::string> tracks;
  std::vector<TokenSpan> spans;
};

class StreamModel {
 public:
  // The scenario streams: it has a StreamingSetup. `prior` is used for models of which nobody
  // counted the routing. Throws InputError when the scenario's trace is unusable for the model.
  StreamModel(const LoweringRequest& request, const RoofTable& roofs, const RoutingSpec& prior);
  ~StreamModel();
  StreamModel(const StreamModel&) = delete;
  StreamModel& operator=(const StreamModel&) = delete;

  StreamRun run(const StreamOptions& options = {});
  // The token in the middle of the answer, every task of it. After run().
  StreamTimeline timeline();
  const CostModel& cost() const;

  struct State;

 private:
  std::unique_ptr<State> state_;
};

}  // namespace plimsoll

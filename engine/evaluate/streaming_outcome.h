// What an outcome says besides where experts stay on the drive while the model runs.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "base/estimate.h"
#include "base/quantity.h"

namespace plimsoll {

// Tokens first … last of the prompt or of the answer, counted from 1.
struct StreamingInterval {
  bool prompt = false;
  std::int64_t first = 1;
  std::int64_t last = 1;
  Seconds end;                     // since the start of the run
  double tokens_per_second = 0.0;  // of each sequence; means over the interval
  double hit_rate = 0.0;           // share of expert bytes that needed no drive when they were used
  double application_hit_rate = 0.0;
  Bytes read_per_token;           // from the drive
  double speed = 1.0;             // of the chip, that heat allows
  double body_temperature = 0.0;  // degrees C; 0: no thermal model
};

// A step of the engine's work on a layer, as the host sees it.
struct StreamingStep {
  std::string what;
  Seconds time;
};

// Something the time of a token depends on.
struct StreamingParameter {
  std::string what;
  std::string value;
  double log_sigma = 0.0;   // how well it is known
  double elasticity = 0.0;  // d log(token time) / d log(parameter)
};

// What a rate published for the scenario would need of one quantity, the others as predicted.
struct StreamingCondition {
  std::string what;
  double predicted = 0.0;
  std::optional<double> needed;  // nothing: no value would do
  std::string unit;
};

// Where a machine's memory is while the run goes on; adds up to `total` (and what is short).
struct StreamingMemory {
  Bytes total;
  Bytes held;        // the operating system's, other programs', and what this run holds
  Bytes compressor;  // that the compressed part of it takes
  Bytes compressed;  // its size before
  Bytes page_cache;
  Bytes free;
};

struct StreamingOutcome {
  double hit_rate = 0.0;              // over the answer
  double application_hit_rate = 0.0;  // … by the engine's own cache of experts
  Bytes read_per_token;               // from the drive
  Bytes working_set;                  // of experts, that one token uses
  Bytes expert_cache;                 // the engine's own
  StreamingMemory memory;
  int routed_layers = 0;
  std::vector<StreamingStep> layer;  // of the mean layer and token of the answer, in order
  Seconds outside_layers;            // of a token
  std::vector<StreamingInterval> series;
  std::vector<StreamingParameter> parameters;  // those that matter most first
  std::optional<double> published_tokens_per_second;
  std::vector<StreamingCondition> conditions;  // for that rate
  std::optional<double> sustained_power_w;     // that the machine can shed for ever
};

}  // namespace plimsoll

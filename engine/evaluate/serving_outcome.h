// What a served load comes to: latencies of its requests, rates of the server, what its cache and
// its queue hold.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "base/estimate.h"
#include "base/quantity.h"

namespace plimsoll {

// Of one latency over all requests, or of the gaps between all tokens; seconds.
struct LatencyFigures {
  Estimate mean;
  Estimate p50;
  Estimate p90;
  Estimate p95;
  Estimate p99;
};

// Of a load at the highest rate within the targets.
struct HighestRateOutcome {
  Estimate requests_per_second;  // that arrive
  double share = 0.99;           // of the requests within each target
  double headroom = 0.0;         // how far that rate is below the highest, as a share of it
  std::string binding;           // "TTFT", "TPOT", "end to end": missed above; empty: unlimited
  bool none = false;             // not even requests one by one are within them
  bool unlimited = false;        // all requests at once are
};

struct ServingOutcome {
  std::string load;           // "10 requests a second (Poisson), 1136 tokens in and 212 out"
  std::string window;         // empty: all of the run
  std::int64_t requests = 0;  // that the figures are of
  std::int64_t refused = 0;   // too long for the whole cache
  int replicas = 1;           // that serve
  int devices = 1;            // of all of them

  LatencyFigures first_token;   // TTFT: from its arrival, queueing included
  LatencyFigures output_token;  // TPOT: of a request, per token after the first
  LatencyFigures token_gap;     // ITL: between tokens, all requests together
  LatencyFigures end_to_end;

  Estimate duration_s;  // first arrival to last token
  Estimate requests_per_second;
  Estimate output_tokens_per_second;
  Estimate total_tokens_per_second;  // prompts and answers
  Estimate output_tokens_per_second_and_device;
  // Of requests within the targets, where one is given.
  std::optional<Estimate> goodput_requests_per_second;
  std::optional<double> within_targets;  // share of the requests

  std::optional<HighestRateOutcome> highest_rate;
  // With speculation.
  int drafted_tokens = 0;        // of each sequence in a step
  double tokens_per_step = 1.0;  // that each gets on average

  double mean_queue = 0.0;    // requests that wait for their first step
  double mean_running = 0.0;  // sequences in a step
  double busy = 0.0;          // share of the time in which there is a step
  double cache_mean = 0.0;    // share of the KV blocks that is in use, by time
  double cache_peak = 0.0;
  std::int64_t preemptions = 0;
  std::int64_t steps = 0;
  Estimate step_s;  // mean

  // What the server was started with, of one replica.
  int max_sequences = 1;
  std::int64_t max_step_tokens = 1;
  std::int64_t cache_tokens = 0;
  int block_tokens = 16;
};

}  // namespace plimsoll

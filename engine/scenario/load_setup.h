// The `load` section of a scenario, as far as it is about requests: how they arrive, how long they
// are, and what the server is told. Keys in doc/formats.md; what is made of it in doc/serving.md.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/diagnostic.h"
#include "base/quantity.h"
#include "catalog/serving_spec.h"
#include "scenario/given.h"

namespace plimsoll {

enum class ArrivalKind {
  closed,   // so many clients, each of which sends its next request when the last one is answered
  all,      // all at once, at the beginning ("offline", "infinite request rate")
  poisson,  // at a rate, exponential gaps
  bursty,   // at a rate, gaps of a gamma distribution
  trace,    // as recorded
};
std::string_view to_text(ArrivalKind kind);

enum class LengthKind {
  fixed,
  uniform,     // between two shares of the length stated, whole numbers all alike
  log_normal,  // with the mean and the standard deviation of the logarithm stated
  listed,      // of a file, in its order, over and over
};
std::string_view to_text(LengthKind kind);
std::optional<LengthKind> length_kind(std::string_view text);  // nothing: another word

// What the figures are taken over.
enum class LoadWindow {
  whole,   // every request, first arrival to last token, as benchmark programs report
  steady,  // requests that arrive and tokens that come while the load is at its height
};
std::string_view to_text(LoadWindow window);

// In place of a number of requests a second: the most that the targets allow.
enum class HighestRate { within_targets };
std::string_view to_text(HighestRate rate);

// What the user wrote.
struct LoadSection {
  Given<ArrivalKind> arrivals;          // arrivals
  Given<int> concurrency;               // concurrency: closed; of all replicas together
  Given<double> rate;                   // rate: poisson, bursty; requests a second
  Given<HighestRate> highest_rate;      // rate: highest
  Given<double> burstiness;             // burstiness: bursty; shape of the gamma distribution
  Given<std::string> trace;             // trace: a file; absolute once read
  Given<std::int64_t> requests;         // requests
  Given<Seconds> duration;              // duration: arrivals at a rate; in place of requests
  Given<std::int64_t> seed;             // seed
  Given<std::string> lengths;           // lengths.distribution: a kind, or one of hwdb/lengths.yaml
  Given<std::int64_t> prompt;           // lengths.prompt: tokens; means unless fixed
  Given<std::int64_t> output;           // lengths.output
  Given<double> shortest;               // lengths.shortest: uniform; share of prompt and output
  Given<double> longest;                // lengths.longest
  Given<double> prompt_sigma;           // lengths.prompt_sigma: log_normal
  Given<double> output_sigma;           // lengths.output_sigma
  Given<std::int64_t> prompt_max;       // lengths.prompt_max: log_normal is cut off there
  Given<std::int64_t> output_max;       // lengths.output_max
  Given<std::string> lengths_file;      // lengths.file; absolute once read
  Given<LoadWindow> window;             // window
  Given<Seconds> ttft_target;           // ttft_target: of goodput, and of the highest rate
  Given<Seconds> tpot_target;           // tpot_target
  Given<Seconds> end_to_end_target;     // end_to_end_target
  Given<double> target_share;           // target_share: of requests within each, at that rate
  Given<double> headroom;               // headroom: how far below that rate the run stays
  Given<std::int64_t> max_sequences;    // max_sequences: of one replica
  Given<std::int64_t> max_step_tokens;  // max_step_tokens: of one replica
  Given<Admission> admission;           // admission: in place of the engine's own
  Given<double> memory_share;           // memory_share: of a device, as the engine counts it
  Given<std::int64_t> cache_tokens;     // cache_tokens: of one replica's KV cache, in its place
  Given<bool> chunked_prefill;          // chunked_prefill
  Given<int> receive_interval;          // receive_interval: steps
  Given<int> batch_wait;                // batch_wait: steps
  Given<double> prefix_share;           // prefix_share: of each prompt, found in the cache
};

// A request as recorded; arrivals count from the first one.
struct RecordedRequest {
  Seconds arrival;
  std::int64_t prompt = 1;
  std::int64_t output = 1;
};

struct LengthSetup {
  LengthKind kind = LengthKind::fixed;
  std::string dataset;    // id of the entry of hwdb/lengths.yaml they are of; may be empty
  double prompt = 512.0;  // tokens; means but for `fixed`
  double output = 128.0;
  double shortest = 1.0;  // uniform
  double longest = 1.0;
  double prompt_sigma = 0.0;  // log_normal
  double output_sigma = 0.0;
  std::int64_t prompt_max = 0;  // log_normal: no more than so many; 0: no end but the context
  std::int64_t output_max = 0;
  std::vector<RecordedRequest> list;  // listed
};

// Resolved. Limits that are missing are the engine's own, which depend on where the model is placed
// (evaluate/serving_limits.h).
struct LoadSetup {
  ArrivalKind arrivals = ArrivalKind::closed;
  int concurrency = 1;
  double rate = 1.0;          // requests a second
  bool highest_rate = false;  // in its place: to be found
  double burstiness = 1.0;
  std::vector<RecordedRequest> trace;
  std::int64_t requests = 100;
  std::optional<Seconds> duration;  // as many requests as come in that time at the rate
  std::int64_t seed = 1;
  LengthSetup lengths;
  LoadWindow window = LoadWindow::whole;
  std::optional<Seconds> ttft_target;
  std::optional<Seconds> tpot_target;
  std::optional<Seconds> end_to_end_target;
  double target_share = 0.99;  // of the requests that are within each target at the highest rate
  double headroom = 0.0;       // share of the highest rate that the run stays below it
  std::optional<std::int64_t> max_sequences;
  std::optional<std::int64_t> max_step_tokens;
  std::optional<Admission> admission;
  std::optional<double> memory_share;
  std::optional<std::int64_t> cache_tokens;
  std::optional<bool> chunked_prefill;
  int receive_interval = 1;
  int batch_wait = 0;
  double prefix_share = 0.0;

  // Of arrivals at that many a second.
  std::int64_t requests_at(double per_second) const;
  bool has_targets() const { return ttft_target || tpot_target || end_to_end_target; }
};

// The overrides (`--set`) that a short form stands for: "closed:64", "all", "poisson:10",
// "poisson:highest", "bursty:10:0.5", "trace:requests.csv". Nothing when it is none of these.
std::optional<std::vector<std::string>> load_overrides(std::string_view text);

// The same of lengths: "1136/212", "1024/1024:0.8-1" (uniform between these shares), or a word.
std::vector<std::string> length_overrides(std::string_view text);

// Whether anything says how requests come, so that the scenario is served.
bool asks_for_serving(const LoadSection& section);

}  // namespace plimsoll

// What a scenario comes to: fits or not, how fast, how sure, what limits it, what would help. The
// report prints it, the desktop program draws it; neither computes.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "base/estimate.h"
#include "base/quantity.h"
#include "catalog/figure.h"
#include "evaluate/serving_outcome.h"
#include "evaluate/streaming_outcome.h"

namespace plimsoll {

enum class Verdict { fits, fits_with_streaming, fits_with_changes, does_not_fit };
std::string_view to_text(Verdict verdict);  // "fits-with-changes"

struct MemoryItem {
  std::string what;  // "routed experts", "KV cache", "compute buffers", "operating system"
  Estimate bytes;
  bool wired = true;  // false: file-backed, the page cache may evict it
};

struct PoolMemory {
  std::string node;  // "node 1"; one name when there is one machine
  std::string pool;  // "GPU 0 memory", "unified memory", "main memory"
  Bytes capacity;
  Bytes usable;       // what this scenario's processes may take
  std::string limit;  // what sets `usable`: "macOS GPU working-set limit"
  std::string raise;  // command that raises it; may be empty
  std::vector<MemoryItem> items;
  Estimate used;   // sum of items
  Bytes short_by;  // 0 when it fits
  // used + free + withheld + reserved = capacity + short_by
  Bytes free;         // usable and not used
  Bytes withheld;     // what `limit` keeps from this scenario besides `reserved`
  Estimate reserved;  // the operating system's

  // From capacity, usable, used and short_by.
  void fill_rest(const Estimate& reserved_by_system);
};

// A part of the time of one decoded token (or of the prefill): which resource, doing which class of
// operator.
struct TimeShare {
  std::string resource;   // "GPU memory bandwidth", "GPU compute", "launch gaps", "host", "link
                          // pcie-4.0-x16"
  std::string operators;  // "routed experts", "attention", "output head", "all-reduce"
  Seconds time;
  double share = 0.0;  // of the token
};

struct Limit {
  std::string what;    // "memory bandwidth of GPU 0"
  double share = 0.0;  // of the token's time
  std::string explanation;
  std::optional<double>
      ceiling_tokens_per_second;  // decode rate if this limit vanished, everything else equal
};

struct Change {
  std::string description;  // "quantization Q4_K_M -> Q3_K_M"
  std::string
      kind;  // "quantization", "system", "memory", "context", "batch", "placement", "experts", …
  std::vector<std::string> set;  // the overrides that make it: "quantization=q3_k_m"
  Verdict verdict = Verdict::fits;
  std::optional<Estimate> decode_tokens_per_second;
  std::optional<Estimate> prefill_tokens_per_second;
  std::optional<Estimate> throughput_tokens_per_second;
  double decode_factor = 1.0;  // against the scenario; 0 when the scenario itself does not run
  std::string warning;         // quality warning of lossy changes; may be empty
};

// What one of the scenario's savings does to the decode rate.
struct SavingOutcome {
  std::string saving;      // "speculative decoding", "early exit"
  std::string setting;     // "MTP module, 1 token drafted, each accepted with a chance of 0.855"
  Estimate decode_factor;  // rate with it over the rate without
  std::optional<Estimate> tokens_per_step;  // of speculation: that a verification yields
  std::string warning;                      // quality warning of lossy ones; may be empty
};

struct Assumption {
  std::string what;    // "memory bandwidth of NVIDIA GeForce RTX 4090"
  std::string value;   // "1.01 TB/s"
  std::string source;  // citation
  std::string status;  // "datasheet", "measured", "fitted", "claimed", "default"
  std::string confidence;
  std::string warning;  // for claimed or low-confidence figures; may be empty
};

// A figure that a profile of a machine moved.
struct MovedFigure {
  std::string key;      // of the cost model's parameter: "device:h200-sxm5-141gb/gpu:memory"
  std::string what;     // "achievable memory bandwidth of NVIDIA H200 SXM"
  std::string value;    // as it now is: "4.1 TB/s"
  double factor = 1.0;  // over what the entry and the fit say
  // Standard deviations of its logarithm.
  double log_sigma = 0.0;
  double log_sigma_before = 0.0;
};

// A profile that the speed rests on.
struct ProfileUse {
  std::string file;
  std::string date;
  std::string machine;             // it was measured on
  std::vector<MovedFigure> moved;  // by key
};

// One token (or prompt chunk) simulated: spans for the timeline and the trace.
struct TimelineSpan {
  int track = 0;
  int name = 0;
  Seconds start;
  Seconds end;
};
struct TimelinePart {
  std::string what;  // "token", "chunk of the prompt"
  Seconds start;
  Seconds end;
};
struct Timeline {
  std::vector<std::string> tracks;
  std::vector<std::string> names;
  std::vector<TimelineSpan> spans;
  std::vector<TimelinePart> parts;  // one after another; every span is in one
};

// A pass in a roofline plot (Williams, Waterman and Patterson, 2009), with the roofs that the cost
// model uses: what units and memories achieve, before the efficiency of an engine's kernels.
struct ComputeRoof {
  std::string units;  // "matrix units, fp16"
  FlopPerSecond rate;
};
// A compute unit, or each of several alike.
struct RooflineUnit {
  std::string unit;  // "GPU of NVIDIA GeForce RTX 4090"
  int count = 1;     // that work in the pass
  BytesPerSecond memory;
  std::vector<ComputeRoof> compute;  // those that the pass uses, highest first
};
// A class of operators on units alike, summed over them.
struct RooflinePoint {
  std::string operators;
  std::string unit;   // RooflineUnit::unit
  std::string units;  // ComputeRoof::units under which most of its work is
  Flop work;
  Bytes bytes;
  Seconds time;
  Seconds roof_time;  // at the roofs alone: no launch gaps, kernels without fault

  FlopPerByte intensity() const { return work / bytes; }
  FlopPerSecond achieved() const { return work / time; }
  FlopPerSecond attainable() const { return work / roof_time; }
};
struct Roofline {
  std::vector<RooflineUnit> units;
  std::vector<RooflinePoint> points;
};

struct ModelFacts {
  std::string model;
  std::string quantization;
  std::string system;  // "4x Framework Desktop 128 GB over …"
  std::string engine;  // "llama.cpp (cuda)"
  std::string engine_id;
  std::string backend_id;
  std::string placement;  // "tensor parallel over 4 GPUs"
  std::int64_t parameters = 0;
  Bytes weights;
  double bits_per_weight = 0.0;
  Bytes cache_per_token;
  std::int64_t context = 0, prompt = 0, depth = 0, generate = 0;
  int batch = 1;                // sequences of one replica
  int machines = 1;             // of the whole scenario
  int replicas = 1;             // each a complete copy of the model
  int spare = 0;                // of them
  bool on_accelerators = true;  // the CPU holds no layer and no experts
};

// What a link carries, or each of several that carry the same.
struct LinkUse {
  std::string link;  // "ethernet-5g, node 2 to switch"
  int count = 1;
  BytesPerSecond capacity;
  Bytes per_step;             // one decode step
  Bytes per_chunk;            // one chunk of the prompt
  double busy_in_step = 0.0;  // share of the step during which it carries something
  double busy_in_chunk = 0.0;
};

// A way that messages take.
struct RouteUse {
  std::string from;
  std::string to;
  std::vector<std::string> links;
  Seconds latency;
  BytesPerSecond bandwidth;
};

// What passes a link one way, or both ways where these share it.
struct LinkFlow {
  std::string link;  // as LinkUse and RouteUse name it
  Bytes per_step;
  Bytes per_chunk;
  double busy_in_step = 0.0;
  double busy_in_chunk = 0.0;
};

enum class ClusterNodeKind { machine, accelerator, hub, switch_box };
std::string_view to_text(ClusterNodeKind kind);  // "machine", "switch" …

// A hub joins accelerators of a machine to one another: NVLink, xGMI.
struct ClusterNodePicture {
  ClusterNodeKind kind = ClusterNodeKind::machine;
  std::string name;        // "node 2", "switch", "GPU 0"
  std::string what;        // "Framework Desktop 128 GB"; the link of a hub; empty of a switch
  int machine = -1;        // of accelerators and hubs: the node they are in
  std::vector<int> pools;  // its memory: indices into Outcome::memory
  // Of a switch that passes on less than its ports bring.
  std::optional<BytesPerSecond> capacity;
  std::optional<LinkFlow> through;
};

struct ClusterEdgePicture {
  int from = 0;
  int to = 0;
  std::string link;         // "ethernet-5g"
  std::string link_name;    // "5 Gbit/s Ethernet"
  int cables = 1;           // side by side
  BytesPerSecond capacity;  // of all of them, each way; both ways together where `back` is missing
  LinkFlow there;
  std::optional<LinkFlow> back;  // nothing where both ways share the link
};

// The machines as a graph, for drawing: first machines, then switches, then what is in machines.
struct ClusterPicture {
  std::vector<ClusterNodePicture> nodes;
  std::vector<ClusterEdgePicture> edges;
};

// What replicas to spare are worth.
struct ServiceRedundancy {
  int replicas = 1;
  int spare = 0;
  std::string failing_as;  // "host of 8 data-centre GPUs": whose failure rates these are
  // Nothing where no rate is known.
  std::optional<Estimate> replica_availability;
  std::optional<Estimate> availability;  // of the service: all but `spare` replicas are up
  std::optional<Estimate> down_hours_per_year;
  std::optional<Estimate> lost_requests_per_year;  // where the load says how many there are
  std::string why_not;                             // why nothing is known; else empty
};

// One way to have the tokens of a month.
struct WayCost {
  std::string way;   // "own", "rent" or "API"
  std::string what;  // "1x dgx-h100, colocation"; "8x h100-sxm5-80gb, hyperscaler, on demand"
  std::optional<Estimate> usd_per_month;                  // nothing where not known
  std::optional<Estimate> usd_per_million_output_tokens;  // all cost over the output tokens
  std::string why_not;                                    // then why; else empty
};

// Of the machines when owned; the sum of the last three is their cost a month.
struct OwningCost {
  Estimate purchase_usd;
  double life_years = 0.0;
  Estimate depreciation_usd_per_month;
  Estimate electricity_usd_per_month;
  Estimate upkeep_usd_per_month;
};

// When owning has paid back against another way.
struct Payback {
  std::string against;           // "renting 8x h100-sxm5-80gb"
  std::optional<double> months;  // at the medians; nothing: never
  std::optional<double> low;     // 90 % interval; nothing: never
  std::optional<double> high;
  double chance = 0.0;  // that it ever does
  std::string why_never;
};

struct MonthlyCosts {
  bool load_given = false;  // else the replicas in service are busy all month
  Estimate output_tokens_per_month;
  double input_tokens_per_month = 0.0;  // at the medians; cached ones included
  double cached_tokens_per_month = 0.0;
  std::optional<Estimate> utilisation;  // of the replicas in service, where a load is given
  std::optional<OwningCost> owning;
  std::vector<WayCost> ways;
  std::vector<Payback> paybacks;
  std::vector<std::string> notes;
};

struct Outcome {
  Verdict verdict = Verdict::does_not_fit;
  double fits_probability = 0.0;
  Bytes short_by;                               // over all pools; 0 when it fits
  std::string why_not;                          // sentence; empty when it fits
  std::optional<std::int64_t> largest_context;  // that would fit, for all sequences of the batch
  ModelFacts facts;
  std::vector<PoolMemory> memory;

  // Nothing where unknown or where it does not fit.
  std::optional<Estimate> decode_tokens_per_second;      // per sequence
  std::optional<Estimate> throughput_tokens_per_second;  // over the batch
  std::optional<Estimate> prefill_tokens_per_second;
  std::optional<Estimate> time_to_first_token_s;
  std::optional<Estimate> total_time_s;
  std::optional<Estimate> power_w;
  std::optional<Estimate> energy_per_token_j;
  std::string cache_state = "resident";
  std::optional<Estimate> cache_hit_rate;
  std::optional<Estimate> price_usd;
  std::optional<StreamingOutcome> streaming;  // where experts stay on the drive
  std::optional<ServingOutcome> serving;      // where the scenario says how requests come
  // Where they were asked for and it runs; redundancy where there are several replicas.
  std::optional<ServiceRedundancy> redundancy;
  std::optional<MonthlyCosts> costs;

  std::vector<TimeShare> time_shares;     // of one decoded token; adds to 1
  std::vector<TimeShare> prefill_shares;  // of the prefill; adds to 1
  std::vector<LinkUse> links;             // those that carry anything, busiest first
  std::vector<RouteUse> routes;           // between stages, or members of a group
  ClusterPicture cluster;                 // without flows where nothing runs in memory
  std::vector<Limit> limits;
  std::vector<SavingOutcome> savings;  // those of the scenario
  std::vector<Change> changes;         // ranked
  std::optional<Change>
      applied_change;  // fits_with_changes: the one that was applied to get the figures
  std::string start_command;
  std::vector<Assumption> assumptions;
  std::vector<ProfileUse> profiles;  // by file
  Roofline roofline;                 // of one decoded token
  Roofline prefill_roofline;  // of a chunk of the prompt; empty where experts stay on the drive
  std::vector<std::string> notes;         // remarks of the model: ranges left, things not simulated
  std::vector<std::string> claim_checks;  // scenarios marked claimed: what is impossible and why
};

// One line of "what can this machine run?".
struct RankedModel {
  std::string model_id;
  std::string model;
  std::string quantization;
  Verdict verdict = Verdict::does_not_fit;
  Bytes memory;
  Bytes short_by;
  std::int64_t largest_context = 0;
  std::int64_t parameters = 0;
  std::optional<Estimate> decode_tokens_per_second;
  std::optional<Estimate> time_to_first_token_s;
  std::string warning;
};

}  // namespace plimsoll

// An inference engine as data: what it launches, overlaps, fuses and waits for, how well its
// kernels use a device, what memory it takes, and how it is started. One file per engine in
// hwdb/engines/.
#pragma once

#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "catalog/date.h"
#include "catalog/device_spec.h"
#include "catalog/figure.h"
#include "catalog/fit_spec.h"
#include "catalog/serving_spec.h"
#include "catalog/speculation_spec.h"
#include "catalog/streaming_spec.h"

namespace plimsoll {

// Small operators that ride inside a neighbour's kernel instead of being launched on their own.
enum class Fusion {
  qkv,            // q, k and v projections are one matrix product
  gate_up,        // FFN gate and up are one matrix product
  activation,     // SwiGLU/GELU inside the gate/up product or one kernel with it
  rope_cache,     // RoPE of q and k and the KV-cache write are one kernel
  norm,           // normalisation and the residual addition before it are one kernel
  residual,       // the residual addition rides in the preceding product
  expert_choice,  // scores, choice and weights of experts are one kernel
  expert_mix,     // expert weighting and summation ride in the down projection
  quantize,       // no separate kernel converts activations for a quantized product
};

enum class Parallelism {
  layer_split,        // whole layers to devices, one after another
  row_split,          // rows of each matrix to devices, results gathered on the main device
  tensor_parallel,    // Megatron style: two all-reduces a layer
  pipeline_parallel,  // runs of layers to groups of devices, each group tensor parallel
  expert_parallel,    // whole routed experts to devices, which attend to sequences of their own
  data_parallel,      // replicas that serve different requests
  cpu_layers,         // whole layers run by the CPU
  cpu_experts,        // routed experts in main memory, run by the CPU
};

// How a group of devices exchanges data; the round-by-round schedules are in
// collective/collective.h.
enum class CollectiveAlgorithm {
  ring,       // everybody passes a share on to the next
  tree,       // up a binary tree and down again
  direct,     // everybody sends to everybody
  two_level,  // inside each machine, then between one device of each, then inside again
  star,       // everybody sends to the first, the first sends to everybody
};

// How tokens come to the devices that hold their experts, and the experts' sums back.
enum class ExpertExchange {
  gather,      // everybody gets all tokens; sums are reduced and scattered
  all_to_all,  // a token goes once to each device that has any of its experts
};

// How an engine works on several machines.
struct RemoteSpec {
  std::vector<Parallelism> parallelism;  // what may span machines
  // Results go to the next machine by way of the first one (a remote procedure call's caller).
  bool through_first = false;
  bool first_machine_last = false;      // the first machine takes the last layers (key
                                        // first_machine_last)
  bool overlaps_chunks = false;         // machines work on successive chunks of a prompt at once
  Figure<Seconds> hop_overhead;         // software time per stage on another machine and pass
  Figure<Seconds> collective_overhead;  // software time per collective across machines
  std::string start_command;            // of the other machines; template, see doc/formats.md
};

// A part of a product's result that one core works out alone: rows of activations times outputs.
struct Tile {
  double rows = 0.0;
  double outputs = 0.0;
};

// How matrix-matrix products of one family of formats run: the fastest of the precisions that the
// unit has a rate for, of equal ones the first.
struct MatrixPath {
  std::vector<std::string> families;  // kernel families; "default" matches all others
  std::vector<Precision> precisions;
  std::vector<Precision> on_lanes;  // of units without matrix units; empty: as precisions
  Figure<double> efficiency;  // of the device's reached (or class-default) rate, for many rows
  double half_rows = 0.0;     // rows per product at which half of that is reached (tiles fill up)
  int rows_at_once = 1;       // in kernels that take fewer rows no faster than so many
  // Nothing: cores share every product evenly, or tiles are small against it.
  std::optional<Tile> tile;
};

// When kernels take every pair of token and routed expert by itself and read the expert's weights
// for each. Zeros: never, a pass reads an expert once.
struct PairwiseExperts {
  int tokens = 0;           // in passes of up to so many,
  double per_expert = 0.0;  // or of fewer pairs than so many for each expert of the layer
};

// Kernels that take a layer's routed experts in few launches: one chooses experts and sorts tokens,
// products fetch their rows by themselves and leave them in the next one's format, one adds up.
struct ExpertKernels {
  std::vector<std::string> architectures;     // of devices that they are for
  std::vector<std::string> families;          // kernel families of weights
  std::vector<std::string> activation_apart;  // formats whose activation is one more kernel
  int choice_tokens = 0;  // whose experts are chosen so; of more, in as many kernels as elsewhere
};

// What kernels of an earlier version reached, over what those of the entry reach.
struct KernelEra {
  std::string id;                              // the date at which it ends: "2024-06"
  Figure<double> matrix{.value = 1.0};         // rate of products of many rows
  Figure<double> experts{.value = 1.0};        // instead, of those with routed experts
  Figure<double> unpacking{.value = 1.0};      // of BackendSpec::core_weights_per_cycle
  Figure<double> unpacking_f16{.value = 1.0};  // instead, of weights in 16 bits
  Figure<double> attention{.value = 1.0};      // bandwidth and rate of attention
  Figure<double> gap{.value = 1.0};            // device time per launch: more is slower
};

struct BackendSpec {
  std::string
      id;  // "cuda", "rocm", "vulkan", "metal", "cpu"; a device must list it in its backends
  std::vector<std::string> names;
  UnitKind unit = UnitKind::gpu;

  // Schedule.
  Figure<Seconds>
      issue;  // host work per launch; serial on one host thread, overlaps earlier kernels
  bool captured_graph = false;  // a pass is one launch: `issue` is paid once
  // In passes with prompts, where no captured graph covers them, and in all where there is none;
  // nothing: as `gap`.
  std::optional<Figure<Seconds>> prompt_gap;
  Figure<Seconds> gap;            // device time per launch that no work fills
  Figure<Seconds> step_overhead;  // per forward pass, overlapped by nothing: graph build, sampling,
                                  // synchronisation
  std::vector<Fusion> fused;
  std::optional<ExpertKernels> expert_kernels;  // nothing: as `fused` says everywhere
  double roofline_exponent =
      8.0;  // p of the smooth roofline (design: bounded, the same for a backend)

  // Fractions of the achievable memory roof that kernels reach, by kernel family; "default" must be
  // there.
  std::map<std::string, Figure<double>> bandwidth;
  Figure<double> expert_bandwidth;     // further factor on routed experts' products
  Figure<double> attention_bandwidth;  // KV cache reads of decode attention
  // Weights one core (SM, CU, GPU core) unpacks and multiplies per clock cycle at most, by kernel
  // family with "default": instructions per weight are much the same in all formats, so a memory
  // much faster than that is not filled, the less the fewer bits a weight has. Empty: no such
  // limit.
  std::map<std::string, Figure<double>> core_weights_per_cycle;
  // Of the instructions that takes for a weight, what each further row of activations adds, as a
  // share of the first row's: a weight is unpacked once, and multiplied for every row. Nothing:
  // further rows cost the cores nothing.
  std::optional<Figure<double>> further_row;
  Figure<double> vector_bandwidth;  // norms, activations, copies

  // FLOP of matrix-matrix products with quantized weights that one core can feed per clock cycle
  // at most: unpacking weights and applying their scales takes instructions beside the matrix
  // units. Nothing: no such limit.
  std::optional<Figure<double>> core_flop_per_cycle;

  // Multiply-adds of packed 8-bit operands per vector lane and cycle, relative to 32-bit floats:
  // what matrix-vector products of quantized weights compute with.
  Figure<double> packed_dot{.value = 1.0};
  int matrix_vector_rows =
      1;  // up to this many rows a product streams its weights through vector units
  PairwiseExperts pairwise_experts;
  // Products of more rows with 16-bit weights are a library's: one kernel before it turns
  // activations into 16 bits, one behind it turns results back.
  bool converts_activations = false;
  std::vector<MatrixPath> matrix;
  std::vector<std::string> on_lanes_of;        // architectures whose matrix units it leaves alone
  Figure<double> expert_matrix{.value = 1.0};  // further efficiency on routed experts, many rows
  Figure<double> attention_compute;            // of the fp16 rate, prefill attention
  Figure<double> attention_vector{.value = 1.0};  // of the vector rate, decode attention
  // Decode attention takes the query heads that share keys and values together, on matrix units.
  bool grouped_attention = false;

  // Standard deviation of log(predicted / measured) that no parameter explains, for decode and for
  // prefill.
  Figure<double> decode_spread;
  Figure<double> prefill_spread;

  // Products of more rows than this turn quantized weights into 16-bit ones first, in memory, and
  // multiply those, where the device has matrix units; 0: never. Of an earlier version.
  int converts_above = 0;
  std::optional<KernelEra> era;  // of a scenario with an earlier version; never in an entry
  std::map<std::string, KernelEra> eras;  // those of the engine, by id, as a fit found them here

  Figure<Bytes> device_overhead;  // context, libraries, allocator slack per device and process

  // As profiles leave it on the devices they measured, by ProfiledUnit::part.
  std::map<std::string, std::shared_ptr<const BackendSpec>> profiled;
  std::string profiled_on;  // of such a one: id of the device
};

// How versions before a date differed from what the entry describes.
struct EngineEra {
  Date before;
  std::vector<std::string> backends;  // whose own era it is; empty: of all others, and the engine
  std::vector<std::string> without_graphs;  // backends that launched every kernel by itself
  std::vector<std::string> ungrouped;       // backends without BackendSpec::grouped_attention
  std::vector<std::string> converting;      // backends that converted weights (converts_weights)
  int converts_above = 0;                   // BackendSpec::converts_above of those
  std::optional<Parallelism> split;         // what they did with several devices, unasked
  std::optional<bool> flash_attention;      // their default, where it was another
  KernelEra kernels;
  std::string source;
};

struct EngineSpec {
  std::string id;
  std::string name;
  std::vector<std::string> names;
  std::string version;  // the era the figures belong to, as text
  // Only who names it gets it: its figures are another engine's, or rest on few measurements.
  bool on_request = false;
  std::vector<std::string> os;  // ids of the operating systems it runs on; empty: all
  std::vector<std::string>
      weight_families;  // quantization families it loads: "gguf", "safetensors", …
  // Quantization ids offered when the user names none, best quality first.
  std::vector<std::string> default_quantizations;
  std::vector<std::string> kv_formats;  // format ids, default first
  std::vector<Parallelism> parallelism;
  int prefill_chunk = 512;  // tokens of a prompt processed in one pass
  // Tokens whose chunks may overlap on several devices before all wait (a logical batch); 0: all.
  int prefill_batch = 0;
  int context_granule = 256;  // the cache is allocated in multiples of this many tokens
  bool window_cache = true;   // windowed layers keep only their window
  bool flash_attention = true;
  bool logits_for_all = true;  // the compute buffer holds logits of a whole chunk
  bool host_embedding = true;  // the input embedding table stays in main memory
  // From so many rows on, products with weights in main memory run on the GPU, which gets the
  // weights copied for each pass; 0: never.
  int offload_rows = 0;
  // Of routed experts, so many rows of each on average.
  bool offload_by_expert = false;
  // What weights on their way to all GPUs together reach at most, because the host copies them: out
  // of unpinned pages of the mapped file through a buffer of the driver, or out of the layout that
  // its own kernels read. Nothing: links decide.
  std::optional<Figure<BytesPerSecond>> weight_upload;
  int max_batch = 0;                              // 0: no limit of its own
  std::optional<Figure<double>> memory_fraction;  // share of a device it claims at start (vLLM)
  // Link ids that cost differently than on paper belong to fabric; this is host work per message.
  Figure<Seconds> message_overhead;
  std::vector<CollectiveAlgorithm> collectives;  // what it has; the fastest for a size is taken
  // Of those `direct` only among so many members where some meet at their host, for want of links
  // between them; 0: among any number.
  int direct_over_host = 0;
  double activation_bits = 32.0;  // of a value between kernels (key activation_bits)
  bool expands_latent = false;    // latent attention over many tokens with keys and values expanded
  double exchange_bits = 16.0;    // of a value in a collective (key exchange_bits)
  ExpertExchange expert_exchange = ExpertExchange::gather;
  std::optional<RemoteSpec> remote;  // nothing: it runs on one machine only
  // Id of the engine whose backends (kernels) this one runs; its own list is empty in the file
  // then.
  std::string kernels_of;
  std::vector<std::string> borrowed_backends;  // of those; empty: all
  // Replace those of the borrowed backends.
  std::optional<bool> captured_graph;
  std::optional<std::vector<Fusion>> fused;
  std::optional<ExpertKernels> expert_kernels;
  std::optional<Figure<double>> decode_spread;
  std::optional<Figure<double>> prefill_spread;
  std::optional<StreamingSpec> streaming;  // nothing: weights must be in memory
  ServingSpec serving;                     // nothing said: one request after another
  SpeculationSpec speculative;
  std::vector<BackendSpec> backends;  // preferred first
  std::vector<EngineEra> eras;        // earliest first
  // When versions came out, by their first numbers: "0.6" of 0.6.1.
  std::map<std::string, Date> releases;
  std::string start_command;  // template, see doc/formats.md
  std::string source;
  SourcePlace place;
  std::shared_ptr<const FitTable> fit;  // that was laid over it; null: none
};

const BackendSpec* find_backend(const EngineSpec& engine, const std::string& id);

// The backend on that unit: as a profile leaves it where one measured both, else as it is.
const BackendSpec& profiled_on(const BackendSpec& backend, const ComputeUnitSpec& unit);

// The era that a version of that date belongs to, the engine's own or with `backend` that of its
// kernels; null where the entry describes it. A month or a year alone is before its end only.
const EngineEra* era_of(const EngineSpec& engine, const Date& date,
                        const std::string& backend = {});

// The backends of `owner` as `engine` borrows them. Those that it names and the owner does not have
// are left out.
std::vector<BackendSpec> borrow_backends(const EngineSpec& engine, const EngineSpec& owner);

// The limit of a family, "default" where nothing special is said; null where the backend has none.
const Figure<double>* core_limit_of(const BackendSpec& backend, const std::string& kernel_family);

// Efficiency of kernels of that family, "default" when the engine says nothing special.
const Figure<double>& bandwidth_of(const BackendSpec& backend, const std::string& kernel_family);

}  // namespace plimsoll

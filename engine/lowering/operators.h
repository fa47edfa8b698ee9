// One forward pass as a graph of operators: what each computes, reads and sends, on which executor.
// No times here.
#pragma once

#include <cstdint>
#include <optional>
#include <string_view>
#include <vector>

#include "base/quantity.h"
#include "collective/collective.h"
#include "placement/placement.h"

namespace plimsoll {

// What an operator does for the model; the rows of "where the time of a token goes".
enum class OperatorClass {
  embedding,
  norm,
  attention_projection,
  attention,
  linear_attention,
  router,
  routed_experts,
  shared_expert,
  dense_ffn,
  elementwise,
  output_head,
  collective,  // all-reduce, gather, all-to-all
  transfer,    // hidden state handed to the next stage, embedding rows to the device
};
inline constexpr int operator_class_count = 13;
std::string_view to_text(OperatorClass cls);

// How it runs, which decides its cost.
enum class OperatorKind {
  matrix,      // weights times activations
  attention,   // reads cached K and V
  vector,      // memory-bound pointwise work
  recurrence,  // delta-net state update
  message,     // bytes over links
};

// What the engine's software adds to a message.
enum class MessageSoftware {
  message,     // a copy: EngineSpec::message_overhead
  hop,         // a call to a stage on another machine: RemoteSpec::hop_overhead
  collective,  // a collective across machines: RemoteSpec::collective_overhead
};

struct Operator {
  OperatorClass cls = OperatorClass::norm;
  OperatorKind kind = OperatorKind::vector;
  int layer = -1;
  int executor = 0;       // messages: the receiver
  double launches = 1.0;  // kernels; expected, where a layer may be skipped
  double rows = 1.0;  // matrix: rows of activations per weight matrix (tokens that share its read)
  // matrix: values of the result per row, of all matrices that the kernel multiplies at once.
  double outputs = 0.0;
  // matrix: rows that the kernel is chosen by: those of the pass, also where routing spreads them
  // over experts.
  double pass_rows = 1.0;
  bool prompt = false;                 // the pass holds a prompt or a chunk of one
  double head_group = 1.0;             // attention: query heads that share keys and values
  const FormatSpec* format = nullptr;  // matrix: format of the weights
  bool converted = false;              // matrix: they were turned into 16-bit ones before
  Flop work{};
  Bytes memory{};  // read + written in the executor's pool
  // Messages.
  Seconds latency{};               // all latencies paid in sequence
  Seconds transfer{};              // of the bytes, while nobody else uses the links
  double latency_log_sigma = 0.0;  // how well the latency is known
  int narrowest = -1;              // fabric link that sets `transfer`
  bool staged = false;             // the host's copy sets it instead: EngineSpec::weight_upload
  int link_set = -1;               // index into OperatorGraph::link_sets
  MessageSoftware software = MessageSoftware::message;
  std::int32_t first_dependency = 0;  // into OperatorGraph::dependencies
  std::int32_t dependency_count = 0;
};

struct OperatorGraph {
  std::vector<Operator> operators;                // in a topological order
  std::vector<std::int32_t> dependencies;         // operator indices
  std::vector<std::vector<LinkBytes>> link_sets;  // what messages put on fabric links
  int answers = 0;                                // tokens that a server chooses and sends after it
};

// Sequences alike in one pass: `tokens` new tokens of each of `sequences` that already hold `past`.
struct PassPart {
  std::int64_t tokens = 1;
  std::int64_t past = 0;
  int sequences = 1;
};

// One pass over the layers: a PassPart, and perhaps another, such as sequences that decode beside
// chunks of prompts. Parts share all products; each attends to its own cache.
struct Pass {
  std::int64_t tokens = 1;
  std::int64_t past = 0;
  int sequences = 1;
  bool logits_of_last_only = true;  // the head runs on one token of each sequence
  std::optional<PassPart> beside;
  bool several_texts = false;  // also of one sequence, which then stands for several
  int answers = 0;             // tokens that a server chooses and sends after it
};

struct LoweringRequest {
  const Scenario* scenario = nullptr;
  const Fabric* fabric = nullptr;
  const Placement* placement = nullptr;
  const Footprint* footprint = nullptr;
  const Footprint* draft = nullptr;  // of what drafts for speculative decoding; null: nothing does
};

// Sums over a layer's tensors that lowering needs again for every pass; built once per placement.
class Lowering {
 public:
  explicit Lowering(const LoweringRequest& request);
  OperatorGraph lower(const Pass& pass) const;

 private:
  friend class PassLowering;
  struct MatrixTensor {
    TensorClass cls;
    TensorRole role;
    std::int64_t row = 0;
    std::int64_t rows = 0;
    int experts = 0;
    const FormatSpec* format = nullptr;
    Bytes bytes;
  };
  struct LayerTensors {
    std::vector<MatrixTensor> matrices;
  };
  LoweringRequest request_;
  std::vector<LayerTensors> layers_;
  std::vector<MatrixTensor> head_;
  double popular_member_ = 1.0;  // of members that hold different experts (popular_member)
};

// A backend may leave the matrix units of some architectures alone (BackendSpec::on_lanes_of).
bool leaves_matrix_units(const BackendSpec& backend, const Executor& executor);
bool has_matrix_units(const BackendSpec& backend, const Executor& executor);

// Expected load of the busiest of `members` when `items` fall on them independently and evenly:
// sum over m of 1 - F(m)^members with F the binomial distribution (items, 1 / members), members
// taken as independent, and at least the mean rounded up. Members share the items, so the exact
// value is above this: by 12 % at most (three items on three members), by 4 % for 32 items. At most
// `items`; all of them for one member.
double expected_busiest(double items, int members);

}  // namespace plimsoll

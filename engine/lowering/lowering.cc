#include <algorithm>
#include <array>
#include <cmath>
#include <map>
#include <tuple>

#include "base/ceil_div.h"
#include "base/contains.h"
#include "collective/last_arrival.h"
#include "lowering/layer_use.h"
#include "lowering/operators.h"

namespace plimsoll {

std::string_view to_text(OperatorClass cls) {
  static constexpr std::array<std::string_view, operator_class_count> names = {
      "embedding",        "normalisation", "attention projections", "attention",
      "linear attention", "router",        "routed experts",        "shared expert",
      "dense FFN",        "pointwise",     "output head",           "collective",
      "transfer"};
  return names[static_cast<std::size_t>(cls)];
}

bool leaves_matrix_units(const BackendSpec& backend, const Executor& executor) {
  return contains(backend.on_lanes_of, executor.device->architecture);
}

bool has_matrix_units(const BackendSpec& backend, const Executor& executor) {
  return executor.unit->matrix_units && !leaves_matrix_units(backend, executor);
}

double expected_busiest(double items, int members) {
  if (members <= 1 || items <= 0.0) return items;
  const double share = 1.0 / members;
  const double mean = items * share;
  const double sigma = std::sqrt(items * share * (1.0 - share));
  constexpr double countable = 512.0;
  if (items > countable) return std::min(items, mean + sigma * expected_largest_normal(members));
  const int n = static_cast<int>(std::lround(items));
  double density = std::pow(1.0 - share, n);  // of 0
  double distribution = 0.0;
  double expectation = 0.0;
  for (int m = 0; m < n; ++m) {
    distribution += density;
    expectation += 1.0 - std::pow(std::min(1.0, distribution), members);
    density *= static_cast<double>(n - m) / (m + 1) * share / (1.0 - share);
  }
  // Somebody has at least the mean, rounded up.
  return std::min(items, std::max(std::ceil(mean), expectation));
}

namespace {

// Tied models read the embedding table as their head.
bool is_head(const Tensor& tensor, const ModelSpec& model) {
  if (tensor.role == TensorRole::output) return true;
  return model.tied_embeddings && tensor.cls == TensorClass::token_embedding &&
         tensor.rows == model.vocab;
}

}  // namespace

Lowering::Lowering(const LoweringRequest& request) : request_(request) {
  layers_.resize(request.scenario->model.layers.size());
  for (const Tensor& tensor : request.footprint->tensors) {
    const bool vector = tensor.rows <= 1 || tensor.cls == TensorClass::norm ||
                        tensor.cls == TensorClass::bias || tensor.cls == TensorClass::state ||
                        tensor.cls == TensorClass::convolution;
    if (vector) continue;
    const MatrixTensor matrix{.cls = tensor.cls,
                              .role = tensor.role,
                              .row = tensor.row,
                              .rows = tensor.rows,
                              .experts = tensor.experts,
                              .format = tensor.format,
                              .bytes = tensor.bytes};
    if (tensor.layer >= 0)
      layers_[static_cast<std::size_t>(tensor.layer)].matrices.push_back(matrix);
    else if (is_head(tensor, request.scenario->model))
      head_.push_back(matrix);
  }
  const Placement& placement = *request.placement;
  const auto& moe = request.scenario->model.moe;
  if (moe && placement.strategy == PlacementStrategy::expert_parallel)
    popular_member_ =
        popular_member(moe->mixed_popularity, static_cast<int>(placement.executors.size()));
}

namespace {

// Query rows one flash-attention tile serves before K and V are read again (common kernels use 64
// or 128).
constexpr std::int64_t attention_tile = 64;
// Tokens of one chunk of the chunked delta-net recurrence, between which the state is read and
// written (chunk length of the published kernels).
constexpr std::int64_t recurrence_chunk = 64;
// Recurrent states are kept as 32-bit floats.
constexpr double state_bytes = 4.0;
// FLOP per state element and token: decay (1), read k·S (2), rank-one update (2), read q·S (2).
constexpr double recurrence_flop = 7.0;
// Tokens of a sequence that a pass of speculative decoding verifies at most; more are a prompt's.
constexpr std::int64_t most_verified = 16;
// Of a weight in 16 bits.
constexpr double converted_bytes = 2.0;
// FLOP per multiply-add.
constexpr double multiply_add = 2.0;

bool quantized(const FormatSpec& format) {
  return format.block > 1;
}

// Sum over `tokens` new tokens of the cached tokens each attends to, at most `window` (0: all).
double attended_total(std::int64_t past, std::int64_t tokens, std::int64_t window) {
  const double n = static_cast<double>(tokens);
  const double p = static_cast<double>(past);
  const double all = n * p + n * (n + 1.0) / 2.0;
  if (window <= 0 || past + tokens <= window) return all;
  if (past >= window) return n * static_cast<double>(window);
  const double growing = static_cast<double>(window - past);
  return growing * p + growing * (growing + 1.0) / 2.0 +
         (n - growing) * static_cast<double>(window);
}

}  // namespace

// Emits the operators of one pass. The members of a tensor-parallel group do the same work at the
// same time on their own memory and links, so its first member stands for all of them.
class PassLowering {
 public:
  PassLowering(const Lowering& lowering, const Pass& pass)
      : lowering_(lowering),
        request_(lowering.request_),
        scenario_(*request_.scenario),
        model_(scenario_.model),
        placement_(*request_.placement),
        activation_bytes_(scenario_.engine->activation_bits / 8.0),
        logits_of_last_only_(pass.logits_of_last_only) {
    add_part({.tokens = pass.tokens, .past = pass.past, .sequences = pass.sequences});
    if (pass.beside) add_part(*pass.beside);
    if (pass.several_texts) all_sequences_ = std::max(all_sequences_, 2);
    graph_.answers = pass.answers;
    of_all_layers_ = {.all = all_tokens_, .member = new_tokens_};
    has_prompt_ = std::any_of(parts_.begin(), parts_.end(),
                              [](const PassPart& part) { return part.tokens > most_verified; });
    decoding_ = std::all_of(parts_.begin(), parts_.end(),
                            [](const PassPart& part) { return part.tokens == 1; });
  }

  OperatorGraph run() {
    embedding();
    for (int layer = 0; layer < static_cast<int>(model_.layers.size()); ++layer) {
      enter_stage(layer);
      choose_tokens(layer);
      attention_block(layer);
      ffn_block(layer);
      fill_cache(layer);
      take_part({});
    }
    output();
    return std::move(graph_);
  }

 private:
  using MatrixTensor = Lowering::MatrixTensor;

  bool fused(Fusion fusion) const { return contains(backend().fused, fusion); }
  const BackendSpec& backend() const {
    return backend_on(scenario_,
                      request_.fabric->executors()[static_cast<std::size_t>(executor_)].unit->kind);
  }
  bool divided_experts() const { return placement_.strategy == PlacementStrategy::expert_parallel; }
  // Under expert parallelism every member attends to its own sequences; the fullest one is lowered.
  void add_part(PassPart part) {
    const int members = divided_experts() ? static_cast<int>(placement_.executors.size()) : 1;
    all_tokens_ += static_cast<double>(part.tokens) * part.sequences;
    all_sequences_ += part.sequences;
    part.sequences = ceil_div(part.sequences, members);
    sequences_ += part.sequences;
    new_tokens_ += static_cast<double>(part.tokens) * part.sequences;
    parts_.push_back(part);
  }
  // Into how many parts every matrix of a stage is cut.
  double degree() const { return divided_experts() ? 1.0 : static_cast<double>(group_); }
  bool split_rows() const { return placement_.strategy == PlacementStrategy::row_split; }

  // Appends an operator that waits for the one before it: a language model's pass is a chain.
  Operator& emit(Operator op) {
    op.layer = layer_;
    op.prompt = has_prompt_;
    expect(op, use_.runs);
    op.first_dependency = static_cast<std::int32_t>(graph_.dependencies.size());
    if (!graph_.operators.empty()) {
      graph_.dependencies.push_back(static_cast<std::int32_t>(graph_.operators.size()) - 1);
      op.dependency_count = 1;
    }
    graph_.operators.push_back(op);
    return graph_.operators.back();
  }

  // An operator that runs with a chance stands for its expectation: all its times are in
  // proportion.
  static void expect(Operator& op, double chance) {
    op.launches *= chance;
    op.work *= chance;
    op.memory *= chance;
    op.latency *= chance;
    op.transfer *= chance;
  }

  // Of the pass's tokens those that run a layer.
  void take_part(const LayerUse& use) {
    use_ = use;
    all_tokens_ = of_all_layers_.all * use.share;
    new_tokens_ = of_all_layers_.member * use.share;
  }

  void vector_op(OperatorClass cls, double elements, double launches,
                 double flop_per_element = 1.0) {
    if (launches == 0.0) return;
    emit({.cls = cls,
          .kind = OperatorKind::vector,
          .executor = executor_,
          .launches = launches,
          .work = Flop(elements * flop_per_element),
          .memory = Bytes(2.0 * elements * activation_bytes_)});
  }

  // One matrix product (or several fused ones reading the same input). `tokens`: rows of
  // activations.
  struct Product {
    Bytes weights;
    double elements = 0.0;
    double inputs = 0.0;
    double outputs = 0.0;
    const FormatSpec* format = nullptr;
    bool sums = false;  // what members of a tensor-parallel group compute are parts of sums
    // Of the rows or columns, so many are needed.
    void keep(double share) {
      weights *= share;
      elements *= share;
    }
    void add(const MatrixTensor& tensor) {
      weights += tensor.bytes;
      elements += static_cast<double>(tensor.row) * static_cast<double>(tensor.rows);
      inputs = static_cast<double>(tensor.row);
      outputs += static_cast<double>(tensor.rows);
      sums = tensor.cls == TensorClass::attention_output || tensor.cls == TensorClass::ffn_down;
      if (!format || tensor.format->bits_per_weight() < format->bits_per_weight())
        format = tensor.format;
    }
  };

  // Products of many rows with weights in main memory: the engine copies the weights to the GPU and
  // computes there.
  bool offloaded(int executor, double tokens) const {
    const int threshold = scenario_.engine->offload_rows;
    return threshold > 0 && executor == placement_.cpu && tokens >= threshold && helper_gpu() >= 0;
  }
  int helper_gpu() const {
    const std::vector<int> gpus = request_.fabric->accelerators(0);
    return scenario_.backend->unit == UnitKind::gpu && !gpus.empty() ? gpus.front() : -1;
  }

  // What a product touches beside its activations, and by what it is carried.
  struct Weights {
    Bytes bytes;
    double outputs = 0.0;  // values that go back; 0: what follows is there, too
    double tokens = 0.0;   // that decide whether weights are carried
  };

  // Emits a product on the executor that holds its weights, or on the GPU with weights and results
  // carried over. The memory of `op` is that of its activations.
  void emit_product(Operator op, Weights weights) {
    const int holder = op.executor;
    const bool carried = offloaded(holder, weights.tokens);
    if (carried) {
      op.executor = helper_gpu();
      upload(op.cls, holder, op.executor, weights.bytes);
    }
    if (converts(op)) weights.bytes = convert(op, weights.bytes);
    op.memory += weights.bytes;
    emit(op);
    if (carried && weights.outputs > 0.0)
      message(op.cls, op.executor, holder, weights.outputs * activation_bytes_);
  }

  // Earlier versions multiplied many rows in 16 bits, with a library's kernels, where there are
  // matrix units.
  bool converts(const Operator& op) const {
    const Executor& there = executor(op.executor);
    const BackendSpec& kernels = backend_on(scenario_, there.unit->kind);
    return kernels.converts_above > 0 && op.rows > kernels.converts_above &&
           quantized(*op.format) && has_matrix_units(kernels, there);
  }

  // A kernel of its own reads the weights and writes them in 16 bits, of which the product reads
  // so many bytes. Two more turn activations into 16 bits, in the place of quantizing them, and
  // results back.
  Bytes convert(Operator& product, Bytes weights) {
    const double elements = product.work.base() / (multiply_add * product.rows);
    const Bytes wide(elements * converted_bytes);
    Operator conversion = product;
    conversion.launches = 1.0;
    conversion.work = Flop();
    conversion.memory = weights + wide;
    emit(conversion);
    product.converted = true;
    product.launches += 1.0;
    return wide;
  }

  // Of one member: every output of a sum over inputs that are divided, else its part of them.
  double member_outputs(const Product& p, double cut) const {
    return p.sums && !split_rows() ? p.outputs : p.outputs / cut;
  }

  // Before a library's product and behind it: what is read in one width is written in the other.
  void convert_activations(OperatorClass cls, const Product& p, double tokens, double cut) {
    const bool wide = p.format->bits_per_weight() == 8.0 * converted_bytes;
    if (!backend().converts_activations || !wide || tokens <= backend().matrix_vector_rows) return;
    const double values = tokens * (p.inputs + p.outputs / cut);
    emit({.cls = cls,
          .kind = OperatorKind::vector,
          .executor = executor_,
          .launches = 2.0,
          .work = Flop(values),
          .memory = Bytes(values * (activation_bytes_ + converted_bytes))});
  }

  void product(OperatorClass cls, const Product& p, double tokens, bool divided = true) {
    if (p.elements == 0.0) return;
    const double cut = divided ? degree() : 1.0;
    const double activations = tokens * (p.inputs + p.outputs / cut) * activation_bytes_;
    const double quantize = quantized(*p.format) && !fused(Fusion::quantize) ? 1.0 : 0.0;
    if (split_rows() && group_ > 1) row_split_message(tokens * p.inputs);
    convert_activations(cls, p, tokens, cut);
    emit_product({.cls = cls,
                  .kind = OperatorKind::matrix,
                  .executor = executor_,
                  .launches = 1.0 + quantize,
                  .rows = tokens,
                  .outputs = member_outputs(p, cut),
                  .pass_rows = tokens,
                  .format = p.format,
                  .work = Flop(multiply_add * p.elements * tokens / cut),
                  .memory = Bytes(activations)},
                 {.bytes = p.weights / cut, .outputs = tokens * p.outputs, .tokens = tokens});
    if (split_rows() && group_ > 1) row_split_message(tokens * p.outputs / degree());
  }

  // How the routed experts of a layer are used in this pass: (token, expert) pairs, and experts
  // that get any. Of experts divided among members, by the busiest member.
  struct ExpertLoad {
    double assignments = 0.0;
    double distinct = 0.0;
  };
  // Layers of a pass have the same tokens, but for those that skip some.
  double distinct_experts(double tokens) const {
    if (tokens != distinct_for_) {
      distinct_for_ = tokens;
      distinct_ = expected_distinct_experts(*model_.moe, tokens, all_sequences_);
    }
    return distinct_;
  }

  ExpertLoad expert_load() const {
    const MoeSpec& moe = *model_.moe;
    const double assignments = all_tokens_ * moe.experts_per_token;
    if (!divided_experts() || group_ == 1)
      return {.assignments = assignments, .distinct = distinct_experts(all_tokens_)};
    // Distinct ones as if all members had as much as the busiest by chance, each with its share of
    // the popular experts. Who has the most popular ones gets more, which adds to chance as
    // independent deviations do.
    const double even = assignments / group_;
    const double by_chance = expected_busiest(assignments, group_);
    const double busiest =
        even + std::hypot(by_chance - even, even * (lowering_.popular_member_ - 1.0));
    return {.assignments = std::min(assignments, busiest),
            .distinct = distinct_experts(by_chance * group_ / moe.experts_per_token) / group_};
  }

  // Share of an FFN's neurons that so many tokens need.
  double neurons_needed(double tokens) const {
    const auto& pruning = scenario_.savings.pruning;
    return pruning ? distinct_neurons(pruning->active.value, tokens) : 1.0;
  }

  void ffn_product(OperatorClass cls, Product p) {
    p.keep(neurons_needed(new_tokens_));
    product(cls, p, new_tokens_);
  }

  // Two matrices that name the neurons which the tokens need.
  void predict_neurons(OperatorClass cls, double neurons) {
    const auto& pruning = scenario_.savings.pruning;
    if (!pruning || pruning->predictor_rank == 0) return;
    const double rank = pruning->predictor_rank;
    const FormatSpec* format = pruning->predictor_format;
    const auto matrix = [&](double inputs, double outputs) {
      const double elements = inputs * outputs;
      product(cls,
              {.weights = Bytes(elements * format->bits_per_weight() / 8.0),
               .elements = elements,
               .inputs = inputs,
               .outputs = outputs,
               .format = format},
              new_tokens_, false);
    };
    matrix(model_.hidden, rank);
    matrix(rank, neurons);
  }

  // Of routed experts; the mean of an expert where the engine goes by that.
  double tokens_of_offload() const {
    if (!scenario_.engine->offload_by_expert) return new_tokens_;
    return new_tokens_ * model_.moe->experts_per_token / model_.moe->experts;
  }

  bool by_pair(const ExpertLoad& load, int where) const {
    const PairwiseExperts& pairwise =
        backend_on(scenario_, executor(where).unit->kind).pairwise_experts;
    return all_tokens_ <= pairwise.tokens ||
           load.assignments < pairwise.per_expert * model_.moe->experts;
  }

  // Where a layer's experts are taken in few launches; nothing: as Fusion says. Where attention is
  // divided by sequences, engines take kernels made for many tokens instead.
  const ExpertKernels* few_launches(int where, const FormatSpec& format) const {
    const auto& kernels = backend_on(scenario_, executor(where).unit->kind).expert_kernels;
    if (!kernels || divided_experts()) return nullptr;
    const bool meant = contains(kernels->architectures, executor(where).device->architecture) &&
                       contains(kernels->families, format.kernel_family);
    return meant ? &*kernels : nullptr;
  }

  // Only the distinct experts that the tokens touch are read, once, or for each pair. `prepared`:
  // the kernel before left the activations in the product's format.
  void expert_product(Product p, const ExpertLoad& load, int executor, bool prepared = false) {
    const MoeSpec& moe = *model_.moe;
    p.keep(neurons_needed(load.assignments / load.distinct));
    const bool pairwise = by_pair(load, executor);
    const double read = pairwise ? load.assignments : load.distinct;
    const double per_expert_outputs = p.outputs / moe.experts;
    const double cut = executor == executor_ ? degree() : 1.0;
    const double activations =
        load.assignments * (p.inputs + per_expert_outputs / cut) * activation_bytes_;
    const bool quantizes = quantized(*p.format) && !fused(Fusion::quantize) && !prepared;
    emit_product({.cls = OperatorClass::routed_experts,
                  .kind = OperatorKind::matrix,
                  .executor = executor,
                  .launches = quantizes ? 2.0 : 1.0,
                  .rows = load.assignments / read,
                  .outputs = member_outputs(p, cut) * read / moe.experts,
                  .pass_rows = pairwise ? 1.0 : all_tokens_,
                  .format = p.format,
                  .work = Flop(multiply_add * p.elements / moe.experts * load.assignments / cut),
                  .memory = Bytes(activations)},
                 {.bytes = p.weights * (read / moe.experts / cut), .tokens = tokens_of_offload()});
  }

  const std::vector<MatrixTensor>& matrices() const {
    return lowering_.layers_[static_cast<std::size_t>(layer_)].matrices;
  }

  template <class Match>
  Product collect(Match match) const {
    Product p;
    for (const MatrixTensor& tensor : matrices())
      if (match(tensor)) p.add(tensor);
    return p;
  }
  Product collect(TensorRole role, TensorClass cls) const {
    return collect([&](const MatrixTensor& t) { return t.role == role && t.cls == cls; });
  }

  // A message between executors; none where both work in the same memory.
  void message(OperatorClass cls, int from, int to, double bytes) {
    if (executor(from).pool == executor(to).pool) return;
    const Route& route = request_.fabric->route(from, to);
    std::vector<LinkBytes> links;
    for (int link : route.links) links.push_back({.link = link, .bytes = Bytes(bytes)});
    emit({.cls = cls,
          .kind = OperatorKind::message,
          .executor = to,
          .latency = route.latency + route.message_cost,
          .transfer = Bytes(bytes) / route.bandwidth,
          .latency_log_sigma = route.latency_log_sigma,
          .narrowest = route.narrowest,
          .link_set = link_set(links)});
  }

  // Weights for a GPU: as fast as its link, but no faster than the host copies them.
  void upload(OperatorClass cls, int from, int to, Bytes weights) {
    const std::size_t before = graph_.operators.size();
    message(cls, from, to, weights.base());
    const auto& limit = scenario_.engine->weight_upload;
    if (!limit || graph_.operators.size() == before) return;
    Operator& copy = graph_.operators.back();
    const Seconds staged = weights / limit->value * use_.runs;
    copy.staged = staged > copy.transfer;
    copy.transfer = std::max(copy.transfer, staged);
  }

  const Executor& executor(int id) const {
    return request_.fabric->executors()[static_cast<std::size_t>(id)];
  }

  int link_set(std::vector<LinkBytes> links) {
    for (LinkBytes& link : links) link.bytes *= use_.runs;
    for (std::size_t i = 0; i < graph_.link_sets.size(); ++i)
      if (graph_.link_sets[i] == links) return static_cast<int>(i);
    graph_.link_sets.push_back(links);
    return static_cast<int>(graph_.link_sets.size()) - 1;
  }

  // llama.cpp's row split: the main device sends activations to, and gathers rows from, every other
  // one through its own link, one transfer after another.
  void row_split_message(double elements) {
    const Stage& stage = placement_.stages.front();
    const int other = stage.executors[1];
    message(OperatorClass::collective, other, executor_,
            elements * activation_bytes_ * (degree() - 1.0));
  }

  bool meet_at_host(int one, int other) const {
    const Fabric& fabric = *request_.fabric;
    const std::vector<int>& links = fabric.route(one, other).links;
    return std::any_of(links.begin(), links.end(), [&](int link) {
      const LinkSpec* spec = fabric.links()[static_cast<std::size_t>(link)].spec;
      return spec && spec->host_bus;
    });
  }

  std::vector<CollectiveAlgorithm> algorithms_among(const std::vector<int>& members) const {
    const EngineSpec& engine = *scenario_.engine;
    std::vector<CollectiveAlgorithm> algorithms = engine.collectives;
    const auto most = static_cast<std::size_t>(engine.direct_over_host);
    if (most == 0 || members.size() <= most) return algorithms;
    if (std::any_of(members.begin() + 1, members.end(),
                    [&](int member) { return meet_at_host(members.front(), member); }))
      std::erase(algorithms, CollectiveAlgorithm::direct);
    return algorithms;
  }

  // Over the group, by whichever of the engine's algorithms is fastest for its size.
  void collective(CollectiveKind kind, double values) {
    const std::vector<int>& members = current_stage().executors;
    const Bytes bytes(values * scenario_.engine->exchange_bits / 8.0);
    const auto [known, fresh] = collectives_.try_emplace({stage_, kind, bytes.base()});
    if (fresh)
      known->second = fastest(kind, algorithms_among(members), members, bytes, *request_.fabric);
    const CollectiveCost& cost = known->second;
    const bool machines = executor(members.front()).node != executor(members.back()).node;
    emit({.cls = OperatorClass::collective,
          .kind = OperatorKind::message,
          .executor = executor_,
          .latency = cost.latency,
          .transfer = cost.transfer,
          .latency_log_sigma = cost.latency_log_sigma,
          .narrowest = cost.narrowest,
          .link_set = link_set(cost.links),
          .software = machines ? MessageSoftware::collective : MessageSoftware::message});
  }

  // Sums the members' partial results where each computed a part of every row.
  void all_reduce() {
    if (group_ <= 1 || split_rows() || divided_experts()) return;
    collective(CollectiveKind::all_reduce, new_tokens_ * model_.hidden);
  }

  const Stage& current_stage() const { return placement_.stages[static_cast<std::size_t>(stage_)]; }

  void select_stage(int stage) {
    stage_ = stage;
    executor_ = current_stage().executors.front();
    group_ = static_cast<int>(current_stage().executors.size());
  }

  void embedding() {
    stage_ = 0;
    while (placement_.stages[static_cast<std::size_t>(stage_)].layers == 0) ++stage_;
    select_stage(stage_);
    const int reader = placement_.embedding_executor;
    const double elements = new_tokens_ * model_.hidden;
    emit({.cls = OperatorClass::embedding,
          .kind = OperatorKind::vector,
          .executor = reader,
          .memory = Bytes(2.0 * elements * activation_bytes_)});
    hand_over(reader, executor_, elements * activation_bytes_);
  }

  void enter_stage(int layer) {
    layer_ = layer;
    const int stage = placement_.stage_of(layer);
    if (stage == stage_) return;
    const int from = executor_;
    select_stage(stage);
    hand_over(from, executor_, new_tokens_ * model_.hidden * activation_bytes_);
  }

  int node_of(int id) const { return executor(id).node; }

  // To the next stage; one on another machine than the main process's is called.
  void hand_over(int from, int to, double bytes) {
    const std::vector<int> path = hand_over_path(scenario_, *request_.fabric, from, to);
    for (std::size_t leg = 0; leg + 1 < path.size(); ++leg)
      message(OperatorClass::transfer, path[leg], path[leg + 1], bytes);
    if (node_of(from) != node_of(to) && node_of(to) != 0)
      graph_.operators.back().software = MessageSoftware::hop;
  }

  void normalise() {
    const double hidden = new_tokens_ * model_.hidden;
    // Models with four norms put one behind attention and FFN too.
    const int per_block = std::max(1, model_.norms_per_layer / 2);
    vector_op(OperatorClass::norm, hidden * per_block, per_block, 4.0);
  }

  // Which tokens run a layer that they may skip or leave before, a product with one output decides.
  void choose_tokens(int layer) {
    const LayerUse use = layer_use(scenario_.savings, layer, static_cast<int>(model_.layers.size()),
                                   of_all_layers_.all, decoding_);
    const bool leaving = scenario_.savings.early_exit && decoding_;
    if (leaving) take_part(use);
    if (leaving || use.cached < 1.0)
      vector_op(OperatorClass::router, new_tokens_ * model_.hidden, 1, multiply_add);
    take_part(use);
  }

  // A layer that every token left before still gets their keys and values.
  void fill_cache(int layer) {
    const LayerAttention kind = model_.layers[static_cast<std::size_t>(layer)].attention;
    if (!scenario_.savings.early_exit || use_.runs >= 1.0 || kind == LayerAttention::linear) return;
    take_part({.runs = 1.0 - use_.runs});
    const AttentionSpec& a = model_.attention;
    product(OperatorClass::attention_projection, collect([&](const MatrixTensor& t) {
              return t.role == TensorRole::attention && fills_cache(a, t);
            }),
            new_tokens_);
    rope_and_cache(0.0, static_cast<double>(cache_shape(model_, layer).elements_per_token));
  }

  // Whether its products are what the cache holds.
  bool fills_cache(const AttentionSpec& a, const MatrixTensor& t) const {
    switch (a.kind) {
      case AttentionKind::mla:
        return t.rows == a.kv_lora_rank + a.rope_dim;
      case AttentionKind::compressed:  // and the entries' values and gates, which may overlap
        return t.cls == TensorClass::attention_other &&
               (t.rows == a.head_dim || t.rows == 2 * a.head_dim);
      case AttentionKind::gqa:
        break;
    }
    return t.cls == TensorClass::attention_k || t.cls == TensorClass::attention_v;
  }

  // What a block reads of several streams of hidden states: their norm and the factors that follow
  // from it, made doubly stochastic, and their weighted sum.
  void read_streams() {
    if (model_.hyper_connections == 0) return;
    vector_op(OperatorClass::elementwise,
              new_tokens_ * model_.hidden * (2.0 * model_.hyper_connections + 1.0) / 2.0, 3, 3.0);
  }

  // All streams are read, mixed, and written with a block's result.
  void write_streams() {
    vector_op(OperatorClass::elementwise,
              new_tokens_ * model_.hidden * (2.0 * model_.hyper_connections + 1.0) / 2.0, 1,
              multiply_add * model_.hyper_connections);
  }

  void add_residual() {
    if (model_.hyper_connections > 0) return write_streams();
    if (fused(Fusion::residual) || fused(Fusion::norm)) return;
    vector_op(OperatorClass::elementwise, new_tokens_ * model_.hidden, 1);
  }

  void attention_block(int layer) {
    read_streams();
    normalise();
    const LayerSpec& spec = model_.layers[static_cast<std::size_t>(layer)];
    if (spec.attention == LayerAttention::linear)
      linear_attention();
    else if (model_.attention.kind == AttentionKind::mla)
      latent_attention();
    else if (model_.attention.kind == AttentionKind::compressed)
      compressed_attention(spec.attention);
    else
      grouped_attention(attention_of(model_, spec.attention),
                        spec.attention == LayerAttention::windowed);
    all_reduce();
    add_residual();
  }

  void rope_and_cache(double q_elements, double kv_elements) {
    const double launches = fused(Fusion::rope_cache) ? 1.0 : 4.0;
    vector_op(OperatorClass::elementwise, new_tokens_ * (q_elements + kv_elements) / degree(),
              launches, 3.0);
  }

  void grouped_attention(const AttentionSpec& a, bool windowed) {
    const auto projection = [this](TensorClass cls) { return collect(TensorRole::attention, cls); };
    if (fused(Fusion::qkv)) {
      product(OperatorClass::attention_projection, collect([](const MatrixTensor& t) {
                return t.role == TensorRole::attention &&
                       (t.cls == TensorClass::attention_q || t.cls == TensorClass::attention_k ||
                        t.cls == TensorClass::attention_v);
              }),
              new_tokens_);
    } else {
      product(OperatorClass::attention_projection, projection(TensorClass::attention_q),
              new_tokens_);
      product(OperatorClass::attention_projection, projection(TensorClass::attention_k),
              new_tokens_);
      product(OperatorClass::attention_projection, projection(TensorClass::attention_v),
              new_tokens_);
    }
    const double q = static_cast<double>(a.heads) * a.head_dim;
    const double kv = 2.0 * a.kv_heads * a.head_dim;
    if (a.qk_norm != QkNorm::none)
      vector_op(OperatorClass::norm, new_tokens_ * (q + kv / 2.0) / degree(),
                fused(Fusion::rope_cache) ? 1 : 2, 4.0);
    rope_and_cache(q, kv);
    const double heads_share = 1.0 / std::min(degree(), static_cast<double>(a.kv_heads));
    for (const PassPart& part : parts_)
      part_attention(part,
                     {.seen = {{.limit = windowed ? model_.window : 0}},
                      .flop_per_attended = 2.0 * multiply_add * a.heads * a.head_dim / degree(),
                      .cache_share = heads_share,
                      .head_group = static_cast<double>(a.heads) / a.kv_heads});
    if (a.output_gate) vector_op(OperatorClass::elementwise, new_tokens_ * q / degree(), 2, 4.0);
    product(OperatorClass::attention_projection, projection(TensorClass::attention_output),
            new_tokens_);
  }

  // What a token sees of the past: the cells, or the entries that stand for several tokens each.
  struct Seen {
    std::int64_t limit = 0;  // as many at most; 0: all
    std::int64_t tokens = 1;
    bool indexed = false;  // an indexer has looked at all of them
  };

  // What attention to one cached token costs.
  struct AttentionWork {
    std::vector<Seen> seen;
    double flop_per_attended = 0.0;  // for each query token
    double cache_share = 1.0;        // of the cache, what a member of the group reads
    double head_group = 1.0;         // query heads that share keys and values
  };

  // Decode reads the cache once per sequence; a prompt chunk reads it once per tile of query rows.
  void part_attention(const PassPart& part, const AttentionWork& work) {
    const CacheShape shape = cache_shape(model_, layer_);
    const FormatSpec& format = *scenario_.kv_format;
    const double bytes_per_token =
        static_cast<double>(shape.elements_per_token) * format.bits_per_weight() / 8.0;
    const std::int64_t all = part.past + part.tokens;
    const double sequences = part.sequences * use_.share;
    const double reads = static_cast<double>(ceil_div(part.tokens, attention_tile)) * sequences;
    double attended = 0.0;
    double cells = 0.0;
    for (const Seen& seen : work.seen) {
      const auto tokens = static_cast<double>(seen.tokens);
      const std::int64_t limit = seen.limit * seen.tokens;
      attended += attended_total(part.past, part.tokens, limit) / tokens * sequences * use_.cached;
      cells += static_cast<double>(limit > 0 ? std::min(limit + part.tokens - 1, all) : all) /
               tokens * use_.cached;
      if (!seen.indexed) continue;
      const IndexerSpec& indexer = *model_.attention.indexer;
      const double keys =
          attended_total(part.past, part.tokens, 0) / tokens * sequences * use_.cached;
      emit({.cls = OperatorClass::attention,
            .kind = OperatorKind::attention,
            .executor = executor_,
            .launches = 2,
            .rows = static_cast<double>(part.tokens),
            .work = Flop(multiply_add * indexer.heads * indexer.head_dim * keys / degree()),
            .memory = shape.indexer_per_token * (static_cast<double>(all) / tokens * reads)});
    }
    emit({.cls = OperatorClass::attention,
          .kind = OperatorKind::attention,
          .executor = executor_,
          .rows = static_cast<double>(part.tokens),
          .head_group = work.head_group,
          .work = Flop(work.flop_per_attended * attended),
          .memory = Bytes(cells * bytes_per_token * reads * work.cache_share)});
    if (!scenario_.engine->flash_attention)
      stored_scores(cells * static_cast<double>(part.tokens) * part.sequences);
  }

  // Without flash attention the scores of every head go to memory and back twice: written by the
  // product with K, read and written by the softmax, read by the product with V. Three kernels do
  // what one does with it.
  void stored_scores(double scores_per_head) {
    const double scores = scores_per_head * model_.attention.heads / degree();
    vector_op(OperatorClass::attention, 2.0 * scores, 2);
  }

  void latent_attention() {
    const AttentionSpec& a = model_.attention;
    // Down-projections, their norms, up-projections, and the two halves of kv_b absorbed into q and
    // the output.
    product_of_each(TensorRole::attention);
    const double latent = a.kv_lora_rank;
    vector_op(OperatorClass::norm, new_tokens_ * (a.q_lora_rank + latent),
              a.q_lora_rank > 0 ? 2 : 1, 4.0);
    rope_and_cache(static_cast<double>(a.heads) * a.rope_dim, latent + a.rope_dim);
    for (const PassPart& part : parts_) latent_part(part);
    product(OperatorClass::attention_projection,
            collect(TensorRole::attention, TensorClass::attention_output), new_tokens_);
  }

  // Absorbed, every head attends to the latent vector. Over a prompt's chunk some engines expand
  // keys and values instead: heads that are a fraction as wide, for one product with kv_b more.
  void latent_part(const PassPart& part) {
    const AttentionSpec& a = model_.attention;
    const bool expanded = scenario_.engine->expands_latent && part.tokens > 1;
    const double width =
        expanded ? a.nope_dim + a.rope_dim + a.v_dim : 2.0 * a.kv_lora_rank + a.rope_dim;
    const Seen seen = a.indexer ? Seen{.limit = a.indexer->top_k, .indexed = true} : Seen{};
    part_attention(part, {.seen = {seen},
                          .flop_per_attended = multiply_add * a.heads * width / degree(),
                          .head_group = expanded ? 1.0 : static_cast<double>(a.heads)});
  }

  // Every head attends to cells that are keys and values at once: those of a window and, with the
  // same softmax, entries.
  void compressed_attention(LayerAttention kind) {
    const AttentionSpec& a = model_.attention;
    product_of_each(TensorRole::attention);
    const double heads = static_cast<double>(a.heads) * a.head_dim;
    vector_op(OperatorClass::norm, new_tokens_ * (a.q_lora_rank + a.head_dim + heads), 3, 4.0);
    // Rotated back behind attention, too.
    rope_and_cache(2.0 * a.heads * a.rope_dim, a.head_dim);
    std::vector<Seen> seen = {{.limit = model_.window}};
    if (const int tokens = entry_tokens(a, kind)) {
      const bool sparse = kind == LayerAttention::compressed_sparse;
      seen.push_back({.limit = sparse ? a.indexer->top_k : 0, .tokens = tokens, .indexed = sparse});
      // Values times the softmax of their gates, over an entry's tokens.
      const double width = sparse ? 2.0 * (a.head_dim + a.indexer->head_dim) : a.head_dim;
      vector_op(OperatorClass::elementwise, new_tokens_ * 2.0 * width, sparse ? 2 : 1, 4.0);
    }
    for (const PassPart& part : parts_)
      part_attention(part, {.seen = seen,
                            .flop_per_attended = 2.0 * multiply_add * heads / degree(),
                            .head_group = static_cast<double>(a.heads)});
    product(OperatorClass::attention_projection,
            collect(TensorRole::attention, TensorClass::attention_output), new_tokens_);
  }

  // One product after another, but for that which makes the block's result.
  void product_of_each(TensorRole role) {
    for (const MatrixTensor& tensor : matrices()) {
      if (tensor.role != role || tensor.cls == TensorClass::attention_output) continue;
      Product p;
      p.add(tensor);
      product(OperatorClass::attention_projection, p, new_tokens_);
    }
  }

  void linear_attention() {
    const LinearAttentionSpec& l = *model_.linear;
    product_of_each(TensorRole::linear_attention);
    const double k = static_cast<double>(l.k_heads) * l.k_dim;
    const double v = static_cast<double>(l.v_heads) * l.v_dim;
    vector_op(OperatorClass::linear_attention, new_tokens_ * (2.0 * k + v) / degree(), 2,
              multiply_add * l.conv_kernel);
    vector_op(OperatorClass::norm, new_tokens_ * 2.0 * k / degree(), 2, 4.0);
    const double state = v * l.k_dim;
    for (const PassPart& part : parts_) recurrence(part, state);
    vector_op(OperatorClass::norm, new_tokens_ * v / degree(), fused(Fusion::norm) ? 1 : 2, 6.0);
    product(OperatorClass::attention_projection,
            collect(TensorRole::linear_attention, TensorClass::attention_output), new_tokens_);
  }

  void recurrence(const PassPart& part, double state) {
    const double sequences = part.sequences * use_.share;
    const double tokens = static_cast<double>(part.tokens) * sequences;
    emit(
        {.cls = OperatorClass::linear_attention,
         .kind = OperatorKind::recurrence,
         .executor = executor_,
         .rows = static_cast<double>(part.tokens),
         .work = Flop(recurrence_flop * state * tokens / degree()),
         .memory = Bytes(2.0 * state * state_bytes * sequences *
                         static_cast<double>(ceil_div(part.tokens, recurrence_chunk)) / degree())});
  }

  void ffn_block(int layer) {
    read_streams();
    normalise();
    if (model_.layers[static_cast<std::size_t>(layer)].ffn == LayerFfn::moe)
      mixture_of_experts(layer);
    else
      gated_ffn(OperatorClass::dense_ffn, TensorRole::dense_ffn, model_.ffn_width);
    all_reduce();
    add_residual();
  }

  void gated_ffn(OperatorClass cls, TensorRole role, double width) {
    const auto is = [role](const MatrixTensor& t, TensorClass c) {
      return t.role == role && t.cls == c;
    };
    predict_neurons(cls, width);
    if (fused(Fusion::gate_up)) {
      ffn_product(cls, collect([&](const MatrixTensor& t) {
                    return is(t, TensorClass::ffn_gate) || is(t, TensorClass::ffn_up);
                  }));
    } else {
      ffn_product(cls, collect(role, TensorClass::ffn_gate));
      ffn_product(cls, collect(role, TensorClass::ffn_up));
    }
    if (!fused(Fusion::activation))
      vector_op(OperatorClass::elementwise, new_tokens_ * width / degree(), 1, 4.0);
    ffn_product(cls, collect(role, TensorClass::ffn_down));
  }

  // Divided experts: tokens go to the members that hold their experts (all_gather), and what these
  // add to them comes back as one sum (reduce_scatter).
  void exchange_tokens(CollectiveKind gathering) {
    if (!divided_experts() || group_ == 1) return;
    const double all = new_tokens_ * group_ * model_.hidden;
    if (scenario_.engine->expert_exchange == ExpertExchange::gather) {
      collective(gathering, all);
    } else {  // once to each member that has any, experts being chosen evenly
      const double missed = std::pow(1.0 - 1.0 / group_, model_.moe->experts_per_token);
      collective(CollectiveKind::all_to_all, all * (1.0 - missed));
    }
  }

  void mixture_of_experts(int layer) {
    const MoeSpec& moe = *model_.moe;
    product(OperatorClass::router, collect(TensorRole::router, TensorClass::router), new_tokens_,
            false);
    const int home = executor_;
    const int holder =
        placement_.experts_on_cpu[static_cast<std::size_t>(layer)] ? placement_.cpu : home;
    // Where weights are carried, everything between them happens there, too.
    const int worker = offloaded(holder, tokens_of_offload()) ? helper_gpu() : holder;
    const Product down = collect(TensorRole::routed_experts, TensorClass::ffn_down);
    const ExpertKernels* few = few_launches(worker, *down.format);
    const bool one_choice =
        fused(Fusion::expert_choice) || (few && new_tokens_ <= few->choice_tokens);
    // softmax or sigmoid, top-k, gather, normalise
    vector_op(OperatorClass::router, new_tokens_ * moe.experts, one_choice ? 1 : 4, 4.0);

    const double hidden = new_tokens_ * model_.hidden * activation_bytes_;
    message(OperatorClass::transfer, home, worker, hidden);
    exchange_tokens(CollectiveKind::all_gather);
    const ExpertLoad load = expert_load();
    predict_neurons(OperatorClass::routed_experts, load.distinct * moe.expert_width);
    const auto is = [](const MatrixTensor& t, TensorClass c) {
      return t.role == TensorRole::routed_experts && t.cls == c;
    };
    if (fused(Fusion::gate_up)) {
      expert_product(collect([&](const MatrixTensor& t) {
                       return is(t, TensorClass::ffn_gate) || is(t, TensorClass::ffn_up);
                     }),
                     load, holder);
    } else {
      expert_product(collect(TensorRole::routed_experts, TensorClass::ffn_gate), load, holder);
      expert_product(collect(TensorRole::routed_experts, TensorClass::ffn_up), load, holder);
    }
    const double cut = worker == home ? degree() : 1.0;
    const auto on_worker = [&](double elements, double launches) {
      emit({.cls = OperatorClass::elementwise,
            .kind = OperatorKind::vector,
            .executor = worker,
            .launches = launches,
            .work = Flop(4.0 * elements),
            .memory = Bytes(2.0 * elements * activation_bytes_)});
    };
    const bool activates =
        few ? contains(few->activation_apart, down.format->id) : !fused(Fusion::activation);
    if (activates) on_worker(load.assignments * moe.expert_width / cut, 1);
    expert_product(down, load, holder, few != nullptr);
    if (few || !fused(Fusion::expert_mix)) on_worker(load.assignments * model_.hidden, few ? 1 : 2);
    message(OperatorClass::transfer, worker, home, hidden);
    exchange_tokens(CollectiveKind::reduce_scatter);

    if (moe.shared_width > 0) {
      gated_ffn(OperatorClass::shared_expert, TensorRole::shared_expert, moe.shared_width);
      vector_op(OperatorClass::elementwise, new_tokens_ * model_.hidden, moe.shared_gate ? 2 : 1,
                2.0);
    }
  }

  void output() {
    layer_ = -1;
    const double tokens = logits_of_last_only_ ? sequences_ : new_tokens_;
    vector_op(OperatorClass::norm, tokens * model_.hidden, 1, 4.0);
    for (const MatrixTensor& tensor : lowering_.head_) {
      Product p;
      p.add(tensor);
      product(OperatorClass::output_head, p, tokens);
    }
    bring_home(tokens);
  }

  // The main process is on the first machine. It gets the logits and samples, or the token that the
  // last stage sampled.
  void bring_home(double tokens) {
    const int home = request_.fabric->cpu(0);
    if (node_of(executor_) == 0 || home < 0) return;
    const bool logits = scenario_.engine->remote && scenario_.engine->remote->through_first;
    const double values = logits ? static_cast<double>(model_.vocab) : 1.0;
    hand_over(executor_, home, tokens * values * activation_bytes_);
  }

  const Lowering& lowering_;
  const LoweringRequest& request_;
  const Scenario& scenario_;
  const ModelSpec& model_;
  const Placement& placement_;
  double activation_bytes_;  // of a value between kernels and machines
  const bool logits_of_last_only_;
  std::vector<PassPart> parts_;         // sequences of one member
  double all_tokens_ = 0.0;             // of all sequences
  mutable double distinct_for_ = -1.0;  // tokens
  mutable double distinct_ = 0.0;       // experts of a layer that these touch
  int all_sequences_ = 0;
  int sequences_ = 0;        // that one member attends to
  double new_tokens_ = 0.0;  // of those
  // The same two numbers before tokens skip layers.
  struct Tokens {
    double all = 0.0;
    double member = 0.0;
  };
  Tokens of_all_layers_;
  bool decoding_ = true;  // one new token of each sequence
  bool has_prompt_ = false;
  LayerUse use_;  // of the layer being lowered
  OperatorGraph graph_;
  // Every layer of a stage exchanges the same.
  std::map<std::tuple<int, CollectiveKind, double>, CollectiveCost> collectives_;
  int layer_ = -1;
  int stage_ = -1;
  int executor_ = 0;
  int group_ = 1;
};

OperatorGraph Lowering::lower(const Pass& pass) const {
  return PassLowering(*this, pass).run();
}

}  // namespace plimsoll

#include "streaming/replay.h"

#include <algorithm>
#include <memory>
#include <numeric>

#include "base/ceil_div.h"
#include "base/contains.h"
#include "base/rng.h"

namespace plimsoll {

namespace {

constexpr int longest_warm_up = 500;

// Extents of a file: the pieces of every expert, layer by layer, then the dense weights of each
// layer, then what lies outside the layers.
class FileExtents {
 public:
  explicit FileExtents(const ReplayRequest& request) {
    const std::size_t layers = request.expert_bytes.size();
    for (std::size_t l = 0; l < layers; ++l) {
      first_of_layer_.push_back(static_cast<ExtentId>(bytes_.size()));
      const std::int64_t whole = request.expert_bytes[l];
      pieces_.push_back(pieces_of(request.setup, whole));
      if (whole == 0) continue;
      for (int e = 0; e < request.experts; ++e) add_pieces(whole, pieces_.back());
    }
    for (std::size_t l = 0; l < layers; ++l) {
      dense_.push_back(static_cast<ExtentId>(bytes_.size()));
      bytes_.push_back(request.dense_bytes[l]);
    }
    outside_ = static_cast<ExtentId>(bytes_.size());
    bytes_.push_back(request.outside_bytes);
  }

  const std::vector<std::int64_t>& bytes() const { return bytes_; }
  std::int64_t size(ExtentId extent) const { return bytes_[extent]; }
  ExtentId first(std::size_t layer, int expert) const {
    return first_of_layer_[layer] + static_cast<ExtentId>(expert) * pieces_[layer];
  }
  ExtentId pieces(std::size_t layer) const { return pieces_[layer]; }
  ExtentId dense(std::size_t layer) const { return dense_[layer]; }
  ExtentId outside() const { return outside_; }

 private:
  static ExtentId pieces_of(const StreamingSetup& setup, std::int64_t whole) {
    const auto extent = static_cast<std::int64_t>(setup.extent.base());
    if (extent <= 0) return static_cast<ExtentId>(setup.reads_per_expert);
    return static_cast<ExtentId>(std::max<std::int64_t>(1, ceil_div(whole, extent)));
  }
  void add_pieces(std::int64_t whole, ExtentId pieces) {
    for (ExtentId p = 0; p < pieces; ++p)
      bytes_.push_back(whole * (p + 1) / pieces - whole * p / pieces);
  }

  std::vector<std::int64_t> bytes_;
  std::vector<ExtentId> first_of_layer_;
  std::vector<ExtentId> pieces_;  // of an expert, by layer
  std::vector<ExtentId> dense_;
  ExtentId outside_ = 0;
};

// Experts of token after token: from the process or a trace.
class RoutingSource {
 public:
  explicit RoutingSource(const ReplayRequest& request) : trace_(request.trace) {
    int routed = 0;
    for (const std::int64_t bytes : request.expert_bytes) routed += bytes > 0 ? 1 : 0;
    shape_ = {.layers = routed, .experts = request.experts, .per_token = request.per_token};
    if (routed == 0) return;
    const auto seed = static_cast<std::uint64_t>(request.setup.seed);
    for (int s = 0; s < request.sequences; ++s) {
      if (trace_)
        positions_.push_back(trace_->tokens * s / request.sequences);
      else
        processes_.emplace_back(request.routing, shape_, seed, s);
    }
  }

  std::size_t sequences() const { return trace_ ? positions_.size() : processes_.size(); }
  std::span<const std::uint16_t> next(std::size_t sequence) {
    if (!trace_) return processes_[sequence].next_token();
    return trace_->token(positions_[sequence]++ % trace_->tokens);
  }
  const RoutingShape& shape() const { return shape_; }

  // Experts of a routed layer, those to be expected most often first.
  std::vector<std::uint16_t> wanted(int layer) const {
    if (trace_) return by_uses(layer);
    const auto order = processes_.front().by_popularity(layer);
    return {order.begin(), order.end()};
  }

 private:
  std::vector<std::uint16_t> by_uses(int layer) const {
    std::vector<int> uses(static_cast<std::size_t>(shape_.experts), 0);
    for (int t = 0; t < trace_->tokens; ++t)
      for (int k = 0; k < shape_.per_token; ++k)
        ++uses[trace_->token(t)[static_cast<std::size_t>(layer * shape_.per_token + k)]];
    std::vector<std::uint16_t> order(uses.size());
    std::iota(order.begin(), order.end(), std::uint16_t{0});
    std::stable_sort(order.begin(), order.end(),
                     [&](std::uint16_t a, std::uint16_t b) { return uses[a] > uses[b]; });
    return order;
  }

  RoutingShape shape_;
  const RoutingTrace* trace_;
  std::vector<RoutingProcess> processes_;  // by sequence
  std::vector<int> positions_;             // in the trace, by sequence
};

class Replayer {
 public:
  explicit Replayer(const ReplayRequest& request)
      : request_(request),
        extents_(request),
        source_(request),
        guesses_(static_cast<std::uint64_t>(request.setup.seed), "guesses") {
    int routed = 0;
    for (const std::int64_t bytes : request.expert_bytes) {
      routed_layer_.push_back(routed);
      routed += bytes > 0 ? 1 : 0;
    }
    used_now_.resize(static_cast<std::size_t>(request.experts), 0);
    previous_.resize(static_cast<std::size_t>(routed));
    make_caches();
  }

  Replay run() {
    warm_up();
    Replay result;
    result.layers = request_.expert_bytes.size();
    result.reads.reserve(result.layers * request_.pass_tokens.size());
    for (const int tokens : request_.pass_tokens)
      result.outside_cold.push_back(pass(tokens, &result.reads));
    return result;
  }

 private:
  bool through_page_cache() const { return request_.setup.access != ReadAccess::direct; }

  void make_caches() {
    const StreamingSetup& setup = request_.setup;
    page_cache_ = make_replacement({.kind = setup.page_cache,
                                    .capacity_bytes = request_.page_cache_bytes,
                                    .extent_bytes = extents_.bytes()});
    std::vector<std::int64_t> experts;
    for (const std::int64_t bytes : request_.expert_bytes)
      experts.insert(experts.end(), static_cast<std::size_t>(request_.experts), bytes);
    const std::vector<ExtentId> pinned =
        setup.cache_policy == ReplacementKind::pinned ? hottest() : std::vector<ExtentId>{};
    application_ = make_replacement({.kind = setup.cache_policy,
                                     .capacity_bytes = request_.cache_bytes,
                                     .extent_bytes = experts,
                                     .pinned = pinned});
  }

  // Of all layers, the most wanted expert of each first.
  std::vector<ExtentId> hottest() const {
    std::vector<std::vector<std::uint16_t>> orders;
    std::vector<std::size_t> layers;
    for (std::size_t l = 0; l < request_.expert_bytes.size(); ++l) {
      if (request_.expert_bytes[l] == 0) continue;
      layers.push_back(l);
      orders.push_back(source_.wanted(routed_layer_[l]));
    }
    std::vector<ExtentId> list;
    for (std::size_t rank = 0; rank < static_cast<std::size_t>(request_.experts); ++rank)
      for (std::size_t i = 0; i < orders.size(); ++i)
        list.push_back(expert_id(layers[i], orders[i][rank]));
    return list;
  }

  ExtentId expert_id(std::size_t layer, int expert) const {
    return static_cast<ExtentId>(layer * static_cast<std::size_t>(request_.experts)) +
           static_cast<ExtentId>(expert);
  }

  void warm_up() {
    if (request_.setup.start == StartState::cold) return;
    for (std::size_t l = 0; l < request_.dense_bytes.size(); ++l) touch_dense(extents_.dense(l));
    touch_dense(extents_.outside());
    if (request_.setup.start == StartState::loaded) return;
    for (int t = 0; t < longest_warm_up && !is_full(); ++t) pass(1, nullptr);
    if (through_page_cache()) fill_page_cache();
  }

  // What a still longer run would have met: the experts that are wanted most, as far as there is
  // room.
  void fill_page_cache() {
    for (const ExtentId expert : hottest()) {
      const std::size_t layer = expert / static_cast<ExtentId>(request_.experts);
      const auto number = static_cast<int>(expert % static_cast<ExtentId>(request_.experts));
      for (ExtentId piece = 0; piece < extents_.pieces(layer); ++piece) {
        const ExtentId extent = extents_.first(layer, number) + piece;
        if (page_cache_->held_bytes() + extents_.size(extent) > page_cache_->capacity_bytes())
          return;
        if (!page_cache_->holds(extent)) page_cache_->insert(extent);
      }
    }
  }

  bool is_full() const {
    constexpr double almost = 0.98;
    const auto full = [](const Replacement& cache) {
      return static_cast<double>(cache.held_bytes()) >=
             almost * static_cast<double>(cache.capacity_bytes());
    };
    return full(*application_) && (!through_page_cache() || full(*page_cache_));
  }

  // Returns the lost bytes of what lies outside the layers.
  std::int64_t pass(int tokens, std::vector<LayerReads>* reads) {
    choose(tokens);
    for (std::size_t l = 0; l < request_.expert_bytes.size(); ++l) {
      LayerReads layer;
      layer.dense_cold = touch_dense(extents_.dense(l));
      if (request_.setup.dense_weights == WeightMemory::anonymous)
        layer.decompressed = compressed(request_.dense_bytes[l]);
      if (request_.expert_bytes[l] > 0) read_experts(l, layer);
      if (reads) reads->push_back(layer);
    }
    return touch_dense(extents_.outside());
  }

  // Distinct experts of every layer over the tokens of a pass, in the order in which they are met.
  void choose(int tokens) {
    const auto per_token = static_cast<std::size_t>(source_.shape().per_token);
    chosen_.assign(static_cast<std::size_t>(source_.shape().layers), {});
    for (std::size_t s = 0; s < source_.sequences(); ++s)
      for (int t = 0; t < tokens; ++t) {
        const auto experts = source_.next(s);
        for (std::size_t i = 0; i < experts.size(); ++i) meet(experts[i], chosen_[i / per_token]);
      }
  }
  static void meet(std::uint16_t expert, std::vector<std::uint16_t>& list) {
    if (!contains(list, expert)) list.push_back(expert);
  }

  std::int64_t compressed(std::int64_t bytes) const {
    return static_cast<std::int64_t>(static_cast<double>(bytes) * request_.compressed_share);
  }

  std::int64_t touch_dense(ExtentId extent) {
    if (request_.setup.dense_weights != WeightMemory::mapped || extents_.size(extent) == 0)
      return 0;
    return page_cache_->access(extent) ? 0 : extents_.size(extent);
  }

  void read_experts(std::size_t layer, LayerReads& reads) {
    const auto routed = static_cast<std::size_t>(routed_layer_[layer]);
    const std::vector<std::uint16_t>& experts = chosen_[routed];
    for (const std::uint16_t e : experts) used_now_[e] = 1;
    foreseen_.clear();
    if (request_.setup.prefetch.kind != PrefetchKind::none) guess(layer, experts, reads);
    for (const std::uint16_t e : experts) read_expert(layer, e, reads);
    for (const std::uint16_t e : experts) used_now_[e] = 0;
    reads.experts = static_cast<std::uint32_t>(experts.size());
    previous_[routed] = experts;
  }

  void guess(std::size_t layer, const std::vector<std::uint16_t>& experts, LayerReads& reads) {
    const PrefetchSetup& prefetch = request_.setup.prefetch;
    if (prefetch.kind == PrefetchKind::previous_token) {
      for (const std::uint16_t e : previous_[static_cast<std::size_t>(routed_layer_[layer])])
        fetch(layer, e, reads);
      return;
    }
    for (const std::uint16_t e : experts) {
      const bool right = guesses_.uniform() < prefetch.accuracy;
      fetch(layer, right ? e : unused_expert(), reads);
    }
  }

  std::uint16_t unused_expert() {
    const auto experts = static_cast<std::uint64_t>(request_.experts);
    auto e = static_cast<std::uint16_t>(guesses_.below(experts));
    while (used_now_[e]) e = static_cast<std::uint16_t>((e + 1U) % experts);
    return e;
  }

  // A guess: what no cache holds is read, and pollutes the page cache where it was wrong. Into a
  // buffer what the page cache holds is copied, too.
  void fetch(std::size_t layer, std::uint16_t expert, LayerReads& reads) {
    if (application_->holds(expert_id(layer, expert))) return;
    Foreseen ahead{.expert = expert};
    const bool hint = request_.setup.prefetch.into_page_cache;
    for (ExtentId piece = 0; piece < extents_.pieces(layer); ++piece) {
      const ExtentId extent = extents_.first(layer, expert) + piece;
      if (through_page_cache() && page_cache_->holds(extent)) {
        if (!hint) ahead.copied += extents_.size(extent);
        continue;
      }
      ahead.read += extents_.size(extent);
      if (through_page_cache()) page_cache_->insert(extent);
    }
    if (ahead.read + ahead.copied == 0) return;
    if (used_now_[expert]) {
      foreseen_.push_back(ahead);
      reads.foreseen += ahead.read;
      reads.foreseen_copy += ahead.copied;
      ++reads.foreseen_reads;
    } else {
      reads.wrong += ahead.read;
      reads.wrong_copy += ahead.copied;
      ++reads.wrong_reads;
    }
  }

  void read_expert(std::size_t layer, std::uint16_t expert, LayerReads& reads) {
    const std::int64_t whole = request_.expert_bytes[layer];
    if (application_->access(expert_id(layer, expert))) {
      reads.application += whole;
      if (request_.setup.cache_memory == WeightMemory::anonymous)
        reads.decompressed += compressed(whole);
      return;
    }
    Foreseen ahead;
    for (const Foreseen& f : foreseen_)
      if (f.expert == expert) ahead = f;
    std::int64_t cold = 0;
    for (ExtentId piece = 0; piece < extents_.pieces(layer); ++piece) {
      const ExtentId extent = extents_.first(layer, expert) + piece;
      if (!through_page_cache() || !page_cache_->access(extent)) cold += extents_.size(extent);
    }
    // What was read ahead into a buffer, or into a page cache that has dropped it again, is no
    // second read.
    cold = std::max<std::int64_t>(0, cold - ahead.read - ahead.copied);
    reads.cold += cold;
    reads.cached += whole - cold - ahead.read - ahead.copied;
    if (cold > 0)
      ++reads.cold_reads;
    else if (ahead.read + ahead.copied == 0)
      ++reads.cached_reads;
  }

  struct Foreseen {
    std::uint16_t expert = 0;
    std::int64_t read = 0;
    std::int64_t copied = 0;
  };

  const ReplayRequest& request_;
  FileExtents extents_;
  RoutingSource source_;
  Rng guesses_;
  std::unique_ptr<Replacement> page_cache_;
  std::unique_ptr<Replacement> application_;
  std::vector<int> routed_layer_;  // by layer: its number among those with experts
  std::vector<std::vector<std::uint16_t>> chosen_;
  std::vector<std::vector<std::uint16_t>> previous_;
  std::vector<char> used_now_;  // by expert of the layer at hand
  std::vector<Foreseen> foreseen_;
};

}  // namespace

LayerReads& LayerReads::operator+=(const LayerReads& other) {
  application += other.application;
  cached += other.cached;
  cold += other.cold;
  foreseen += other.foreseen;
  foreseen_copy += other.foreseen_copy;
  wrong += other.wrong;
  wrong_copy += other.wrong_copy;
  dense_cold += other.dense_cold;
  decompressed += other.decompressed;
  experts += other.experts;
  cold_reads += other.cold_reads;
  cached_reads += other.cached_reads;
  foreseen_reads += other.foreseen_reads;
  wrong_reads += other.wrong_reads;
  return *this;
}

LayerReads Replay::sum(std::size_t first, std::size_t last) const {
  LayerReads total;
  for (std::size_t i = first * layers; i < last * layers; ++i) total += reads[i];
  return total;
}

double hit_rate(const LayerReads& sum) {
  if (sum.used() == 0) return 0.0;
  return static_cast<double>(sum.application + sum.cached + sum.foreseen_copy) /
         static_cast<double>(sum.used());
}

double application_hit_rate(const LayerReads& sum) {
  if (sum.used() == 0) return 0.0;
  return static_cast<double>(sum.application) / static_cast<double>(sum.used());
}

Replay replay(const ReplayRequest& request) {
  return Replayer(request).run();
}

}  // namespace plimsoll

#include <algorithm>
#include <cmath>
#include <cstdio>

#include "base/elapsed.h"
#include "cache/replacement.h"
#include "calibrate/kernel_failure.h"
#include "calibrate/storage/storage_kernels.h"
#include "routing/routing_process.h"

namespace plimsoll::calibrate::storage {
namespace {

// Centres of hwdb/routing.yaml: fitted to counted choices of seven models.
constexpr RoutingParameters usual_routing{.skew = 0.978, .reuse = 0.401, .memory = 8.49};
constexpr std::uint64_t text_seed = 1;
// From so many experts a layer's choice is one.
constexpr int experts_per_choice = 4;
// Every extent was asked for that often, on average, before the cache counts as in its steady
// state.
constexpr int settling_rounds = 20;
// The kernel keeps or drops large folios as a whole, across the borders of experts.
constexpr double resident_tolerance = 0.05;

std::string whole_percent(double share) {
  char text[16];
  std::snprintf(text, sizeof text, "%.0f %%", 100.0 * share);
  return text;
}

StorageRig threads_of(StorageRig rig) {
  rig.uring = false;
  return rig;
}

std::vector<std::int64_t> extent_sizes(const ExpertShape& shape) {
  return std::vector<std::int64_t>(
      static_cast<std::size_t>(shape.layers) * static_cast<std::size_t>(shape.experts),
      shape.expert_bytes);
}

std::unique_ptr<Replacement> page_cache_of(const ExpertShape& shape, double cached_share) {
  const std::vector<std::int64_t> sizes = extent_sizes(shape);
  const double all = static_cast<double>(shape.expert_bytes) * static_cast<double>(sizes.size());
  return make_replacement({.kind = ReplacementKind::two_list,
                           .capacity_bytes = static_cast<std::int64_t>(cached_share * all),
                           .extent_bytes = sizes});
}

// The kernel's page cache, kept to a size: what Linux' two lists would have replaced is dropped
// between tokens, so that the reads themselves hit and miss real pages.
class BoundedPageCache {
 public:
  BoundedPageCache(const ScratchFile& file, const ExpertShape& shape, double cached_share)
      : file_(file),
        shape_(shape),
        extents_(shape.layers * shape.experts),
        policy_(page_cache_of(shape, cached_share)) {}

  // What it holds after that token, as far as the policy goes.
  void note(std::span<const std::uint16_t> token) {
    for (std::size_t i = 0; i < token.size(); ++i) {
      const auto layer = i / static_cast<std::size_t>(shape_.per_token);
      policy_->access(
          static_cast<ExtentId>(layer * static_cast<std::size_t>(shape_.experts) + token[i]));
    }
  }

  // Nothing else is in memory after that: what was replaced goes, and what the kernel read around
  // the requests.
  void drop_others() {
    for (int extent = 0; extent < extents_; ++extent)
      if (!holds(extent)) file_.drop(offset_of(extent), shape_.expert_bytes);
  }

  void settle() {
    file_.drop();
    for (int extent = 0; extent < extents_; ++extent)
      if (holds(extent)) file_.warm(offset_of(extent), shape_.expert_bytes);
    drop_others();
  }

  void require_held() const {
    const std::int64_t span = offset_of(extents_);
    const double resident = file_.resident_share(0, span);
    const double held = static_cast<double>(policy_->held_bytes()) / static_cast<double>(span);
    if (std::fabs(resident - held) > resident_tolerance)
      throw KernelFailure("the page cache holds " + whole_percent(resident) +
                          " of the experts, not " + whole_percent(held));
  }

 private:
  bool holds(int extent) const { return policy_->holds(static_cast<ExtentId>(extent)); }
  std::int64_t offset_of(int extent) const { return extent * shape_.expert_bytes; }

  const ScratchFile& file_;
  ExpertShape shape_;
  int extents_;
  std::unique_ptr<Replacement> policy_;
};

// As engines stream: the experts of a layer in parallel, each with one read, and the next layer
// only when all are there.
class ReplayKernel final : public Kernel {
 public:
  ReplayKernel(const StorageRig& rig, const ReplayPattern& pattern)
      : shape_(pattern.shape),
        case_(replay_case(pattern)),
        routing_(
            usual_routing,
            {.layers = shape_.layers, .experts = shape_.experts, .per_token = shape_.per_token},
            text_seed),
        reader_(make_reader(threads_of(rig), pattern.access, Order::random, shape_.per_token,
                            shape_.expert_bytes)) {
    if (pattern.access == Access::direct) return;
    cache_ = std::make_unique<BoundedPageCache>(rig.file, shape_, pattern.cached_share);
    const int tokens = settling_rounds * shape_.experts / shape_.per_token;
    for (int i = 0; i < tokens; ++i) cache_->note(routing_.next_token());
    cache_->settle();
  }

  const KernelCase& kernel_case() const override { return case_; }

  KernelCheck check() override {
    KernelCheck check{.right = true, .why = {}};
    token([&](std::span<const Request> layer) {
      if (check.right) check = check_requests(*reader_, layer);
    });
    return check;
  }

  double run(int launches) override {
    if (cache_) cache_->require_held();
    double seconds = 0.0;
    for (int i = 0; i < launches; ++i) seconds += token([](std::span<const Request>) {});
    return seconds;
  }

 private:
  // Its seconds; those that `after_layer` takes are not in it.
  template <typename AfterLayer>
  double token(const AfterLayer& after_layer) {
    const std::span<const std::uint16_t> experts = routing_.next_token();
    double seconds = 0.0;
    std::vector<Request> requests(static_cast<std::size_t>(shape_.per_token));
    for (int layer = 0; layer < shape_.layers; ++layer) {
      for (int i = 0; i < shape_.per_token; ++i)
        requests[static_cast<std::size_t>(i)] =
            request_of(layer, experts[static_cast<std::size_t>(layer * shape_.per_token + i)]);
      const SteadyClock::time_point begin = SteadyClock::now();
      reader_->read_all(requests);
      seconds += seconds_since(begin);
      after_layer(requests);
    }
    if (cache_) {
      cache_->note(experts);
      cache_->drop_others();
    }
    return seconds;
  }

  Request request_of(int layer, int expert) const {
    return {.offset = (std::int64_t{layer} * shape_.experts + expert) * shape_.expert_bytes,
            .bytes = shape_.expert_bytes};
  }

  ExpertShape shape_;
  KernelCase case_;
  RoutingProcess routing_;
  std::unique_ptr<Reader> reader_;
  std::unique_ptr<BoundedPageCache> cache_;
};

std::string cache_words(const ReplayPattern& pattern) {
  if (pattern.access == Access::direct) return "direct";
  const std::string how = pattern.access == Access::mapped ? "mmap" : "buffered";
  return how + ", page cache of " + whole_percent(pattern.cached_share);
}

}  // namespace

ExpertShape fitted(ExpertShape shape, std::int64_t file_bytes) {
  const std::int64_t extents = file_bytes / shape.expert_bytes;
  shape.layers = static_cast<int>(std::min<std::int64_t>(shape.layers, extents / shape.experts));
  if (shape.layers > 0) return shape;
  shape.experts = static_cast<int>(extents);
  shape.layers = shape.experts >= experts_per_choice * shape.per_token ? 1 : 0;
  return shape;
}

KernelCase replay_case(const ReplayPattern& pattern) {
  const ExpertShape& shape = pattern.shape;
  const double bytes = static_cast<double>(shape.expert_bytes) * shape.layers * shape.per_token;
  return {.family = "storage_replay",
          .format = {},
          .variant = shape.model + ", " + cache_words(pattern) + ", " +
                     std::to_string(shape.per_token) + " threads",
          .shape = {{"layers", shape.layers},
                    {"experts", shape.experts},
                    {"per_token", shape.per_token},
                    {"block", shape.expert_bytes}},
          .work = {.bytes = bytes, .items = 1.0}};
}

std::unique_ptr<Kernel> make_replay_kernel(const StorageRig& rig, const ReplayPattern& pattern) {
  return std::make_unique<ReplayKernel>(rig, pattern);
}

}  // namespace plimsoll::calibrate::storage

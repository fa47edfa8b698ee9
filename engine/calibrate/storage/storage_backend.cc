#include "calibrate/storage/storage_backend.h"

#include <algorithm>
#include <fcntl.h>
#include <fstream>
#include <functional>
#include <sys/utsname.h>
#include <utility>

#include "base/ceil_div.h"
#include "calibrate/kernel_failure.h"
#include "calibrate/storage/drive.h"
#include "calibrate/storage/storage_kernels.h"

namespace plimsoll::calibrate {
namespace {

using storage::Access;
using storage::Background;
using storage::ExpertShape;
using storage::Order;
using storage::Pages;
using storage::ReplayPattern;
using storage::ScratchFile;
using storage::ScratchPlan;
using storage::StorageRig;
using storage::StreamPattern;
using storage::ThreadTeam;

constexpr std::int64_t kibibyte = 1024;
constexpr std::int64_t mebibyte = 1024 * kibibyte;
constexpr int most_depth = 32;

// Of one depth of measuring.
struct Extent {
  std::int64_t file_bytes;
  double fill_s;
  double window_s;
  std::vector<std::int64_t> blocks;
  std::vector<std::int64_t> fewer_blocks;  // of everything but direct reads at random
  std::vector<int> depths;
  std::vector<int> jobs;  // of buffered and mapped reads
  std::size_t models;     // of streamed_models
};

// A quick run has a minute for everything, a full one ten.
const Extent& extent_of(Depth depth) {
  static const Extent quick{.file_bytes = 1024 * mebibyte,
                            .fill_s = 5.0,
                            .window_s = 0.025,
                            .blocks = {128 * kibibyte, mebibyte, 8 * mebibyte},
                            .fewer_blocks = {mebibyte, 8 * mebibyte},
                            .depths = {1, 8, 32},
                            .jobs = {1, 8},
                            .models = 1};
  static const Extent full{
      .file_bytes = 4096 * mebibyte,
      .fill_s = 30.0,
      .window_s = 0.1,
      .blocks = {64 * kibibyte, 128 * kibibyte, 256 * kibibyte, 512 * kibibyte, mebibyte,
                 2 * mebibyte, 4 * mebibyte, 8 * mebibyte, 16 * mebibyte},
      .fewer_blocks = {64 * kibibyte, 256 * kibibyte, mebibyte, 4 * mebibyte, 16 * mebibyte},
      .depths = {1, 2, 4, 8, 16, 32},
      .jobs = {1, 4, 8, 32},
      .models = 3};
  return depth == Depth::quick ? quick : full;
}

// The smallest file that says something about a drive: beyond what its controller holds of a
// request or two.
constexpr std::int64_t least_file_bytes = 128 * mebibyte;
// Warm reads need the file in memory, beside what others do there.
constexpr int part_of_memory = 3;

// Three matrices of hidden x width each, at the bits of their usual format (models/*.yaml): 4.5 of
// Q4_0 and 4.25 of MXFP4.
constexpr std::int64_t expert_bytes(std::int64_t hidden, std::int64_t width, double bits) {
  constexpr std::int64_t page = 4096;
  const auto bytes =
      static_cast<std::int64_t>(3.0 * static_cast<double>(hidden * width) * bits / 8);
  return round_up(bytes, page);
}

std::vector<ExpertShape> streamed_models() {
  return {{.model = "qwen3-30b-a3b q4_0",
           .layers = 48,
           .experts = 128,
           .per_token = 8,
           .expert_bytes = expert_bytes(2048, 768, 4.5)},
          {.model = "gpt-oss-20b mxfp4",
           .layers = 24,
           .experts = 32,
           .per_token = 4,
           .expert_bytes = expert_bytes(2880, 2880, 4.25)},
          {.model = "olmoe-1b-7b q4_0",
           .layers = 16,
           .experts = 64,
           .per_token = 8,
           .expert_bytes = expert_bytes(2048, 1024, 4.5)}};
}

// MemAvailable; without it no bound.
std::int64_t available_memory() {
  std::ifstream file("/proc/meminfo");
  for (std::string key, unit; file >> key;) {
    std::int64_t kib = 0;
    if (!(file >> kib)) break;
    if (key == "MemAvailable:") return kib * kibibyte;
    std::getline(file, unit);
  }
  return INT64_MAX;
}

ScratchPlan plan_of(const StorageOptions& options) {
  const Extent& extent = extent_of(options.depth);
  ScratchPlan plan{.folder = options.folder,
                   .bytes = std::min(extent.file_bytes, available_memory() / part_of_memory),
                   .least_bytes = least_file_bytes,
                   .fill_s = extent.fill_s,
                   .stop = options.stop};
  if (options.file_bytes > 0) plan.bytes = plan.least_bytes = options.file_bytes;
  plan.bytes = std::max(plan.bytes, plan.least_bytes);
  return plan;
}

// Whether pages go when they are asked to: not those of file systems in memory.
bool pages_drop(const ScratchFile& file) {
  file.warm(0, mebibyte);
  file.drop();
  return file.resident_share(0, file.bytes()) <= storage::cold_resident_share;
}

// The largest reading kernel of the processor, the largest copying one of others.
std::vector<KernelCase> memory_kernel(Backend& computing) {
  const std::string family = computing.id() == "cpu" ? "read" : "copy";
  std::vector<KernelCase> all = computing.cases(Depth::quick);
  std::erase_if(
      all, [&](const KernelCase& each) { return each.family != family || !each.variant.empty(); });
  const auto largest = std::max_element(
      all.begin(), all.end(),
      [](const KernelCase& a, const KernelCase& b) { return a.work.bytes < b.work.bytes; });
  return largest == all.end() ? std::vector<KernelCase>() : std::vector{*largest};
}

class StorageBackend final : public Backend {
 public:
  explicit StorageBackend(const StorageOptions& options)
      : depth_(options.depth),
        computing_(options.computing),
        team_(most_depth),
        file_(plan_of(options)),
        drive_(storage::drive_of(file_.descriptor())),
        monitor_(drive_),
        uring_refusal_(options.uring ? storage::uring_refusal() : "not wanted"),
        rig_{.file = file_,
             .team = team_,
             .uring = uring_refusal_.empty(),
             .window_s = extent_of(options.depth).window_s} {
    droppable_ = pages_drop(file_);
    direct_ = !drive_.in_memory && file_.reopen(O_DIRECT).open();
  }

  std::string id() const override { return "storage"; }
  std::string device() const override { return drive_.name; }

  std::string version() const override {
    utsname system = {};
    ::uname(&system);
    std::string text = std::string(system.sysname) + " " + system.release + ", " +
                       drive_.file_system + ", a file of " +
                       std::to_string(file_.bytes() / mebibyte) + " MiB";
    text += rig_.uring ? ", io_uring" : ", threads (no io_uring: " + uring_refusal_ + ")";
    if (!direct_) text += ", no direct reads";
    if (!droppable_) text += ", pages stay in memory: nothing is cold";
    return text;
  }

  DeviceState state() override { return monitor_.state(); }

  std::vector<KernelCase> cases(Depth depth) override {
    depth_ = depth;
    offers_.clear();
    offer_direct_reads();
    offer_cached_reads(Pages::cold);
    offer_cached_reads(Pages::warm);
    offer_replays();
    offer_contention();
    std::vector<KernelCase> cases;
    for (const Offer& offer : offers_) cases.push_back(offer.kernel_case);
    return cases;
  }

  std::unique_ptr<Kernel> make(const KernelCase& wanted) override {
    for (const Offer& offer : offers_) {
      const KernelCase& has = offer.kernel_case;
      if (has.family == wanted.family && has.variant == wanted.variant && has.shape == wanted.shape)
        return offer.make();
    }
    throw KernelFailure("no kernel for " + wanted.family + ", " + wanted.variant);
  }

 private:
  struct Offer {
    KernelCase kernel_case;
    std::function<std::unique_ptr<Kernel>()> make;
  };

  const Extent& extent() const { return extent_of(depth_); }

  void offer_stream(const StorageRig& rig, const StreamPattern& pattern) {
    if (!storage::fits(pattern, file_.bytes())) return;
    offers_.push_back({.kernel_case = storage::stream_case(rig, pattern),
                       .make = [=] { return storage::make_stream_kernel(rig, pattern); }});
  }

  void offer_blocks(const StorageRig& rig, StreamPattern pattern,
                    const std::vector<std::int64_t>& blocks) {
    for (const std::int64_t block : blocks) {
      pattern.block_bytes = block;
      offer_stream(rig, pattern);
    }
  }

  // Engines that read directly use threads as often as io_uring: as many as experts of a layer.
  void offer_direct_reads() {
    if (!direct_) return;
    for (const int depth : extent().depths) offer_blocks(rig_, {.depth = depth}, extent().blocks);
    StorageRig threads = rig_;
    threads.uring = false;
    if (rig_.uring) offer_blocks(threads, {.depth = 8}, extent().fewer_blocks);
    offer_blocks(rig_, {.order = Order::sequential, .depth = 1}, extent().fewer_blocks);
  }

  void offer_cached_reads(Pages pages) {
    if (pages == Pages::cold && !droppable_) return;
    for (const Access access : {Access::buffered, Access::mapped})
      for (const int jobs : extent().jobs)
        offer_blocks(rig_, {.access = access, .pages = pages, .depth = jobs},
                     extent().fewer_blocks);
    if (pages == Pages::cold)
      offer_blocks(rig_, {.access = Access::buffered, .order = Order::sequential, .depth = 1},
                   extent().fewer_blocks);
  }

  void offer_replay(const ReplayPattern& pattern) {
    offers_.push_back({.kernel_case = storage::replay_case(pattern),
                       .make = [this, pattern] { return make_replay_kernel(rig_, pattern); }});
  }

  void offer_replays() {
    std::vector<ExpertShape> models = streamed_models();
    models.resize(extent().models);
    for (const ExpertShape& model : models) {
      const ExpertShape shape = storage::fitted(model, file_.bytes());
      if (shape.layers == 0) continue;
      if (direct_) offer_replay({.shape = shape, .access = Access::direct});
      if (droppable_) {
        for (const double share : {0.25, 0.5})
          offer_replay({.shape = shape, .access = Access::buffered, .cached_share = share});
        offer_replay({.shape = shape, .access = Access::mapped, .cached_share = 0.5});
      }
      offer_replay({.shape = shape, .access = Access::buffered, .cached_share = 1.0});
    }
  }

  // At nothing, a quarter and a half of what the drive reaches, and at all of it.
  void offer_contention() {
    if (!direct_ || computing_.empty()) return;
    if (background_rate_ <= 0.0) background_rate_ = storage::direct_rate(rig_);
    const Background backgrounds[] = {
        {.words = "no background reads", .reads = false},
        {.words = "background reads at 1/4", .bytes_per_s = background_rate_ / 4.0},
        {.words = "background reads at 1/2", .bytes_per_s = background_rate_ / 2.0},
        {.words = "background reads as fast as they go"}};
    for (Backend* computing : computing_)
      for (const KernelCase& inner : memory_kernel(*computing))
        for (const Background& background : backgrounds)
          offers_.push_back({.kernel_case = storage::contention_case(*computing, inner, background),
                             .make = [=, this] {
                               return storage::make_contention_kernel(rig_, *computing, inner,
                                                                      background);
                             }});
  }

  Depth depth_;
  std::vector<Backend*> computing_;
  ThreadTeam team_;
  ScratchFile file_;
  storage::Drive drive_;
  storage::DriveMonitor monitor_;
  std::string uring_refusal_;
  StorageRig rig_;
  bool droppable_ = false;  // pages leave memory when asked
  bool direct_ = false;
  double background_rate_ = 0.0;
  std::vector<Offer> offers_;
};

}  // namespace

std::unique_ptr<Backend> make_storage_backend(const StorageOptions& options) {
  return std::make_unique<StorageBackend>(options);
}

}  // namespace plimsoll::calibrate

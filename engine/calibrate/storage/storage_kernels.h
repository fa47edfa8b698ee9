// The kernels that read the file: streams of requests, a mixture of experts that streams, and
// kernels of other devices while the drive is read.
#pragma once

#include <cstdint>
#include <memory>
#include <string>

#include "calibrate/kernel_case.h"
#include "calibrate/storage/reader.h"

namespace plimsoll::calibrate::storage {

enum class Access { direct, buffered, mapped };
enum class Order { sequential, random };
// Where the pages are that are read: on the drive, or in the page cache.
enum class Pages { cold, warm };

// What all kernels share.
struct StorageRig {
  const ScratchFile& file;
  ThreadTeam& team;
  bool uring = false;  // direct reads go through it, else through threads
  // A stream is watched for so long at least: drives pause for milliseconds to tidy up, and hosts
  // of virtual ones deal out their time in such.
  double window_s = 0.05;
};

// Requests under way take no more memory than that.
inline constexpr std::int64_t most_under_way = std::int64_t{128} << 20;
// Warm reads stay in that first part of the file: more than any last-level cache, and less than
// machines spare for pages.
inline constexpr std::int64_t warm_span = std::int64_t{512} << 20;
// Of a range that is read cold; beyond it the kernel kept what it was asked to forget.
inline constexpr double cold_resident_share = 0.01;
inline constexpr double warm_resident_share = 0.99;

// A reader of that many requests of up to so many bytes.
std::unique_ptr<Reader> make_reader(const StorageRig& rig, Access access, Order order, int depth,
                                    std::int64_t bytes);

// What was read into the reader's buffers, one request in each, against what was written.
KernelCheck check_requests(const Reader& reader, std::span<const Request> requests);

// ----- storage_read: a request after the other, `depth` under way

struct StreamPattern {
  Access access = Access::direct;
  Order order = Order::random;
  Pages pages = Pages::cold;
  int depth = 1;
  std::int64_t block_bytes = 0;
};

// Whether the file has enough blocks of that size so that none is read twice.
bool fits(const StreamPattern& pattern, std::int64_t file_bytes);
// A launch is one request; seconds are those of the stream in its steady state over its requests.
KernelCase stream_case(const StorageRig& rig, const StreamPattern& pattern);
std::unique_ptr<Kernel> make_stream_kernel(const StorageRig& rig, const StreamPattern& pattern);

// ----- storage_replay: tokens of a mixture of experts, each layer's experts read in parallel

struct ExpertShape {
  std::string model;
  int layers = 0;
  int experts = 0;
  int per_token = 0;
  std::int64_t expert_bytes = 0;  // whole pages, as direct reads want them
};

struct ReplayPattern {
  ExpertShape shape;  // as much of the model as the file holds
  Access access = Access::direct;
  // Of the experts' bytes, what the page cache may hold: 0 (direct) to 1.
  double cached_share = 0.0;
};

// Layers, or experts where not even one layer fits, cut down to what the file holds; no layers if
// too few are left to choose from.
ExpertShape fitted(ExpertShape shape, std::int64_t file_bytes);
KernelCase replay_case(const ReplayPattern& pattern);
std::unique_ptr<Kernel> make_replay_kernel(const StorageRig& rig, const ReplayPattern& pattern);

// ----- storage_contention: a kernel of another device while the drive is read directly

struct Background {
  std::string words;  // "no background reads", "background reads at 1/2"
  bool reads = true;
  double bytes_per_s = 0.0;  // 0: as fast as they go
};

KernelCase contention_case(const Backend& computing, const KernelCase& inner,
                           const Background& background);
// Throws KernelFailure from run() where the drive does not keep that rate.
std::unique_ptr<Kernel> make_contention_kernel(const StorageRig& rig, Backend& computing,
                                               const KernelCase& inner,
                                               const Background& background);

// What direct reads reach now, for some tenths of a second.
double direct_rate(const StorageRig& rig);

}  // namespace plimsoll::calibrate::storage
